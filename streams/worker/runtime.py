"""Runs stages over the batches of their partitions: take a microbatch, compute it, checkpoint it.

Any failure ends the process: part of the microbatch may be written, and only a restart from the
committed offset repairs that. There are no retries here, since the producer retries.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import faust
from faust.types import TP

from streams.worker.checkpoint import Work, checkpoint
from streams.worker.codec import raw_record
from streams.worker.fatal import fatal
from streams.worker.microbatch import MicroBatcher, Take
from streams.worker.ops import metrics
from streams.worker.ops.health import Health
from streams.worker.scheduler import Scheduler, Turn

# Longest time between two yields to the event loop (heartbeats, fetches, other stages).
SLICE_S = 0.002


class Stage(NamedTuple):
    """A stage of the pipeline on one of its topics. `open` creates the work of a partition; `rank`
    is the stage's position in the pipeline.

    Stages with the same name, on several topics, share their table and microbatches.
    """

    name: str
    rank: int
    topic: str
    open: Callable[[int], Work]
    table: faust.Table[bytes, bytes] | None = None


class Runtime:
    """`clock` returns epoch ms."""

    def __init__(self, app: faust.App, health: Health, clock: Callable[[], int]) -> None:
        self._app = app
        self._health = health
        self._clock = clock
        self._working: dict[object, float] = {}
        self._scheduler = Scheduler()
        self._stages: dict[str, Stage] = {}
        self._batchers: dict[str, MicroBatcher] = {}
        self._stopping = False

    async def consume(self, stage: Stage, stream: Any) -> None:
        """The body of a stage's agent: process its batches in microbatches."""
        self._stages[stage.topic] = stage
        if stage.name not in self._batchers:
            self._batchers[stage.name] = MicroBatcher(lambda take: self._or_exit(stage, take))
        batcher = self._batchers[stage.name]
        try:
            async for event in stream.noack().events():
                if self._stopping:
                    self._app.consumer.abandon(event.message)  # type: ignore[attr-defined]
                else:
                    await batcher.put(event)
            await batcher.join()
        finally:
            batcher.cancel()

    async def finish(self) -> None:
        """Before a requested stop: take no more events, and finish those in process while state is
        open. The rest is not acknowledged, so the next worker reads it.
        """
        self._stopping = True
        for batcher in self._batchers.values():
            await batcher.join()

    async def _or_exit(self, stage: Stage, take: Take) -> None:
        """Run a microbatch; exit the process on any failure, or beyond the barrier's time limit."""
        started = object()
        self._begin(started)
        try:
            async with asyncio.timeout(self._health.barrier_limit_s):
                await self._run(stage, take)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # Continuing with the next microbatch would lose this one.
            fatal("batch failed", stage=stage.name, error=type(error).__name__, at=_where(error))
        finally:
            self._end(started)

    async def _run(self, stage: Stage, take: Take) -> None:
        async with self._scheduler.turn(stage.rank) as turn:
            if not (events := take()):
                return
            works = await self._compute(stage, events, turn)
        since = time.perf_counter()
        if await checkpoint(self._app, stage.table, events, works):
            metrics.barrier_seconds.labels(stage.name).observe(time.perf_counter() - since)
            now = self._clock()
            for work in works.values():
                work.count(now)

    async def _compute(self, stage: Stage, events: list[Any], turn: Turn) -> dict[TP, Work]:
        """Process the events of a microbatch; returns the work by partition."""
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
                    await self._scheduler.yield_to_higher(turn)
                    since, now = time.perf_counter(), self._clock()
        metrics.stage_seconds.labels(stage.name).observe(seconds + time.perf_counter() - since)
        metrics.batch_records.labels(stage.name).observe(count)
        return works

    def _begin(self, started: object) -> None:
        self._working[started] = time.monotonic()
        self._health.oldest_batch_at = min(self._working.values())

    def _end(self, started: object) -> None:
        self._working.pop(started, None)
        self._health.oldest_batch_at = min(self._working.values(), default=None)


def _where(error: BaseException) -> str:
    """File and line of an error. Its text is not logged, since it may quote a payload."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
