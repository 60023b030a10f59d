"""The wall clock. All other code takes the time as an argument."""

from __future__ import annotations

import time


def wall_clock() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000
