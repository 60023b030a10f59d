"""Travel: the speed that one subject needed between two consecutive positions.

Positions are consecutive by event time, so a late event is inserted between others. Unreliable
networks give no position (`extract`), so the start is always the last reliable position. A session
is at a position at its first event with it: a reviewer's decision days later repeats the address,
but nobody is there any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.pipeline.geo.points import great_circle_km
from streams.pipeline.links.occurrences import order_key
from streams.rules.base import Occurrence, Travel

LOOK_BACK_MS = 24 * 3_600_000
SHORTEST_MS = 60_000
"""The least time that a speed is computed from: vendors' clocks and webhooks are not better."""


def travel(earlier: Sequence[Occurrence], occurrence: Occurrence) -> Travel | None:
    """From the last position in `earlier` (oldest first) to that of `occurrence`.

    None where one end has no position, the session had this position before, more than 24 h lie
    between the two, or both are one network.
    """
    end = occurrence.position
    if end is None or not earlier:
        return None
    arrivals = {(e.session, e.position): e for e in reversed(earlier) if e.position}
    if (occurrence.session, end) in arrivals:
        return None
    start = max(arrivals.values(), key=order_key, default=None)
    if start is None or start.position is None:
        return None
    elapsed = occurrence.seen_at - start.seen_at
    if elapsed > LOOK_BACK_MS or (end.network and end.network == start.position.network):
        return None
    begin = start.position
    km = great_circle_km(begin.latitude, begin.longitude, end.latitude, end.longitude)
    radius = begin.radius_km + end.radius_km
    effective = max(0.0, km - radius)
    counted = max(elapsed, SHORTEST_MS)
    return Travel(
        start=start,
        km=round(km, 1),
        effective_km=round(effective, 1),
        radius_km=round(radius, 1),
        minutes=round(elapsed / 60_000, 1),
        speed_kmh=round(effective * 3_600_000 / counted, 1),
    )
