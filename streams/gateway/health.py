"""`/metrics`, `/live` and `/ready`, on their own port.

- live: the event loop answers;
- ready: a hook can be stored: Kafka takes it, or the spool has room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from aiohttp import web
from aiohttp.web_request import BaseRequest
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.gateway import metrics
from streams.gateway.publisher import Lane
from streams.gateway.spool import Spool


class Health:
    """Reports the condition of lanes and spool. `lanes`: vendor → lane."""

    def __init__(
        self, lanes: Mapping[str, Lane], spool: Spool, limit_bytes: int, clock: Callable[[], int]
    ) -> None:
        self._lanes = lanes
        self._spool = spool
        self._clock = clock
        metrics.spool_limit.set(limit_bytes)

    async def handle(self, request: BaseRequest) -> web.Response:
        """The answer to one request."""
        ready = not self._spool.full or all(lane.up for lane in self._lanes.values())
        if request.path == "/metrics":
            self._measure()
            metrics.ready.set(ready)
            page = generate_latest(metrics.registry)
            return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_LATEST})
        if request.path == "/live":
            return _json({"ok": True}, 200)
        if request.path != "/ready":
            return web.Response(status=404, text="/metrics, /live and /ready are served here\n")
        kafka = {vendor: lane.up for vendor, lane in self._lanes.items()}
        state = {"ok": ready, "kafka": kafka, "spool_bytes": self._spool.bytes}
        return _json(state, 200 if ready else 503)

    def _measure(self) -> None:
        now = self._clock()
        metrics.spool_bytes.set(self._spool.bytes)
        for vendor, lane in self._lanes.items():
            oldest = self._spool.oldest_ms.get(lane.topic, now)
            metrics.kafka_up.labels(vendor).set(lane.up)
            metrics.spool_records.labels(vendor).set(self._spool.records[lane.topic])
            metrics.spool_age.labels(vendor).set(max(0, now - oldest) / 1000)


def _json(state: dict[str, object], status: int) -> web.Response:
    body = msgspec.json.encode(state) + b"\n"
    return web.Response(body=body, status=status, content_type="application/json")
