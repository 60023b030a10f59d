"""Keeps health and gauges up to date: from Faust's signals, and once a second from the loop."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import faust

from streams.worker import metrics
from streams.worker.health import Health

BEAT_S = 1.0


class Watch:
    """Watches one app. The loop's beat is what tells `/live` that the loop is not stuck."""

    def __init__(self, app: faust.App, health: Health) -> None:
        self._app = app
        self._health = health
        self._assigned_at: float | None = None
        self._lagging: set[tuple[str, str]] = set()

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
            await asyncio.sleep(BEAT_S)

    def _recovery(self) -> None:
        self._health.recovering = bool(self._app.in_recovery)
        self._health.rebalancing = bool(self._app.rebalancing)
        if self._assigned_at is not None and not self._health.rebalancing:
            metrics.recovery_seconds.set(time.monotonic() - self._assigned_at)
            self._assigned_at = None

    def _gauges(self) -> None:
        consumer: Any = self._app.consumer
        metrics.in_flight.set(consumer.watermarks.in_flight())
        if consumer.committed_at is not None:
            metrics.last_commit.set(consumer.committed_at)
        lags = consumer.lags()
        for tp, lag in lags.items():
            metrics.lag_records.labels(tp.topic, str(tp.partition)).set(lag)
        present = {(tp.topic, str(tp.partition)) for tp in lags}
        # A partition that has moved to another worker is that worker's to report.
        for labels in self._lagging - present:
            metrics.lag_records.remove(*labels)
        self._lagging = present
