"""`/metrics`, `/live` and `/ready` on their own thread, so that a blocked event loop is detected.

- live: the event loop has run within the last `LOOP_STUCK_S` seconds;
- ready: partitions are assigned, state is recovered, and no rebalance runs; no batch waits at the
  barrier for longer than its limit, finished work is committed within the same limit, and fetches
  reach the end offsets of the broker.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from streams.worker.ops import metrics

LOOP_STUCK_S = 30.0

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class Health:
    """The worker's condition; its event loop writes it and the server's thread reads it."""

    started_at: float = field(default_factory=time.monotonic)
    beat_at: float = field(default_factory=time.monotonic)
    assigned: bool = False
    recovering: bool = True
    rebalancing: bool = False
    oldest_batch_at: float | None = None
    commit_due_at: float | None = None
    """Since when finished work is uncommitted, of the oldest partition."""
    has_worked: bool = False
    """Partitions have been active since the process started."""
    stalled_at: float | None = None
    """Since when the broker has records that no fetch has returned."""
    barrier_limit_s: float = 60.0

    def beat(self) -> None:
        self.beat_at = time.monotonic()

    def live(self) -> tuple[bool, dict[str, Any]]:
        silent = time.monotonic() - self.beat_at
        return silent < LOOP_STUCK_S, {"loop_silent_s": round(silent, 1)}

    def ready(self) -> tuple[bool, dict[str, Any]]:
        waiting, uncommitted = _age(self.oldest_batch_at), _age(self.commit_due_at)
        stalled = _age(self.stalled_at)
        state = {
            "assigned": self.assigned,
            "recovering": self.recovering,
            "rebalancing": self.rebalancing,
            "oldest_batch_s": round(waiting, 1),
            "uncommitted_s": round(uncommitted, 1),
            "stalled_s": round(stalled, 1),
        }
        moving = max(waiting, uncommitted, stalled) < self.barrier_limit_s
        return self.live()[0] and self.at_work() and moving, state

    def at_work(self) -> bool:
        """Partitions are assigned and their state is recovered."""
        return self.assigned and not self.recovering and not self.rebalancing


def _age(since: float | None) -> float:
    return 0.0 if since is None else time.monotonic() - since


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Scrapes are not logged."""


def serve(health: Health, host: str, port: int) -> WSGIServer:
    """Serve on a daemon thread; `port` 0 selects a free one. Raises OSError if it is in use."""
    prometheus = make_wsgi_app(metrics.registry)
    checks = {"/live": health.live, "/ready": health.ready}
    # Evaluated at each scrape on the server's thread: a blocked loop could not set it.
    metrics.ready.set_function(lambda: float(health.ready()[0]))

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            metrics_page: Iterable[bytes] = prometheus(environ, start_response)
            return metrics_page
        if path not in checks:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"/metrics, /live and /ready are served here\n"]
        good, state = checks[path]()
        body = json.dumps({"ok": good} | state).encode() + b"\n"
        status = "200 OK" if good else "503 Service Unavailable"
        start_response(status, [("Content-Type", "application/json")])
        return [body]

    server = make_server(host, port, app, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
