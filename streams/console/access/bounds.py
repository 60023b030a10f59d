"""What a request may cost: forms of ours are small, and say how long they are."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LARGEST_FORM = 16 * 1024


class Bounded:
    """Refuses bodies that are longer, or do not say how long they are, before reading them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (status := _refusal(Headers(scope=scope))):
            refused = PlainTextResponse("refused\n", status, {"Connection": "close"})
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _refusal(headers: Headers) -> int | None:
    """The status to refuse with."""
    if "transfer-encoding" in headers:
        return 411
    length = headers.get("content-length", "0")
    return 413 if not length.isdecimal() or int(length) > LARGEST_FORM else None
