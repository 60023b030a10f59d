"""The delivery barrier: what happens to a round of batches, in the order that loses nothing.

Outputs acknowledged → changelog records acknowledged → one write of state per partition → acks.
Whatever fails on the way ends the process, since part of the round may be written and only a
restart from the committed offset puts that right. There are no retries here: the producer has
retried already.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import faust
from faust.types import TP

from streams.contracts.model import RawRecord
from streams.worker.codec import raw_record
from streams.worker.fatal import fatal
from streams.worker.microbatch import Rounds, Take
from streams.worker.ops import metrics
from streams.worker.ops.health import Health
from streams.worker.producer import Outgoing, deliver
from streams.worker.scheduler import Turn, Turns

# Computing a round lets others run after so long: heartbeats, fetches, other stages.
SLICE_S = 0.002


class Work(Protocol):
    """One partition's part of a round: what it sends, what it changes, what to count of it."""

    outputs: list[Outgoing]

    def process(self, record: RawRecord, now: int) -> None:
        """Take one record; never raises for anything that a record holds."""

    def changes(self) -> dict[bytes, bytes | None]:
        """The state to store; None deletes a key."""

    def count(self, now: int) -> None:
        """Count what is delivered by now."""


class Stage(NamedTuple):
    """What a stage of the pipeline does with one of its topics. `open` starts a partition's work;
    `rank` is the stage's place in the pipeline.

    Stages of one name, on several topics, have one table or none, and share their rounds.
    """

    name: str
    rank: int
    topic: str
    open: Callable[[int], Work]
    table: faust.Table[bytes, bytes] | None = None


class Runtime:
    """Runs stages over the batches of their partitions."""

    def __init__(self, app: faust.App, health: Health, clock: Callable[[], int]) -> None:
        self._app = app
        self._health = health
        self._clock = clock
        self._working: dict[object, float] = {}
        self._turns = Turns()
        self._stages: dict[str, Stage] = {}
        self._rounds: dict[str, Rounds] = {}
        self._stopping = False

    async def consume(self, stage: Stage, stream: Any) -> None:
        """The body of a stage's agent: rounds of batches, acknowledged by hand."""
        self._stages[stage.topic] = stage
        if stage.name not in self._rounds:
            self._rounds[stage.name] = Rounds(lambda take: self._settled(stage, take))
        rounds = self._rounds[stage.name]
        try:
            async for event in stream.noack().events():
                if self._stopping:
                    self._app.consumer.abandon(event.message)  # type: ignore[attr-defined]
                else:
                    await rounds.put(event)
            await rounds.join()
        finally:
            rounds.cancel()

    async def finish(self) -> None:
        """Before a wished end: take nothing more, and finish what is at work while state is open.

        What is not taken any more is not acknowledged, so the next worker reads it.
        """
        self._stopping = True
        for rounds in self._rounds.values():
            await rounds.join()

    async def _settled(self, stage: Stage, take: Take) -> None:
        """A round, all through the barrier together; an end of the process else."""
        try:
            await self._guarded(stage, take)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # Going on with the next round would lose this one.
            fatal("batch failed", stage=stage.name, error=type(error).__name__, at=_where(error))

    async def _guarded(self, stage: Stage, take: Take) -> None:
        place = object()
        self._begin(place)
        try:
            async with asyncio.timeout(self._health.barrier_limit_s):
                await self._run(stage, take)
        finally:
            self._end(place)

    async def _run(self, stage: Stage, take: Take) -> None:
        async with self._turns.turn(stage.rank) as turn:
            if not (events := take()):
                return
            works = await self._compute(stage, events, turn)
        # All events of a round are of one generation, so they are ours together or not at all.
        if not await self._barrier(stage, events[0].message, works):
            for event in events:
                self._app.consumer.abandon(event.message)  # type: ignore[attr-defined]
            return
        now = self._clock()
        for work in works.values():
            work.count(now)
        for event in events:
            event.ack()

    async def _compute(self, stage: Stage, events: list[Any], turn: Turn) -> dict[TP, Work]:
        """What the round's events lead to, by the partition that they came from."""
        works: dict[TP, Work] = {}
        seconds, count = 0.0, 0
        since, now = time.perf_counter(), self._clock()
        for event in events:
            tp = event.message.tp
            work = works.get(tp) or works.setdefault(tp, self._stages[tp.topic].open(tp.partition))
            for consumed in event.value.records:
                work.process(raw_record(consumed), now)
                count += 1
                if (took := time.perf_counter() - since) > SLICE_S:
                    seconds += took
                    await asyncio.sleep(0)
                    await self._turns.make_way(turn)
                    since, now = time.perf_counter(), self._clock()
        metrics.stage_seconds.labels(stage.name).observe(seconds + time.perf_counter() - since)
        metrics.batch_records.labels(stage.name).observe(count)
        return works

    async def _barrier(self, stage: Stage, message: Any, works: dict[TP, Work]) -> bool:
        """Outputs, then changelog, then state; False, and no more written, once not ours."""
        since = time.perf_counter()
        producer = self._app.producer._ensure_producer()  # type: ignore[attr-defined]
        if not await self._still_ours(message):
            return False
        if outputs := [output for work in works.values() for output in work.outputs]:
            await deliver(producer, outputs)
        changes = {tp.partition: new for tp, work in works.items() if (new := work.changes())}
        if changes and stage.table is not None:
            # Outputs of two owners are repeats of one id; their states would undo each other.
            if not await self._still_ours(message):
                return False
            topic = stage.table.changelog_topic_name
            changelog = [
                Outgoing(topic, key, value, partition=partition)
                for partition, values in changes.items()
                for key, value in values.items()
            ]
            written = await deliver(producer, changelog)
            for partition, values in changes.items():
                stage.table.data.write(partition, values, written[topic, partition])  # type: ignore[attr-defined]
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
