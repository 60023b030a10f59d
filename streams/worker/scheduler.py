"""Which microbatch computes: one at a time, since there is one processor.

The stage nearest to the end goes first, so an event on its way overtakes those that have only come:
a burst of raw records does not pile up between the stages, and its first decisions are sent while
its last records wait. A microbatch yields between two slices of its work. None waits for ever: one
that asked `LONGEST_WAIT_S` ago goes first and yields no more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

LONGEST_WAIT_S = 1.0


class Turn:
    """A turn to compute, waited for or had. The higher the rank, the nearer the end."""

    def __init__(self, rank: int, asked_at: float) -> None:
        self.rank = rank
        self.asked_at = asked_at
        self.comes = asyncio.Event()


class Scheduler:
    """Gives turns, one at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_free = True
        self._waiting: list[Turn] = []

    @asynccontextmanager
    async def turn(self, rank: int) -> AsyncIterator[Turn]:
        """Waits for a turn, and has it for as long as the block lasts."""
        turn = Turn(rank, self._clock())
        try:
            await self._wait(turn)
            yield turn
        finally:
            self._end(turn)

    async def yield_to_higher(self, turn: Turn) -> None:
        """Let turns of a higher rank go first, if any waits. Called after every slice."""
        nearer = any(other.rank > turn.rank for other in self._waiting)
        if nearer and not self._is_overdue(turn):
            self._end(turn)
            await self._wait(turn)

    async def _wait(self, turn: Turn) -> None:
        self._waiting.append(turn)
        if self._is_free:
            self._give()
        await turn.comes.wait()

    def _end(self, turn: Turn) -> None:
        """Also of a turn that never came."""
        if turn in self._waiting:
            self._waiting.remove(turn)
        if turn.comes.is_set():
            turn.comes.clear()
            self._give()

    def _give(self) -> None:
        self._is_free = not self._waiting
        if self._waiting:
            first = max(self._waiting, key=self._order)
            self._waiting.remove(first)
            first.comes.set()

    def _order(self, turn: Turn) -> tuple[bool, int, float]:
        """The greatest goes first. Among what is overdue only the time counts."""
        is_overdue = self._is_overdue(turn)
        return is_overdue, 0 if is_overdue else turn.rank, -turn.asked_at

    def _is_overdue(self, turn: Turn) -> bool:
        return self._clock() - turn.asked_at > LONGEST_WAIT_S
