"""The page Case, and what an analyst does there: reveal, and give a verdict."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from streams.console import metrics
from streams.console.pages.desk import Desk, not_modified, tagged, unchanged
from streams.console.records import LONGEST_REASON, NotSafeError
from streams.console.views.case import CaseView, view
from streams.contracts.model import Case, Verdict

NOT_SAFE = "Kafka does not answer, so nothing was done. Try again."
NO_REASON = "Write down why: others will read it."
NO_VERDICT = "Choose a verdict."
_GIVEN = (Verdict.CONFIRMED_FRAUD, Verdict.FALSE_ALARM, Verdict.DUPLICATE)


class CasePage:
    """GET /cases/ID, POST /cases/ID/reveal and /cases/ID/verdict."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        case = await self._case(request)
        revealed = self._desk.guard.revealed(request, case.case_id)
        history = await asyncio.to_thread(self._desk.queries.history, case)
        sizes = (len(history.verifications), len(history.alerts), len(history.dispositions))
        etag = f'"{case.change_id}-{sizes}-{revealed}-{self._desk.feed.up}"'
        if unchanged(request, etag):
            return not_modified(etag)
        shown = view(case, history, revealed=revealed)
        return tagged(await self._page(request, shown), etag)

    async def reveal(self, request: Request) -> Response:
        case = await self._case(request)
        who, address = request.state.person.name, _address(request)
        try:
            await self._desk.records.reveal(case, who, address)
        except NotSafeError:
            return await self._problem(request, case, NOT_SAFE, 503)
        metrics.reveals.inc()
        self._desk.guard.reveal(request, case.case_id, self._desk.settings.reveal_minutes)
        return RedirectResponse(f"/cases/{case.case_id}", 303)

    async def verdict(self, request: Request) -> Response:
        case = await self._case(request)
        form = request.state.form
        reason = str(form.get("reason", "")).strip()[:LONGEST_REASON]
        given = str(form.get("verdict", ""))
        if given not in _GIVEN:
            return await self._problem(request, case, NO_VERDICT, 422)
        if not reason:
            return await self._problem(request, case, NO_REASON, 422)
        who, address = request.state.person.name, _address(request)
        try:
            await self._desk.records.verdict(case, who, address, Verdict(given), reason)
        except NotSafeError:
            return await self._problem(request, case, NOT_SAFE, 503)
        metrics.verdicts.labels(given).inc()
        return RedirectResponse(f"/cases/{case.case_id}#verdict", 303)

    async def _case(self, request: Request) -> Case:
        case = await asyncio.to_thread(self._desk.queries.case, request.path_params["case_id"])
        if case is None:
            raise HTTPException(404, "There is no such case, or it is not read yet.")
        return case

    async def _problem(self, request: Request, case: Case, problem: str, status: int) -> Response:
        history = await asyncio.to_thread(self._desk.queries.history, case)
        revealed = self._desk.guard.revealed(request, case.case_id)
        return await self._page(
            request, view(case, history, revealed=revealed), problem=problem, status=status
        )

    async def _page(
        self,
        request: Request,
        shown: CaseView,
        *,
        problem: str | None = None,
        status: int = 200,
    ) -> Response:
        case = shown.case
        subjects = {box.of for box in shown.graph.boxes if box.of} if shown.graph else set()
        of_subjects = {
            subject: found
            for subject in subjects
            if (
                found := await asyncio.to_thread(
                    self._desk.queries.case_of, subject, case.environment
                )
            )
        }
        values: dict[str, Any] = {
            "view": shown,
            "case": case,
            "verdicts": _GIVEN,
            "problem": problem,
            "reason": str(getattr(request.state, "form", {}).get("reason", "")),
            "longest": LONGEST_REASON,
            "cases_of": of_subjects,
            "reveal_minutes": f"{self._desk.settings.reveal_minutes:g}",
            "awaited": _awaited(shown),
            **self._desk.state(),
        }
        return self._desk.templates.page(request, "case.html", values, status)


def _awaited(shown: CaseView) -> bool:
    """A verdict is given, and the workers have not made it part of the case yet."""
    given = [entry for entry in shown.timeline if entry.kind == "verdict"]
    return bool(given) and given[0].at > (shown.case.closed_at or 0)


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None
