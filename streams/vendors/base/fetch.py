"""What every vendor's `fetch` module is made of: requests, answers, and how a fetch ends.

A module `streams.vendors.<vendor>.fetch` has

- `LIMITS`: what the vendor allows;
- `fetch(wanted, access) -> Steps`: the requests that lead to a session's result. Pure: a generator
  that yields requests, is sent their answers, and returns how it ended;
- `list_sessions(since, access) -> Pages`: the same for the sessions that the vendor lists; None
  where it lists none.

What the status of an answer means is the same for all vendors (`read_status`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Generator, Mapping
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import quote

from msgspec import Struct

from streams.contracts.model import Decision, Environment, SessionKind

LATER = (
    "not_ready", "no_result", "rate_limited", "server_error", "unreachable", "timeout",
    "broken_off",
)  # fmt: skip
"""Why a fetch is tried again."""
ENDED = (
    "unauthorized", "not_found", "refused", "redirected", "too_large", "unusable_id", "no_account",
    "gave_up",
)  # fmt: skip
"""Why a fetch ends without a result."""

LONGEST_RETRY_AFTER_S = 3600.0
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}")
"""An id that is one segment of a path: no vendor's has other characters."""


class Limits(Struct, frozen=True):
    """What a vendor allows: `calls` in `period_s`, and the pauses around those about one session.
    All times in seconds.
    """

    calls: int
    period_s: float
    first_s: float = 0.0
    """From the webhook to the first call: its result is not there sooner."""
    apart_s: float = 1.0
    """Between two calls about one session."""


class Access(Struct, frozen=True):
    """An account at a vendor. `host` is a URL without a path, `path` that of results with
    `{session_id}` in it; the vendor's own where None.
    """

    key: str
    user: str = ""
    """IDWise's customer id."""
    host: str | None = None
    path: str | None = None
    environment: Environment = Environment.LIVE


class Wanted(Struct, frozen=True):
    """The session whose result is wanted."""

    session_id: str
    kind: SessionKind = SessionKind.PERSON


class Request(Struct, frozen=True):
    """A GET."""

    url: str
    headers: dict[str, str]


class Answer(Struct, frozen=True):
    """`headers` are looked up by names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Result(Struct, frozen=True):
    """The whole result, as it came."""

    body: bytes


class Later(Struct, frozen=True):
    """Not now, for one of `LATER`; not before `after_s` where the vendor says when."""

    reason: str
    after_s: float | None = None


class Ended(Struct, frozen=True):
    """Never, for one of `ENDED`."""

    reason: str


class Listed(Struct, frozen=True):
    """One session in a vendor's list. `created_at` is in epoch ms."""

    session_id: str
    created_at: int | None
    decision: Decision


Steps = Generator[Request, Answer, Result | Later | Ended]
Pages = Generator[Request, Answer, list[Listed] | Later | Ended]


class Fetch(Protocol):
    """A vendor's module."""

    LIMITS: Limits
    list_sessions: Callable[[int, Access], Pages] | None

    @staticmethod
    def fetch(wanted: Wanted, access: Access) -> Steps: ...


def url(access: Access, host: str, path: str, session_id: str = "") -> str | Ended:
    """The URL of a request; `host` and `path` are the vendor's own."""
    if session_id and not _ID.fullmatch(session_id):
        return Ended("unusable_id")
    return (access.host or host).rstrip("/") + path.replace("{session_id}", quote(session_id))


def get(target: str | Ended, headers: dict[str, str]) -> Steps:
    """One request, whose answer is the result."""
    if isinstance(target, Ended):
        return target
    return read_status((yield Request(target, headers)))


def basic(user: str, password: str) -> str:
    """The header `Authorization` of HTTP Basic (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def read_status(answer: Answer) -> Result | Later | Ended:
    """What an answer's status means."""
    status = answer.status
    if status == 200:
        return Result(answer.body)
    if status in (401, 403):
        return Ended("unauthorized")
    if status in (404, 410):
        return Ended("not_found")
    if status == 429:
        return Later("rate_limited", _retry_after(answer))
    if status in (408, 425) or status >= 500:
        return Later("server_error", _retry_after(answer))
    if 300 <= status < 400:
        return Ended("redirected")
    return Later("not_ready", _retry_after(answer)) if status < 300 else Ended("refused")


def _retry_after(answer: Answer) -> float | None:
    """`Retry-After` in seconds (RFC 9110: seconds, or a date beside the answer's own `Date`)."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isdecimal() and len(given) < 10:
        return min(float(given), LONGEST_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(given) - parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(until.total_seconds(), 0.0), LONGEST_RETRY_AFTER_S)
