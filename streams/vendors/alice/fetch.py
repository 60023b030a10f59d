"""Alice's report of a user. A login token comes for the API key, a backend token with the user's id
in it for that, and the report for this one. Tokens expire, so none is kept.

Source: Alice docs, "Report" (bearer token, `user/report`); Alice's Python SDK (the tokens' paths,
hosts, `Alice-Report-Version`). No limit is published.
"""

from __future__ import annotations

from collections.abc import Generator

from msgspec import Struct

from streams.contracts.model import Environment
from streams.vendors.base.fetch import (
    Access,
    Answer,
    Ended,
    Later,
    Limits,
    Request,
    Result,
    Steps,
    Wanted,
    get,
    url,
)
from streams.vendors.base.look import look

LIMITS = Limits(calls=60, period_s=60)
HOSTS = {
    Environment.LIVE: "https://apis.alicebiometrics.com",
    Environment.SANDBOX: "https://apis.sandbox.alicebiometrics.com",
}
LOGIN_TOKEN = "/auth/login_token"
BACKEND_TOKEN = "/auth/backend_token/{session_id}"
REPORT = "/onboarding/user/report"

list_sessions = None


class _Token(Struct):
    token: str


def fetch(wanted: Wanted, access: Access) -> Steps:
    """The report of the user whose onboarding the session is."""
    host = HOSTS[access.environment]
    login = yield from _token(url(access, host, LOGIN_TOKEN), {"apikey": access.key})
    if not isinstance(login, _Token):
        return login
    target = url(access, host, BACKEND_TOKEN, wanted.session_id)
    backend = yield from _token(target, _bearer(login))
    if not isinstance(backend, _Token):
        return backend
    report = url(access, host, access.path or REPORT)
    return (yield from get(report, {**_bearer(backend), "Alice-Report-Version": "1"}))


def _token(
    target: str | Ended, headers: dict[str, str]
) -> Generator[Request, Answer, _Token | Later | Ended]:
    read = yield from get(target, headers)
    if not isinstance(read, Result):
        return read
    return look(read.body, _Token) or Later("no_result")


def _bearer(token: _Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.token}"}
