"""Who asks, and whether they may: every route of the page goes through `page` or `action`.

A session is a signed cookie (Starlette's, by itsdangerous): name, end, token against forged
requests, and what is revealed. It holds no personal data of a case.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from msgspec import Struct
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from streams.config.console import Role
from streams.console import metrics
from streams.console.access.users import Users

LOCAL = "local"
"""Who works at the page without log-in, which only this machine reaches."""
MOST_REVEALED = 8

Handler = Callable[[Request], Awaitable[Response]]


class Person(Struct, frozen=True):
    """Who asks."""

    name: str
    role: Role

    @property
    def analyst(self) -> bool:
        return self.role is Role.ANALYST


class Guard:
    """`users` None: no users file. `logs_in` False: whoever reaches the page is an analyst."""

    def __init__(
        self, users: Users | None, *, logs_in: bool, hours: float, clock: Callable[[], int]
    ) -> None:
        self._users = users
        self._logs_in = logs_in
        self._lasts_ms = round(hours * 3_600_000)
        self._clock = clock

    def begin(self, request: Request, name: str, role: Role | None) -> None:
        """Log in with a new session. `role` None: it stands in the users file."""
        request.session.clear()
        request.session.update(
            {"name": name, "role": role, "until": self._clock() + self._lasts_ms}
        )

    def person(self, request: Request) -> Person | None:
        """None for who is not logged in, or no more."""
        if not self._logs_in:
            return Person(LOCAL, Role.ANALYST)
        session = request.session
        name, until = session.get("name"), session.get("until", 0)
        if name is None or self._clock() >= until:
            return None
        role = session.get("role")
        if role is None:  # By password: who is taken out of the file is out at once.
            role = self._users.role(name) if self._users else None
        return None if role is None else Person(name, Role(role))

    def page(self, handler: Handler) -> Handler:
        """For who is logged in; others are sent to the log-in."""

        async def guarded(request: Request) -> Response:
            person = self.person(request)
            if person is None:
                if "x-fragment" in request.headers:
                    raise HTTPException(401)
                came_for = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/login?next={quote(came_for, safe='')}", 303)
            request.state.person = person
            return await handler(request)

        return guarded

    def action(self, handler: Handler) -> Handler:
        """For an analyst, from a form of ours."""

        async def guarded(request: Request) -> Response:
            request.state.form = await genuine_form(request)
            person = self.person(request)
            if person is None:
                return RedirectResponse("/login", 303)
            if not person.analyst:
                metrics.refused.labels("role").inc()
                raise HTTPException(403, "Your role is viewer: this takes an analyst.")
            request.state.person = person
            return await handler(request)

        return guarded

    def reveal(self, request: Request, case: str, minutes: float) -> None:
        """Remember in the session that a case is shown with its personal data."""
        revealed = dict(request.session.get("revealed", {}))
        revealed[case] = self._clock() + round(minutes * 60_000)
        request.session["revealed"] = dict(list(revealed.items())[-MOST_REVEALED:])

    def revealed(self, request: Request, case: str) -> bool:
        until = request.session.get("revealed", {}).get(case, 0)
        return bool(self._clock() < until)


def token(request: Request) -> str:
    """The session's token, which every form of ours carries."""
    found = request.session.get("token")
    if found is None:
        found = request.session["token"] = secrets.token_urlsafe(24)
    return str(found)


async def genuine_form(request: Request) -> FormData:
    """The form of a request that a page of ours sent. Raises HTTPException 403 for others.

    Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`), and what they say is
    believed; who says nothing still needs the token.
    """
    form = await request.form(max_files=0, max_fields=20)
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.url.netloc}"
    wanted, given = request.session.get("token", ""), form.get("token", "")
    if (
        site != "same-origin"
        or origin not in (None, own)
        or not wanted
        or not secrets.compare_digest(str(given).encode(), str(wanted).encode())
    ):
        metrics.refused.labels("forged").inc()
        raise HTTPException(403, "This form is too old, or not from this page. Load it anew.")
    return form
