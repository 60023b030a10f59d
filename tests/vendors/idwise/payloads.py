"""IDWise's results and webhooks to vary in tests, and helpers for drafts."""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Outcome
from streams.vendors.base.draft import Draft
from streams.vendors.idwise import normalize

JOURNEY = "67201f4ae15c1d50ff23db54"


P, F, R, N = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW, Outcome.NOT_APPLICABLE


START, END = "2026-04-09T11:31:00", "2026-04-09T11:32:05"


def spot(**parts: Any) -> dict[str, Any]:
    return {
        "journey_id": JOURNEY,
        "tenant_id": "tenant-1",
        "environment_name": "live",
        "start_time": START,
        "end_time": END,
        "system_decision": "Complete",
        "reference_number": "cust-1",
        "model_version": "3.0",
        **parts,
    }


def hook(event: str, **body: Any) -> dict[str, Any]:
    return {"event": event, "body": {"eventId": "e-1", "journeyId": JOURNEY, **body}}


def draft(payload: dict[str, Any]) -> Draft:
    result = normalize(payload)
    assert isinstance(result, Draft), result
    return result


def outcomes(d: Draft) -> dict[str, Outcome]:
    return {c.name: c.outcome for c in d.checks}


def of_fields(**fields: object) -> Draft:
    result = normalize({"journey_id": "j-1", "end_time": "2026-04-09T11:32:05", **fields})
    assert isinstance(result, Draft)
    return result
