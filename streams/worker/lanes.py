"""Partitions side by side, each strictly in order.

Waiting for a broker's acknowledgement costs time and no processor, so it must not hold up other
partitions, nor the records that come meanwhile: what waits of a partition is merged, and passes
the barrier together. The slower the broker, the larger the batches, and the throughput stays.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

# Of one stage: what waits in memory, and what passes the barrier together.
WAITING_RECORDS = 2000
MERGED_RECORDS = 1000


class Lanes:
    """Hands each partition's events to `run`: one call at a time per partition, in order, all
    events of a call of one generation of the consumer group.
    """

    def __init__(self, run: Callable[[list[Any]], Awaitable[None]]) -> None:
        self._run = run
        self._waiting: dict[int, deque[Any]] = defaultdict(deque)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._records = 0
        self._freed = asyncio.Event()

    async def put(self, event: Any) -> None:
        """Take an event; waits while too many records are at work or waiting."""
        while self._records >= WAITING_RECORDS:
            self._freed.clear()
            await self._freed.wait()
        partition = event.message.partition
        self._records += len(event.value.records)
        self._waiting[partition].append(event)
        if partition not in self._tasks:
            self._tasks[partition] = asyncio.create_task(self._work(partition))

    async def join(self) -> None:
        """Wait until all that was put is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values())

    def cancel(self) -> None:
        """Give up what is at work: it is not acknowledged, and will be read again."""
        for task in self._tasks.values():
            task.cancel()

    async def _work(self, partition: int) -> None:
        try:
            while events := self._next(partition):
                await self._run(events)
                self._records -= sum(len(event.value.records) for event in events)
                self._freed.set()
        finally:
            del self._tasks[partition]

    def _next(self, partition: int) -> list[Any]:
        """As many waiting events as pass together; at least one where any waits."""
        waiting = self._waiting[partition]
        events: list[Any] = []
        size = 0
        while waiting and (not events or self._fits(events, size, waiting[0])):
            events.append(waiting.popleft())
            size += len(events[-1].value.records)
        return events

    @staticmethod
    def _fits(events: list[Any], size: int, event: Any) -> bool:
        same = event.message.generation_id == events[0].message.generation_id
        return same and size + len(event.value.records) <= MERGED_RECORDS
