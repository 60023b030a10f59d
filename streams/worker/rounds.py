"""What waits of a stage passes the barrier together, each partition strictly in order.

Waiting for a broker's acknowledgement costs time and no processor, and a produce request costs
about as much for one record as for a hundred. So a stage works in rounds: a round takes all that
waits by the time its turn to compute comes, of every partition that no other round is at work on.
The busier the worker and the slower the broker, the larger the rounds, and the throughput stays;
where little comes, a round takes the one event that came, at once.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

# Of one stage: what waits in memory or is at work, and what one round takes.
WAITING_RECORDS = 2000
ROUND_RECORDS = 1000
# One computes while others wait for the broker.
ROUNDS_AT_ONCE = 3

Take = Callable[[], list[Any]]


class Rounds:
    """Calls `run` for each round. `run` calls what it is given once, when its turn has come, to
    learn the round's events: in order per partition, all of one generation of the consumer group;
    none where another round has taken what there was.
    """

    def __init__(self, run: Callable[[Take], Awaitable[None]]) -> None:
        self._run = run
        # The partition whose turn is longest ago comes first.
        self._waiting: dict[int, deque[Any]] = defaultdict(deque)
        self._busy: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._records = 0
        self._freed = asyncio.Event()

    async def put(self, event: Any) -> None:
        """Take an event in; waits while too many records are at work or waiting."""
        while self._records >= WAITING_RECORDS:
            self._freed.clear()
            await self._freed.wait()
        self._records += len(event.value.records)
        self._waiting[event.message.partition].append(event)
        self._start()

    async def join(self) -> None:
        """Wait until all that was put is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def cancel(self) -> None:
        """Give up what is at work: it is not acknowledged, and will be read again."""
        for task in self._tasks:
            task.cancel()

    def _start(self) -> None:
        if self._waiting.keys() - self._busy and len(self._tasks) < ROUNDS_AT_ONCE:
            self._tasks.add(asyncio.create_task(self._round()))

    async def _round(self) -> None:
        taken: list[Any] = []

        def take() -> list[Any]:
            taken.extend(self._next())
            self._busy.update(event.message.partition for event in taken)
            return taken

        try:
            await self._run(take)
            self._busy.difference_update(event.message.partition for event in taken)
            self._records -= sum(len(event.value.records) for event in taken)
            self._freed.set()
        finally:
            self._tasks.discard(asyncio.current_task())
        self._start()

    def _next(self) -> list[Any]:
        """As many waiting events as a round takes; at least one where any is free to go."""
        events: list[Any] = []
        room = ROUND_RECORDS
        for partition in [p for p in self._waiting if p not in self._busy]:
            if not _fits(self._waiting[partition][0], events, room):
                continue
            waiting = self._waiting.pop(partition)
            while waiting and _fits(waiting[0], events, room):
                events.append(waiting.popleft())
                room -= len(events[-1].value.records)
            if waiting:
                self._waiting[partition] = waiting
        return events


def _fits(event: Any, events: list[Any], room: int) -> bool:
    if not events:
        return True
    same = event.message.generation_id == events[0].message.generation_id
    return same and len(event.value.records) <= room
