"""Event time: when something happened, as windows, order and expiry count it."""

from __future__ import annotations

from streams.contracts.model import Verification

MAX_CLOCK_SKEW_MS = 300_000


def event_time(event: Verification) -> int:
    """The vendor's time (epoch ms), at most `MAX_CLOCK_SKEW_MS` after its record was ingested: a
    vendor's clock that is fast must not move windows into the future.
    """
    at, latest = event.occurred_at, event.ingested_at + MAX_CLOCK_SKEW_MS
    if at > latest:
        return latest
    return at
