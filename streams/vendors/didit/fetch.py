"""Didit's results: the decision of a session, and the list of sessions.

Source: Didit docs, "Decision V3 report objects" (`GET /v3/session/{id}/decision/`), the API's
`GET /v3/sessions/`, authentication and rate limits: 300 calls a minute per method, 100 for
decisions. A list's order is not published; the newest first is assumed.
"""

from __future__ import annotations

from msgspec import Struct

from streams.vendors.base.fetch import (
    Access,
    Later,
    Limits,
    Listed,
    Pages,
    Request,
    Result,
    Steps,
    Wanted,
    get,
    read_status,
    url,
)
from streams.vendors.base.look import Id, look
from streams.vendors.base.times import millis
from streams.vendors.base.values import identifier
from streams.vendors.didit.tables import status_of

LIMITS = Limits(calls=100, period_s=60)
HOST = "https://verification.didit.me"
DECISION = "/v3/session/{session_id}/decision/"
SESSIONS = "/v3/sessions/?page={page}&page_size=100"


class _Session(Struct):
    session_id: Id = None
    status: str | None = None
    created_at: str | None = None


class _Page(Struct):
    results: list[_Session]
    next: str | None = None


def fetch(wanted: Wanted, access: Access) -> Steps:
    """The decision of a session of a person or a business."""
    return get(url(access, HOST, access.path or DECISION, wanted.session_id), _headers(access))


def list_sessions(since: int, access: Access) -> Pages:
    """The sessions since a time (epoch ms), page by page until one holds older ones alone."""
    found: list[Listed] = []
    page = 1
    while True:
        target = (access.host or HOST).rstrip("/") + SESSIONS.replace("{page}", str(page))
        read = read_status((yield Request(target, _headers(access))))
        if not isinstance(read, Result):
            return read
        listed = look(read.body, _Page)
        if listed is None:
            return Later("no_result")
        sessions = [_listed(session) for session in listed.results]
        recent = [s for s in sessions if s and (s.created_at is None or s.created_at >= since)]
        found += recent
        if listed.next is None or not recent:
            return found
        page += 1


def _headers(access: Access) -> dict[str, str]:
    return {"x-api-key": access.key}


def _listed(session: _Session) -> Listed | None:
    session_id = identifier(session.session_id)
    if session_id is None:
        return None
    return Listed(session_id, millis(session.created_at), status_of(session.status).decision)
