"""What pages work with: the index behind them, and the answer to who has seen it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from streams.config.console import Console
from streams.console.access.guard import Guard
from streams.console.feed import Feed
from streams.console.index.queries import Queries
from streams.console.index.store import Store
from streams.console.records import Records
from streams.console.rendering import Templates


class Desk(Struct, frozen=True):
    """What a page works with."""

    settings: Console
    guard: Guard
    templates: Templates
    store: Store
    queries: Queries
    feed: Feed
    records: Records
    clock: Callable[[], int]

    def state(self) -> dict[str, Any]:
        """How complete the index is, as every page shows it."""
        return {
            "complete": self.feed.caught_up,
            "progress": round(self.feed.progress * 100),
            "kafka_up": self.feed.up,
        }


def unchanged(request: Request, etag: str) -> bool:
    """The browser has this version of a page's changing part already."""
    return "x-fragment" in request.headers and request.headers.get("if-none-match") == etag


def tagged(response: Response, etag: str) -> Response:
    response.headers["ETag"] = etag
    return response


def not_modified(etag: str) -> Response:
    return Response(status_code=304, headers={"ETag": etag})
