"""The HTTP server: limits before reading, authentication before publishing, storage before 200.

It uses aiohttp's low-level server with one handler, without routing or error pages. Answers are
constants and repeat nothing of a request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest
from msgspec import Struct

from streams.config.gateway import Gateway
from streams.gateway import metrics
from streams.gateway.publisher import Safe
from streams.gateway.requests import Endpoint, Endpoints, client, route, within
from streams.gateway.spool import SpoolError
from streams.kafka.producer import Outgoing
from streams.vendors.base.webhook import Hook, Refused

log = structlog.get_logger()

RETRY_AFTER_S = 5
LINGER_S = 1.0
LONGEST_LINE = 4096
MOST_HEADERS = 64
# A wrong secret may arrive thousands of times: log each reason once in this time.
QUIET_S = 10.0
MIB = 1024 * 1024


class Publisher(Protocol):
    """A vendor's lane."""

    async def publish(self, record: Outgoing) -> Safe: ...


class Answer(Exception):  # noqa: N818 - an early end, not an error of ours
    """Ends a request. `closing` if its body is not fully read."""

    def __init__(self, status: int, outcome: str, *, closing: bool = False) -> None:
        self.status = status
        self.outcome = outcome
        self.closing = closing


class Limits(Struct):
    """Current use by requests."""

    requests: int = 0
    bytes: int = 0


class Receiver:
    """Handles requests. `largest_body` in bytes."""

    def __init__(
        self,
        settings: Gateway,
        endpoints: Endpoints,
        lanes: Mapping[str, Publisher],
        largest_body: int,
        clock: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._endpoints = endpoints
        self._lanes = lanes
        self._largest_body = largest_body
        self._clock = clock
        self._held = Limits()
        self._quiet: dict[tuple[str, ...], float] = {}

    async def handle(self, request: BaseRequest) -> web.Response:
        """The answer to one request."""
        started = time.monotonic()
        found = route(request.path, self._endpoints)
        if found is None:
            metrics.requests.labels(metrics.NO_VENDOR, "malformed").inc()
            return _response(404, closing=True)
        endpoint, path_secret = found
        held = Limits(requests=1)
        self._held.requests += 1
        metrics.in_progress.set(self._held.requests)
        try:
            outcome = await self._receive(request, endpoint, path_secret, held)
        except Answer as answer:
            metrics.requests.labels(endpoint.vendor, answer.outcome).inc()
            return _response(answer.status, closing=answer.closing)
        finally:
            self._held.requests -= held.requests
            self._held.bytes -= held.bytes
            metrics.in_progress.set(self._held.requests)
        metrics.requests.labels(endpoint.vendor, outcome).inc()
        metrics.request_seconds.observe(time.monotonic() - started)
        return _response(200)

    async def _receive(
        self, request: BaseRequest, endpoint: Endpoint, path_secret: str, held: Limits
    ) -> Safe:
        if request.method != "POST":
            raise Answer(405, "malformed", closing=True)
        self._check_address(request, endpoint)
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Answer(415, "malformed", closing=True)
        if self._held.requests > self._settings.max_requests:
            raise Answer(503, "busy", closing=True)
        body = await self._body(request, held)
        received_ms = self._clock()
        hook = Hook(body, request.headers, path_secret)
        verdict = endpoint.verify(hook, received_ms)
        if isinstance(verdict, Refused):
            metrics.refused.labels(endpoint.vendor, verdict.reason).inc()
            self._log("a hook is refused", endpoint, verdict.reason)
            raise Answer(401, "unauthorized")
        record = endpoint.record(hook, request.query, received_ms)
        if record is None:
            raise Answer(400, "malformed")
        try:
            return await self._lanes[endpoint.vendor].publish(record)
        except SpoolError as error:
            self._log("a hook is not stored", endpoint, str(error))
            raise Answer(503, "unsafe") from error

    def _check_address(self, request: BaseRequest, endpoint: Endpoint) -> None:
        if not endpoint.allow:
            return
        forwarded = request.headers.getall("X-Forwarded-For", ())
        address = client(request.remote, forwarded, self._settings.trusted_proxies)
        if address is None or not within(address, endpoint.allow):
            self._log("a hook is refused", endpoint, "address")
            raise Answer(403, "forbidden", closing=True)

    async def _body(self, request: BaseRequest, held: Limits) -> bytes:
        """The body as sent. Reads no more than the limit."""
        self._hold(request.content_length or 0, held)
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # This is not the answer.
        if request.content.is_eof():  # It arrived with the headers, like most.
            body = request.content.read_nowait(-1)
            self._hold(len(body) - held.bytes, held)
            return body
        chunks, size = [], 0
        try:
            async with asyncio.timeout(self._settings.request_timeout_s):
                while chunk := await request.content.readany():
                    size += len(chunk)
                    self._hold(size - held.bytes, held)
                    chunks.append(chunk)
        except TimeoutError:
            raise Answer(408, "slow", closing=True) from None
        except (web.RequestPayloadError, ConnectionError):
            raise Answer(400, "malformed", closing=True) from None
        return b"".join(chunks)

    def _hold(self, more: int, held: Limits) -> None:
        if more <= 0:
            return
        if held.bytes + more > self._largest_body:
            raise Answer(413, "too_large", closing=True)
        if self._held.bytes + more > self._settings.max_request_mib * MIB:
            raise Answer(503, "busy", closing=True)
        held.bytes += more
        self._held.bytes += more

    def _log(self, message: str, endpoint: Endpoint, reason: str) -> None:
        what = (endpoint.vendor, endpoint.application, reason)
        now = time.monotonic()
        if now - self._quiet.get(what, -QUIET_S) >= QUIET_S:
            self._quiet[what] = now
            log.warning(message, vendor=what[0], application=what[1], reason=reason)


_TEXTS = {200: "accepted\n", 503: "try again later\n"}


def _response(status: int, *, closing: bool = False) -> web.Response:
    text = _TEXTS.get(status, "refused\n")
    response = web.Response(status=status, text=text, headers={"Server": "idv"})
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if closing:
        response.force_close()
    return response


class _Connection(RequestHandler):
    """Answers errors with constants, since aiohttp's own answers quote the request."""

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        del message
        if request.writer.output_size > 0:
            raise ConnectionError("a response was already started")
        if status >= 500:
            log.error("a request failed", exc_info=exc)
        else:
            metrics.requests.labels(metrics.NO_VENDOR, "malformed").inc()
        return _response(status, closing=True)


class Server(web.Server):
    """aiohttp's server with our limits."""

    def __init__(self, receiver: Receiver, settings: Gateway) -> None:
        super().__init__(receiver.handle)
        self._most = settings.max_connections
        self._open = 0
        self._limits: dict[str, Any] = {
            # Also limits reading the headers, from the connection or the previous request.
            "keepalive_timeout": settings.request_timeout_s,
            "lingering_time": LINGER_S,
            "max_line_size": LONGEST_LINE,
            "max_field_size": LONGEST_LINE,
            "max_headers": MOST_HEADERS,
            # Signatures cover the body as sent, and decompression has no size limit.
            "auto_decompress": False,
            "access_log": None,
        }

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=asyncio.get_running_loop(), **self._limits)

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._open += 1
        if self._open > self._most:
            transport.abort()

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._open -= 1
