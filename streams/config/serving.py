"""What services that run on one event loop share: where they listen, when they stop, and
`/metrics`, `/live` and `/ready` on a port of their own.
"""

from __future__ import annotations

import asyncio
import signal
import ssl
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.web_request import BaseRequest
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from streams.config.settings import StartError


class State(Struct):
    """Live: the service is at work. Ready: it can do its work. `shown` is in the answers too."""

    ready: bool
    live: bool = True
    shown: dict[str, Any] = {}


class Health:
    """Answers for a service. `measure` sets the metrics that are looked up, and gives the state."""

    def __init__(self, registry: CollectorRegistry, measure: Callable[[], State]) -> None:
        self._registry = registry
        self._measure = measure

    async def handle(self, request: BaseRequest) -> web.Response:
        """The answer to one request."""
        state = self._measure()
        if request.path == "/metrics":
            page = generate_latest(self._registry)
            return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_LATEST})
        if request.path == "/live":
            return _json({"ok": state.live}, state.live)
        if request.path == "/ready":
            return _json({"ok": state.ready, **state.shown}, state.ready)
        return web.Response(status=404, text="/metrics, /live and /ready are served here\n")


def _json(shown: dict[str, Any], ok: bool) -> web.Response:
    body = msgspec.json.encode(shown) + b"\n"
    status = 200 if ok else 503
    return web.Response(body=body, status=status, content_type="application/json")


async def listen(
    runner: web.ServerRunner, host: str, port: int, tls: ssl.SSLContext | None = None
) -> None:
    """Raises StartError where the address cannot be had."""
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
    except OSError as error:
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def stop_signal() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
