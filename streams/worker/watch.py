"""Keeps health and gauges up to date: from Faust's signals, and by a beat on the loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import faust

from streams.worker import metrics
from streams.worker.health import Health
from streams.worker.watermarks import Lag

BEAT_S = 1.0
# Before partitions are at work, so that `/ready` says soon when they are.
STARTING_BEAT_S = 0.1
SIZES_EVERY_S = 15.0


class Watch:
    """Watches one app. The loop's beat is what tells `/live` that the loop is not stuck."""

    def __init__(self, app: faust.App, health: Health) -> None:
        self._app = app
        self._health = health
        self._assigned_at: float | None = None
        self._lagging: dict[tuple[str, str], float] = {}
        self._sized_at = -SIZES_EVERY_S
        self._committed_at: float | None = None

    def start(self) -> None:
        """Connect to the app's signals; the beat begins with the app."""
        self._app.on_partitions_revoked.connect(self._revoked, weak=False)
        self._app.on_partitions_assigned.connect(self._assigned, weak=False)
        self._app.task(self._beat)

    async def _revoked(self, *_: Any, **__: Any) -> None:
        self._health.rebalancing = True

    async def _assigned(self, *args: Any, **_: Any) -> None:
        self._health.assigned = bool(args[-1])
        self._health.rebalancing = True
        self._assigned_at = time.monotonic()
        metrics.rebalances.inc()

    async def _beat(self) -> None:
        while not self._app.should_stop:
            self._health.beat()
            self._recovery()
            self._gauges()
            self._sizes()
            await asyncio.sleep(BEAT_S if self._health.at_work() else STARTING_BEAT_S)

    def _recovery(self) -> None:
        self._health.recovering = bool(self._app.in_recovery)
        self._health.rebalancing = bool(self._app.rebalancing)
        if self._assigned_at is not None and not self._health.rebalancing:
            metrics.recovery_seconds.set(time.monotonic() - self._assigned_at)
            self._assigned_at = None

    def _gauges(self) -> None:
        consumer: Any = self._app.consumer
        metrics.in_flight.set(consumer.watermarks.in_flight())
        metrics.unassigned_partitions.set(consumer.shares.missing())
        if consumer.committed_at is not None:
            metrics.last_commit.set(consumer.committed_at)
        self._commits(consumer)
        self._lags(consumer.lags())

    def _commits(self, consumer: Any) -> None:
        committed_at, self._committed_at = self._committed_at, consumer.committed_at
        if committed_at != consumer.committed_at or not consumer.commit_is_due():
            self._health.commit_due_at = None
        elif self._health.commit_due_at is None:
            self._health.commit_due_at = time.monotonic()

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
            entries, size = table.data.size()
            metrics.state_entries.labels(name).set(entries)
            metrics.state_bytes.labels(name).set(size)
