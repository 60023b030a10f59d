"""A stand-in for the vendors' result APIs, on loopback: it answers as it is told, and remembers who
asked.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import defaultdict
from types import TracebackType
from typing import Any

from aiohttp import web
from aiohttp.web_request import BaseRequest
from msgspec import Struct

from streams.kafka.broker.server import free_port


class Scripted(Struct, frozen=True):
    """One answer. `cut`: the connection breaks off amid the body."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = {}
    delay_s: float = 0.0
    cut: bool = False


def answer(value: Any, status: int = 200, **headers: str) -> Scripted:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Scripted(json.dumps(value).encode(), status, named)


class Asked(Struct, frozen=True):
    path: str
    headers: dict[str, str]
    at: float


class VendorApis:
    """`answers`: path → the first, the next, …, the last one repeated. Else `otherwise`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.answers: dict[str, list[Scripted]] = defaultdict(list)
        self.otherwise = Scripted(status=404)
        self.asked: list[Asked] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def __enter__(self) -> VendorApis:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        server = web.Server(self._answer, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _answer(self, request: BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.path_qs, headers, time.monotonic()))
        scripted = self.answers[request.path_qs]
        told = self.otherwise
        if scripted:
            told = scripted.pop(0) if len(scripted) > 1 else scripted[0]
        await asyncio.sleep(told.delay_s)
        if not told.cut:
            return web.Response(body=told.body, status=told.status, headers=told.headers)
        response = web.StreamResponse(headers={"Content-Length": str(len(told.body) + 10)})
        await response.prepare(request)
        await response.write(told.body)
        assert request.transport is not None
        request.transport.abort()
        return response
