"""Microbatches: queued batches of a stage pass the barrier together, each partition in order.

Waiting for acknowledgements takes time but no CPU, and a produce request costs about the same for
one record as for a hundred. So at its turn to compute, a microbatch takes all queued batches of the
partitions that no other microbatch processes. Under load or with a slow broker microbatches grow
and the throughput stays; at a low rate a microbatch takes a single event without delay.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from itertools import accumulate
from typing import Any

from faust.types import TP

# Limits per stage: queued or in process (WAITING), and per microbatch (BATCH).
WAITING_RECORDS = 2000
WAITING_BYTES = 16 * 1024 * 1024
BATCH_RECORDS = 1000
# The most expensive payloads take about 0.6 s of CPU per MiB, so a microbatch computes for a few
# seconds at most, far below the barrier's limit; the event loop runs between its records.
BATCH_BYTES = 4 * 1024 * 1024
# One microbatch computes while others wait for the broker.
BATCHES_AT_ONCE = 3
# Minimum to start beside another microbatch: fewer records wait for its end, like small packets in
# Nagle's algorithm. A microbatch has a fixed cost of a millisecond.
MIN_BATCH_RECORDS = 64
# Pause after a microbatch, in proportion to its records. From about 250 records a second, records
# gather instead of loading the CPUs of worker and broker with ever smaller microbatches. At lower
# rates no record waits for a pause.
PAUSE_PER_RECORD_S = 0.004
LONGEST_PAUSE_S = 0.02

Take = Callable[[], list[Any]]


class MicroBatcher:
    """Calls `run` for each microbatch. At its turn, `run` calls its argument once to get events: in
    order per partition, all of one generation of the consumer group; an empty list if another
    microbatch has taken them.
    """

    def __init__(self, run: Callable[[Take], Awaitable[None]]) -> None:
        self._run = run
        # In order of service: the least recently served partition first.
        self._waiting: dict[TP, deque[Any]] = defaultdict(deque)
        self._busy: set[TP] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._records = 0
        self._bytes = 0
        self._freed = asyncio.Event()
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def put(self, event: Any) -> None:
        """Queue an event; waits while the stage is at its limit of records or bytes."""
        while self._records >= WAITING_RECORDS or self._bytes >= WAITING_BYTES:
            self._freed.clear()
            await self._freed.wait()
        self._records += len(event.value.records)
        self._bytes += event.value.size
        self._waiting[event.message.tp].append(event)
        self._start()

    async def join(self) -> None:
        """Process all queued events, without pauses."""
        while self._tasks or self._timer:
            if self._timer:
                self._end_pause()
                self._start()
            await asyncio.gather(*self._tasks)

    def cancel(self) -> None:
        """Cancel running microbatches; their records are not acknowledged and are read again."""
        for task in self._tasks:
            task.cancel()
        self._end_pause()

    def _end_pause(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer, self._next_at = None, 0.0

    def _start(self) -> None:
        if len(self._tasks) >= BATCHES_AT_ONCE:
            return
        loop = asyncio.get_running_loop()
        if self._free(MIN_BATCH_RECORDS):
            self._begin()
        elif not self._tasks and self._free(1):
            if loop.time() >= self._next_at:
                self._begin()
            elif self._timer is None:
                self._timer = loop.call_at(self._next_at, self._due)

    def _due(self) -> None:
        self._timer = None
        self._start()

    def _begin(self) -> None:
        self._tasks.add(asyncio.create_task(self._batch()))

    def _free(self, enough: int) -> bool:
        """True if partitions without a running microbatch have `enough` queued records."""
        events = (e for tp in self._waiting.keys() - self._busy for e in self._waiting[tp])
        return any(total >= enough for total in accumulate(len(e.value.records) for e in events))

    async def _batch(self) -> None:
        taken: list[Any] = []

        def take() -> list[Any]:
            taken.extend(self._next())
            self._busy.update(event.message.tp for event in taken)
            records = sum(len(event.value.records) for event in taken)
            pause = min(LONGEST_PAUSE_S, PAUSE_PER_RECORD_S * records)
            self._next_at = asyncio.get_running_loop().time() + pause
            return taken

        try:
            await self._run(take)
            self._busy.difference_update(event.message.tp for event in taken)
            self._records -= sum(len(event.value.records) for event in taken)
            self._bytes -= sum(event.value.size for event in taken)
            self._freed.set()
        finally:
            self._tasks.discard(asyncio.current_task())
        self._start()

    def _next(self) -> list[Any]:
        """As many queued events as fit; at least one if any partition is free."""
        events: list[Any] = []
        records, size = BATCH_RECORDS, BATCH_BYTES
        for partition in [p for p in self._waiting if p not in self._busy]:
            if not _fits(self._waiting[partition][0], events, records, size):
                continue
            waiting = self._waiting.pop(partition)
            while waiting and _fits(waiting[0], events, records, size):
                events.append(waiting.popleft())
                records -= len(events[-1].value.records)
                size -= events[-1].value.size
            if waiting:
                self._waiting[partition] = waiting
        return events


def _fits(event: Any, events: list[Any], records: int, size: int) -> bool:
    if not events:
        return True
    same = event.message.generation_id == events[0].message.generation_id
    return same and len(event.value.records) <= records and event.value.size <= size
