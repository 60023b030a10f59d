"""Keeps health and gauges up to date: from Faust's signals, and by a beat on the loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import faust
from aiokafka.errors import KafkaError

from streams.worker.fatal import fatal
from streams.worker.ops import metrics
from streams.worker.ops.health import Health
from streams.worker.state.store import Store
from streams.worker.transport.offsets import Lag

BEAT_S = 1.0
# Before partitions are at work, so that `/ready` says soon when they are.
STARTING_BEAT_S = 0.1
SIZES_EVERY_S = 15.0
# Longer than a member may keep a rebalance waiting, and than a request may take.
RECOVERY_STANDS_S = 180.0
COMPARE_EVERY_S = 10.0
STALL_S = 60.0


class HealthMonitor:
    """Watches one app. The loop's beat is what tells `/live` that the loop is not stuck."""

    def __init__(self, app: faust.App, health: Health) -> None:
        self._app = app
        self._health = health
        self._assigned_at: float | None = None
        self._lagging: dict[tuple[str, str], float] = {}
        self._sized_at = -SIZES_EVERY_S
        self._uncommitted: dict[Any, tuple[Any, float]] = {}
        self._recovered: tuple[object, float] = (None, 0.0)
        self._stalled: dict[Any, tuple[Any, float]] = {}

    def start(self) -> None:
        """Connect to the app's signals; gauges and the look at the broker begin with its work."""
        self._app.on_partitions_revoked.connect(self._revoked, weak=False)
        self._app.on_partitions_assigned.connect(self._assigned, weak=False)
        self._app.task(self._beat)
        self._app.task(self._compare_with_broker)

    async def pulse(self) -> None:
        """From the start of the process on, so that `/live` is true of a long recovery as well."""
        while True:
            self._health.beat()
            self._watch_recovery()
            await asyncio.sleep(BEAT_S)

    def _watch_recovery(self) -> None:
        """Ends the process where a recovery makes no step for `RECOVERY_STANDS_S`: Faust waits for
        the next rebalance once a request of its has failed.
        """
        now = time.monotonic()
        app: Any = self._app
        busy = self._health.assigned and (bool(app.in_recovery) or bool(app.rebalancing))
        step = (Store.applied, app.consumer_generation_id, self._assigned_at) if busy else None
        before, since = self._recovered
        if step is None or step != before:
            self._recovered = step, now
        elif now - since > RECOVERY_STANDS_S:
            fatal("recovery stands still", seconds=round(now - since))

    async def _compare_with_broker(self) -> None:
        """Asks the broker where partitions end: a fetch that has died tells nobody. Where the end
        is beyond what fetches have told of, and nothing moves, the worker is not ready, and after
        twice that time ends.
        """
        while not self._app.should_stop:
            await asyncio.sleep(COMPARE_EVERY_S)
            if not self._health.at_work():
                self._stalled.clear()
                continue
            consumer: Any = self._app.consumer
            steps = consumer.steps()
            try:
                async with asyncio.timeout(COMPARE_EVERY_S):
                    ends = await consumer.highwaters(*steps) if steps else {}
            except (TimeoutError, KafkaError):
                continue  # No broker answers: that has metrics and alerts of its own.
            now = time.monotonic()
            waiting = {tp: step for tp, step in steps.items() if ends.get(tp, 0) > step.seen_end}
            self._stalled = _since(self._stalled, waiting, now)
            oldest = min((since for _, since in self._stalled.values()), default=None)
            self._health.stalled_at = oldest
            if oldest is not None and now - oldest > 2 * STALL_S:
                fatal("fetching stands still", seconds=round(now - oldest))

    async def _revoked(self, *_: Any, **__: Any) -> None:
        self._health.rebalancing = True

    async def _assigned(self, *args: Any, **_: Any) -> None:
        self._health.assigned = bool(args[-1])
        self._health.rebalancing = True
        self._assigned_at = time.monotonic()
        metrics.rebalances.inc()

    async def _beat(self) -> None:
        while not self._app.should_stop:
            self._recovery()
            self._gauges()
            self._sizes()
            await asyncio.sleep(BEAT_S if self._health.at_work() else STARTING_BEAT_S)

    def _recovery(self) -> None:
        self._health.recovering = bool(self._app.in_recovery)
        self._health.rebalancing = bool(self._app.rebalancing)
        self._health.has_worked = self._health.has_worked or self._health.at_work()
        if self._assigned_at is not None and not self._health.rebalancing:
            metrics.recovery_seconds.set(time.monotonic() - self._assigned_at)
            self._assigned_at = None

    def _gauges(self) -> None:
        consumer: Any = self._app.consumer
        metrics.in_flight.set(consumer.offsets.in_flight())
        metrics.unassigned_partitions.set(consumer.assignments.missing())
        if consumer.committed_at is not None:
            metrics.last_commit.set(consumer.committed_at)
        self._commits(consumer)
        self._lags(consumer.lags())

    def _commits(self, consumer: Any) -> None:
        """Since when work of any partition is done that no commit of that partition has reached."""
        self._uncommitted = _since(self._uncommitted, consumer.uncommitted(), time.monotonic())
        ages = [since for _, since in self._uncommitted.values()]
        self._health.commit_due_at = min(ages, default=None)

    def _lags(self, lags: Mapping[Any, Lag]) -> None:
        lagging = {}
        now = time.time()
        for tp, lag in lags.items():
            labels = (tp.topic, str(tp.partition))
            # Until its first record is delivered, a lag is at least as old as its first sight.
            since = self._lagging.get(labels, now) if lag.records else now
            if lag.oldest is not None:
                since = lag.oldest / 1000
            metrics.lag_records.labels(*labels).set(lag.records)
            metrics.lag_seconds.labels(*labels).set(max(0.0, now - since))
            lagging[labels] = since
        # A partition that has moved to another worker is that worker's to report.
        for labels in self._lagging.keys() - lagging.keys():
            metrics.lag_records.remove(*labels)
            metrics.lag_seconds.remove(*labels)
        self._lagging = lagging

    def _sizes(self) -> None:
        if time.monotonic() - self._sized_at < SIZES_EVERY_S:
            return
        self._sized_at = time.monotonic()
        for name, table in self._app.tables.items():
            table.data.keep()
            entries, size = table.data.size()
            metrics.state_entries.labels(name).set(entries)
            metrics.state_bytes.labels(name).set(size)


def _since(
    before: Mapping[Any, tuple[Any, float]], now_waiting: Mapping[Any, Any], now: float
) -> dict[Any, tuple[Any, float]]:
    """Each partition that waits, with the step at which it stands and since when it does."""
    return {
        tp: before[tp] if tp in before and before[tp][0] == step else (step, now)
        for tp, step in now_waiting.items()
    }
