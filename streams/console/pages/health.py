"""The page Health: what a risk team asks of operations."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from streams.console.access.guard import Handler
from streams.console.pages.desk import Desk
from streams.console.views.bars import bars
from streams.vendors import VENDORS


def handler(desk: Desk) -> Handler:
    """GET /health."""

    async def health(request: Request) -> Response:
        vendors = await asyncio.to_thread(desk.queries.vendors, tuple(VENDORS), desk.clock())
        return desk.templates.page(
            request,
            "health.html",
            {
                "vendors": [(counts, bars(counts.decisions)) for counts in vendors],
                "lag": desk.feed.workers_lag,
                "own_lag": desk.feed.lag,
                "grafana": desk.settings.grafana_url,
                **desk.state(),
            },
        )

    return health
