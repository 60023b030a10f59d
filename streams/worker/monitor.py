"""Updates health and gauges, on Faust's signals and periodically."""

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
# Until partitions are active, so that `/ready` reports them soon.
STARTING_BEAT_S = 0.1
SIZES_EVERY_S = 15.0
# Longer than a member may delay a rebalance, and than a request may take.
RECOVERY_STALL_S = 180.0
COMPARE_EVERY_S = 10.0
STALL_S = 60.0


class HealthMonitor:
    """Monitors one app. Its heartbeat shows `/live` that the event loop runs."""

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
        """Connect to the app's signals and register the periodic tasks."""
        self._app.on_partitions_revoked.connect(self._revoked, weak=False)
        self._app.on_partitions_assigned.connect(self._assigned, weak=False)
        self._app.task(self._beat)
        self._app.task(self._compare_with_broker)

    async def pulse(self) -> None:
        """Heartbeat from the start of the process, so that `/live` passes in a long recovery."""
        while True:
            self._health.beat()
            self._watch_recovery()
            await asyncio.sleep(BEAT_S)

    def _watch_recovery(self) -> None:
        """Exit if recovery makes no progress for `RECOVERY_STALL_S`: after a failed request, Faust
        waits for the next rebalance.
        """
        now = time.monotonic()
        app: Any = self._app
        busy = self._health.assigned and (bool(app.in_recovery) or bool(app.rebalancing))
        step = (Store.applied, app.consumer_generation_id, self._assigned_at) if busy else None
        before, since = self._recovered
        if step is None or step != before:
            self._recovered = step, now
        elif now - since > RECOVERY_STALL_S:
            fatal("recovery is stalled", seconds=round(now - since))

    async def _compare_with_broker(self) -> None:
        """Compare the broker's end offsets with those of fetches: a dead fetch raises no error. If
        the broker has more and nothing progresses, the worker is not ready; after 2 × `STALL_S` it
        exits.
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
                continue  # No broker answers; other metrics and alerts cover this.
            now = time.monotonic()
            waiting = {tp: step for tp, step in steps.items() if ends.get(tp, 0) > step.seen_end}
            self._stalled = _since(self._stalled, waiting, now)
            oldest = min((since for _, since in self._stalled.values()), default=None)
            self._health.stalled_at = oldest
            if oldest is not None and now - oldest > 2 * STALL_S:
                fatal("fetching is stalled", seconds=round(now - oldest))

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
        """Update since when finished work of a partition is uncommitted."""
        self._uncommitted = _since(self._uncommitted, consumer.uncommitted(), time.monotonic())
        ages = [since for _, since in self._uncommitted.values()]
        self._health.commit_due_at = min(ages, default=None)

    def _lags(self, lags: Mapping[Any, Lag]) -> None:
        lagging = {}
        now = time.time()
        for tp, lag in lags.items():
            labels = (tp.topic, str(tp.partition))
            # Before the first delivery the age of a lag counts from its first observation.
            since = self._lagging.get(labels, now) if lag.records else now
            if lag.oldest is not None:
                since = lag.oldest / 1000
            metrics.lag_records.labels(*labels).set(lag.records)
            metrics.lag_seconds.labels(*labels).set(max(0.0, now - since))
            lagging[labels] = since
        # The new owner reports the partitions that have moved.
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
    """Waiting partitions → their current step, and since when it is unchanged."""
    return {
        tp: before[tp] if tp in before and before[tp][0] == step else (step, now)
        for tp, step in now_waiting.items()
    }
