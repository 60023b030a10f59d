"""The page Cases: ranked, filtered, searched; new ones appear by themselves."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from streams.console.access.guard import Handler
from streams.console.index.queries import MOST_COUNTED, Filter
from streams.console.pages.desk import Desk, not_modified, tagged, unchanged
from streams.contracts.model import CaseBand, CaseState, Environment

# What a form may ask for; a rule or vendor is whatever cases have.
_CHOICES: dict[str, tuple[str, ...]] = {
    "state": tuple(CaseState),
    "band": tuple(CaseBand),
    "environment": tuple(Environment),
}
LONGEST = 200


def handler(desk: Desk) -> Handler:
    """GET /: `state`, `band`, `rule`, `vendor`, `environment`, `search`, `page`."""

    async def cases(request: Request) -> Response:
        wanted = _filter(request)
        etag = f'"{desk.store.version}-{desk.feed.progress:.3f}-{desk.feed.up}"'
        if unchanged(request, etag):
            return not_modified(etag)
        page = request.query_params.get("page", "1")
        number = int(page) if page.isdecimal() and len(page) < 7 else 1
        found = await asyncio.to_thread(desk.queries.cases, wanted, number)
        rules = await asyncio.to_thread(desk.queries.tags, "rule")
        vendors = await asyncio.to_thread(desk.queries.tags, "vendor")
        chosen = msgspec.structs.asdict(wanted)
        answer = desk.templates.page(
            request,
            "cases.html",
            {
                "found": found,
                "wanted": wanted,
                "choices": {**_CHOICES, "rule": rules, "vendor": vendors},
                "query": urlencode({k: v for k, v in chosen.items() if v or k == "state"}),
                "most": MOST_COUNTED,
                **desk.state(),
            },
        )
        return tagged(answer, etag)

    return cases


def _filter(request: Request) -> Filter:
    """What the query asks for; a value that there is not narrows nothing."""
    given = {
        name: request.query_params[name].strip()[:LONGEST]
        for name in Filter.__struct_fields__
        if name in request.query_params
    }
    for name, choices in _CHOICES.items():
        if given.get(name) and given[name] not in choices:
            del given[name]
    return Filter(**given)
