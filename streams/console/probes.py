"""`/metrics`, `/live` and `/ready`, on a port of their own.

- live: the event loop answers at all;
- ready: the index has caught up with the topics once, so that pages are complete.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from aiohttp import web
from aiohttp.web_request import BaseRequest
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.console import metrics
from streams.console.feed import Feed
from streams.console.index.rows import TOPICS
from streams.console.index.store import Store


class Probes:
    """What the console holds, as metrics and as answers."""

    def __init__(self, feed: Feed, store: Store) -> None:
        self._feed = feed
        self._store = store
        prepare()

    async def handle(self, request: BaseRequest) -> web.Response:
        """The answer to one request."""
        feed = self._feed
        if request.path == "/metrics":
            metrics.ready.set(feed.caught_up)
            metrics.lag.set(feed.lag)
            metrics.kafka_up.set(feed.up)
            metrics.index_bytes.set(self._store.bytes)
            page = generate_latest(metrics.registry)
            return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_LATEST})
        if request.path == "/live":
            return _json({"ok": True}, 200)
        if request.path != "/ready":
            return web.Response(status=404, text="/metrics, /live and /ready are served here\n")
        state = {"ok": feed.caught_up, "kafka": feed.up, "lag": feed.lag}
        return _json(state, 200 if feed.caught_up else 503)


def prepare() -> None:
    """Show every series at 0 from the start, so that its first increase is seen."""
    for topic in TOPICS:
        metrics.records.labels(topic)
        metrics.unreadable.labels(topic)
    for metric, values in (
        (metrics.page_seconds, metrics.PAGES),
        (metrics.logins, metrics.LOGINS),
        (metrics.refused, metrics.REFUSALS),
        (metrics.verdicts, metrics.VERDICTS),
    ):
        for value in values:
            metric.labels(value)


def _json(state: Mapping[str, object], status: int) -> web.Response:
    body = msgspec.json.encode(state) + b"\n"
    return web.Response(body=body, status=status, content_type="application/json")
