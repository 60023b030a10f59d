"""Templates → pages. Jinja2 escapes every value: a vendor's text is text, whatever it holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from streams.console.access.guard import Guard, token
from streams.console.views import words
from streams.contracts.avro import iso_millis

STATIC = Path(__file__).parent / "static"


class Templates:
    """`common` are values that every page may use."""

    def __init__(self, guard: Guard, common: Mapping[str, Any]) -> None:
        self._guard = guard
        self._environment = Environment(
            loader=PackageLoader("streams.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(common)
        self._environment.globals.update(MASK=words.MASK, VERDICTS=words.VERDICTS)
        self._environment.filters.update(
            moment=words.moment, iso=iso_millis, rule_title=words.rule_title
        )
        # A global, since a part that is filled by itself does not import.
        parts = self._environment.get_template("parts.html").module
        self._environment.globals.update(parts=parts)

    def page(
        self, request: Request, name: str, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        """A whole page; with the header `x-fragment`, the part of it that changes."""
        template = self._environment.get_template(name)
        values = {
            **values,
            "person": self._guard.person(request),
            "token": token(request),
            "path": request.url.path,
        }
        if "x-fragment" in request.headers and "live" in template.blocks:
            context = template.new_context(values)
            return HTMLResponse("".join(template.blocks["live"](context)), status)
        return HTMLResponse(template.render(values), status)
