"""Schedules microbatches: one computes at a time, since there is one processor.

The last stage of the pipeline has priority, so events in process overtake new ones: a burst of raw
records does not accumulate between the stages, and its first decisions are sent while its last
records wait. A microbatch yields between slices of its work. After `LONGEST_WAIT_S` it goes first
and yields no more, so none starves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

LONGEST_WAIT_S = 1.0


class Turn:
    """A turn to compute, requested or granted. Later stages have a higher rank."""

    def __init__(self, rank: int, requested_at: float) -> None:
        self.rank = rank
        self.requested_at = requested_at
        self.comes = asyncio.Event()


class Scheduler:
    """Grants turns, one at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_free = True
        self._waiting: list[Turn] = []

    @asynccontextmanager
    async def turn(self, rank: int) -> AsyncIterator[Turn]:
        """Wait for a turn and hold it until the block ends."""
        turn = Turn(rank, self._clock())
        try:
            await self._wait(turn)
            yield turn
        finally:
            self._end(turn)

    async def yield_to_higher(self, turn: Turn) -> None:
        """Let waiting turns of a higher rank go first. Called after every slice."""
        nearer = any(other.rank > turn.rank for other in self._waiting)
        if nearer and not self._is_overdue(turn):
            self._end(turn)
            await self._wait(turn)

    async def _wait(self, turn: Turn) -> None:
        self._waiting.append(turn)
        if self._is_free:
            self._grant()
        await turn.comes.wait()

    def _end(self, turn: Turn) -> None:
        """Release a turn, also one that was never granted."""
        if turn in self._waiting:
            self._waiting.remove(turn)
        if turn.comes.is_set():
            turn.comes.clear()
            self._grant()

    def _grant(self) -> None:
        self._is_free = not self._waiting
        if self._waiting:
            first = max(self._waiting, key=self._order)
            self._waiting.remove(first)
            first.comes.set()

    def _order(self, turn: Turn) -> tuple[bool, int, float]:
        """Sort key; the maximum goes first. Overdue turns are ordered by time only."""
        is_overdue = self._is_overdue(turn)
        return is_overdue, 0 if is_overdue else turn.rank, -turn.requested_at

    def _is_overdue(self, turn: Turn) -> bool:
        return self._clock() - turn.requested_at > LONGEST_WAIT_S
