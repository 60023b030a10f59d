"""The delivery barrier: what happens to one batch, in the order that loses nothing.

Outputs acknowledged → changelog records acknowledged → one write of state → ack. Whatever fails
on the way ends the process, since part of the batch may be written and only a restart from the
committed offset puts that right. There are no retries here: the producer has retried already.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import faust

from streams.model import RawRecord
from streams.worker import metrics
from streams.worker.codec import raw_record
from streams.worker.delivery import Outgoing, deliver
from streams.worker.fatal import fatal
from streams.worker.health import Health
from streams.worker.lanes import Lanes

# Computing a batch lets others run after so many records: heartbeats, fetches, other stages.
SLICE = 32


class Work(Protocol):
    """One batch at one stage: what it sends, what it changes, and what to count of it."""

    outputs: list[Outgoing]

    def process(self, record: RawRecord, now: int) -> None:
        """Take one record; never raises for anything that a record holds."""

    def changes(self) -> dict[bytes, bytes | None]:
        """The state to store; None deletes a key."""

    def count(self, now: int) -> None:
        """Count what is delivered by now."""


class Stage(NamedTuple):
    """A stage of the pipeline as the runtime sees it. `open` starts a partition's batch."""

    name: str
    open: Callable[[int], Work]
    table: faust.Table[bytes, bytes] | None = None


class Runtime:
    """Runs stages over the batches of their partitions."""

    def __init__(self, app: faust.App, health: Health, clock: Callable[[], int]) -> None:
        self._app = app
        self._health = health
        self._clock = clock
        self._working: dict[object, float] = {}
        self._computing = asyncio.Lock()
        self._lanes: list[Lanes] = []
        self._stopping = False

    async def consume(self, stage: Stage, stream: Any) -> None:
        """The body of a stage's agent: partitions side by side, acknowledged by hand."""
        lanes = Lanes(lambda events: self._settled(stage, events))
        self._lanes.append(lanes)
        try:
            async for event in stream.noack().events():
                if self._stopping:
                    self._app.consumer.abandon(event.message)  # type: ignore[attr-defined]
                else:
                    await lanes.put(event)
            await lanes.join()
        finally:
            lanes.cancel()

    async def finish(self) -> None:
        """Before a wished end: take nothing more, and finish what is at work while state is open.

        What is not taken any more is not acknowledged, so the next worker reads it.
        """
        self._stopping = True
        for lanes in self._lanes:
            await lanes.join()

    async def _settled(self, stage: Stage, events: list[Any]) -> None:
        """Events of one partition, all through the barrier together; an end of the process else."""
        try:
            await self._guarded(stage, events)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # Going on with the next batch would lose this one.
            fatal("batch failed", stage=stage.name, error=type(error).__name__, at=_where(error))

    async def _guarded(self, stage: Stage, events: list[Any]) -> None:
        place = object()
        self._begin(place)
        try:
            async with asyncio.timeout(self._health.barrier_limit_s):
                ours = await self._run(stage, events)
            for event in events:
                if ours:
                    event.ack()
                else:
                    self._app.consumer.abandon(event.message)  # type: ignore[attr-defined]
        finally:
            self._end(place)

    async def _run(self, stage: Stage, events: list[Any]) -> bool:
        """True when all is delivered and stored; False where the partition is no longer ours."""
        message = events[0].message
        records = [record for event in events for record in event.value.records]
        work = stage.open(message.partition)
        # One batch computes at a time: there is one processor, and the first is to be done first.
        async with self._computing:
            await self._compute(stage, work, records)
        if not await self._barrier(stage, message, work):
            return False
        work.count(self._clock())
        return True

    async def _compute(self, stage: Stage, work: Work, records: list[Any]) -> None:
        seconds = 0.0
        for position in range(0, len(records), SLICE):
            since = time.perf_counter()
            now = self._clock()
            for consumed in records[position : position + SLICE]:
                work.process(raw_record(consumed), now)
            seconds += time.perf_counter() - since
            await asyncio.sleep(0)
        metrics.stage_seconds.labels(stage.name).observe(seconds)
        metrics.batch_records.labels(stage.name).observe(len(records))

    async def _barrier(self, stage: Stage, message: Any, work: Work) -> bool:
        """Outputs, then changelog, then state; False, and no more written, once not ours."""
        since = time.perf_counter()
        producer = self._app.producer._ensure_producer()  # type: ignore[attr-defined]
        if not await self._still_ours(message):
            return False
        if work.outputs:
            await deliver(producer, work.outputs)
        changes = work.changes()
        if changes and stage.table is not None:
            # Outputs of two owners are repeats of one id; their states would undo each other.
            if not await self._still_ours(message):
                return False
            topic, partition = stage.table.changelog_topic_name, message.partition
            changelog = [Outgoing(topic, k, v, partition=partition) for k, v in changes.items()]
            written = await deliver(producer, changelog)
            stage.table.data.write(partition, changes, written[topic, partition])  # type: ignore[attr-defined]
        metrics.barrier_seconds.labels(stage.name).observe(time.perf_counter() - since)
        return True

    async def _still_ours(self, message: Any) -> bool:
        """Another worker may own the partition by now: then nothing is sent and nothing acked."""
        consumer: Any = self._app.consumer
        held = await consumer.lease.wait()
        return bool(held and message.generation_id == self._app.consumer_generation_id)

    def _begin(self, place: object) -> None:
        self._working[place] = time.monotonic()
        self._health.oldest_batch_at = min(self._working.values())

    def _end(self, place: object) -> None:
        self._working.pop(place, None)
        self._health.oldest_batch_at = min(self._working.values(), default=None)


def _where(error: BaseException) -> str:
    """File and line of an error: its text could quote a payload, so it is not logged."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
