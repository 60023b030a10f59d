"""Travel: how fast one subject would have had to move between two consecutive positions.

Consecutive by state time, so an event that comes late is inserted where it belongs. A place behind
an anonymous or hosting network is no position (`sightings` leaves it out), so the start is always
the last place that can be trusted. A session is at a place when it first tells of it: a reviewer's
decision days later repeats the address, and nobody is there any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.pipeline.geo.points import great_circle_km
from streams.pipeline.links.occurrences import place_in_order
from streams.rules.base import Occurrence, Travel

LOOK_BACK_MS = 24 * 3_600_000
SHORTEST_MS = 60_000
"""Vendors' clocks and webhooks are not better than that: no speed is computed from less."""


def travel(earlier: Sequence[Occurrence], seen: Occurrence) -> Travel | None:
    """From the last position among `earlier` (oldest first) to that of `seen`.

    None where either end is unknown or was told before, more than 24 h lie between them, or both
    are one network.
    """
    if seen.position is None or not earlier:
        return None
    arrivals = {(e.session, e.position): e for e in reversed(earlier) if e.position}
    if (seen.session, seen.position) in arrivals:
        return None
    start = max(arrivals.values(), key=place_in_order, default=None)
    if start is None or start.position is None:
        return None
    elapsed = seen.seen_at - start.seen_at
    if elapsed > LOOK_BACK_MS:
        return None
    if seen.position.network and seen.position.network == start.position.network:
        return None
    km = great_circle_km(
        start.position.latitude,
        start.position.longitude,
        seen.position.latitude,
        seen.position.longitude,
    )
    radius = start.position.radius_km + seen.position.radius_km
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
