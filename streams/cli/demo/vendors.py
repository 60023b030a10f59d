"""The vendors of the story: they sign their webhooks as real ones do, and IDWise answers for its
results.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from types import TracebackType

import msgspec
from aiohttp import BasicAuth, web
from aiohttp.web_request import BaseRequest

from streams.cli.demo.story import Step

SECRET = "the-secret-of-the-demo"
USER = "acme-bank"


def webhook(step: Step, now_s: int) -> bytes:
    """The body of a step's webhook, sent now: Didit's states when."""
    if isinstance(step.payload, str):
        return step.payload.encode()
    stamped = {"timestamp": now_s} if step.vendor == "didit" else {}
    return msgspec.json.encode({**step.payload, **stamped})


def signature(vendor: str, body: bytes, secret: str, now_s: int | None = None) -> dict[str, str]:
    """The headers with which a vendor proves a body."""
    signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if vendor == "didit":
        return {"X-Signature": signed, "X-Timestamp": str(now_s or int(time.time()))}
    if vendor == "aiprise":
        return {"X-HMAC-SIGNATURE": signed}
    return {"X-Webhook-Secret": secret}


class StandIn:
    """IDWise's API for the results of the story, on loopback."""

    def __init__(self, steps: list[Step], port: int) -> None:
        self._results = {
            step.result["journey_id"]: msgspec.json.encode(step.result)
            for step in steps
            if step.result is not None
        }
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None))
        self._port = port

    async def __aenter__(self) -> StandIn:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: BaseRequest) -> web.Response:
        if request.headers.get("Authorization") != BasicAuth(USER, SECRET).encode():
            return web.Response(status=401)
        result = self._results.get(request.path.rpartition("/")[2])
        if result is None:
            return web.Response(status=404)
        return web.Response(body=result, content_type="application/json")
