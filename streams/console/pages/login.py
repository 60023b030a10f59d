"""The pages to log in and out."""

from __future__ import annotations

import asyncio

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from streams.console import metrics
from streams.console.access.guard import Guard, genuine_form
from streams.console.access.oidc import OidcError, Provider
from streams.console.access.throttle import WINDOW_MIN, Throttle
from streams.console.access.users import Users
from streams.console.rendering import Templates

log = structlog.get_logger()

WRONG = "The name or the password is wrong."
TOO_MANY = f"Too many have failed. Try again in {WINDOW_MIN} minutes."


class Login:
    """`users` and `provider` are None where the settings have none; `back` is the provider's way
    back to us, None: by the request's host.
    """

    def __init__(
        self,
        guard: Guard,
        templates: Templates,
        users: Users | None,
        provider: Provider | None,
        back: str | None,
    ) -> None:
        self._guard = guard
        self._templates = templates
        self._users = users
        self._provider = provider
        self._back = back
        self._throttle = Throttle()

    def routes(self) -> list[Route]:
        found = [
            Route("/login", self.form, methods=["GET"]),
            Route("/logout", self.logout, methods=["POST"]),
        ]
        if self._users is not None:
            found.append(Route("/login", self.password, methods=["POST"]))
        if self._provider is not None:
            found.append(Route("/login/oidc", self.to_provider, methods=["GET"]))
            found.append(Route("/login/oidc/back", self.from_provider, methods=["GET"]))
        return found

    async def form(self, request: Request) -> Response:
        return self._page(request, request.query_params.get("next", "/"))

    async def password(self, request: Request) -> Response:
        """Throttled; the answer does not tell a wrong name from a wrong password."""
        form = await genuine_form(request)
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        next_ = str(form.get("next", "/"))
        address = request.client.host if request.client else ""
        if not self._throttle.open(address, name):
            metrics.logins.labels("throttled").inc()
            return self._page(request, next_, TOO_MANY, 429)
        async with self._throttle.checks:
            assert self._users is not None
            fits = await asyncio.to_thread(self._users.check, name, password)
        if not fits:
            self._throttle.failed(address, name)
            metrics.logins.labels("failed").inc()
            log.warning("a log-in failed", address=address)
            return self._page(request, next_, WRONG, 401)
        self._guard.begin(request, name, None)
        metrics.logins.labels("ok").inc()
        return RedirectResponse(_inner(next_), 303)

    async def logout(self, request: Request) -> Response:
        await genuine_form(request)
        request.session.clear()
        return RedirectResponse("/login", 303)

    async def to_provider(self, request: Request) -> Response:
        assert self._provider is not None
        back = self._back or str(request.base_url).rstrip("/")
        request.session["next"] = _inner(request.query_params.get("next", "/"))
        try:
            return await self._provider.send(request, f"{back}/login/oidc/back")
        except OidcError as error:
            return self._failed(request, error)

    async def from_provider(self, request: Request) -> Response:
        assert self._provider is not None
        next_ = str(request.session.get("next", "/"))
        try:
            name, role = await self._provider.returned(request)
        except OidcError as error:
            return self._failed(request, error)
        self._guard.begin(request, name, role)
        metrics.logins.labels("ok").inc()
        return RedirectResponse(_inner(next_), 303)

    def _failed(self, request: Request, error: OidcError) -> Response:
        metrics.logins.labels("failed").inc()
        log.warning("a log-in failed", reason=type(error.__cause__ or error).__name__)
        return self._page(request, "/", str(error), 401)

    def _page(
        self, request: Request, next_: str, problem: str | None = None, status: int = 200
    ) -> Response:
        return self._templates.page(
            request,
            "login.html",
            {
                "next": _inner(next_),
                "problem": problem,
                "by_password": self._users is not None,
                "by_provider": self._provider is not None,
            },
            status,
        )


def _inner(path: str) -> str:
    """A path of ours, never another site's: browsers read two slashes, either way, as one."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours else "/"
