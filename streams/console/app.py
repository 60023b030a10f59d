"""The application: its routes, and what is around all of them."""

from __future__ import annotations

import time

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from streams.console import metrics
from streams.console.access.bounds import Bounded
from streams.console.access.headers import SafeHeaders
from streams.console.pages import cases, health
from streams.console.pages.case import CasePage
from streams.console.pages.desk import Desk
from streams.console.pages.login import Login
from streams.console.rendering import STATIC

COOKIE = "idv_console"
_NAMES = {"/": "cases", "/health": "health"}
_TITLES = {
    400: "This request does not fit",
    403: "This is not allowed",
    404: "Nothing is here",
    405: "This is not possible here",
    500: "Something failed here",
}


def application(desk: Desk, login: Login, key: str, hosts: list[str]) -> ASGIApp:
    """`key` signs sessions; `hosts` are the names that the page answers to, `*` any."""
    case = CasePage(desk)
    guard = desk.guard

    async def failed(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        told = error.detail if isinstance(error, HTTPException) and status != 405 else ""
        if "x-fragment" in request.headers:
            return PlainTextResponse("", status)
        values = {"title": _TITLES.get(status, "This does not work"), "told": told}
        return desk.templates.page(request, "error.html", values, status)

    pages = Starlette(
        routes=[
            Route("/", guard.page(cases.handler(desk)), methods=["GET"]),
            Route("/cases/{case_id}", guard.page(case.show), methods=["GET"]),
            Route("/cases/{case_id}/reveal", guard.action(case.reveal), methods=["POST"]),
            Route("/cases/{case_id}/verdict", guard.action(case.verdict), methods=["POST"]),
            Route("/health", guard.page(health.handler(desk)), methods=["GET"]),
            *login.routes(),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(
                SessionMiddleware,
                secret_key=key,
                session_cookie=f"__Host-{COOKIE}" if desk.settings.encrypted else COOKIE,
                max_age=None,  # The browser's session; its own end is in it.
                same_site="lax",  # A provider's way back to us is another site's link.
                https_only=desk.settings.encrypted,
            ),
        ],
        exception_handlers={HTTPException: failed, Exception: failed},
    )
    # Around everything, so that an answer to a failure has them too.
    return SafeHeaders(Measured(Bounded(pages)), encrypted=desk.settings.encrypted)


class Measured:
    """Times requests, by page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        page = "case" if path.startswith("/cases/") else _NAMES.get(path, "other")
        started = time.monotonic()
        try:
            await self._app(scope, receive, send)
        finally:
            metrics.page_seconds.labels(page).observe(time.monotonic() - started)
