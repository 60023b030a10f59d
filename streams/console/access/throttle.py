"""Slows down who guesses passwords: failures are counted per address and per name."""

from __future__ import annotations

import asyncio

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

WINDOW_MIN = 15
_BY_ADDRESS = RateLimitItemPerMinute(10, WINDOW_MIN, namespace="address")
# Higher, so that a stranger does not lock a person out from one address.
_BY_NAME = RateLimitItemPerMinute(20, WINDOW_MIN, namespace="name")
# A hash takes 64 MiB: so many at once.
CHECKS_AT_ONCE = 2


class Throttle:
    """Failures of the last quarter of an hour, in memory."""

    def __init__(self) -> None:
        self._failures = MovingWindowRateLimiter(MemoryStorage())
        self.checks = asyncio.Semaphore(CHECKS_AT_ONCE)

    def open(self, address: str, name: str) -> bool:
        """False where too many have failed."""
        return self._failures.test(_BY_ADDRESS, address) and self._failures.test(_BY_NAME, name)

    def failed(self, address: str, name: str) -> None:
        self._failures.hit(_BY_ADDRESS, address)
        self._failures.hit(_BY_NAME, name)
