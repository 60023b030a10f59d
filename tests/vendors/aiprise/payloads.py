"""AiPrise payloads to vary in tests, and their results."""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Check
from streams.vendors import VENDORS
from streams.vendors.base.draft import Draft

normalize = VENDORS["aiprise"]
SESSION = "7c1f0a52-93d4-4be8-8e6a-2f5b90c7d113"


def payload(status: Any = "COMPLETED", result: Any = "APPROVED", **fields: Any) -> dict[str, Any]:
    return {
        "aiprise_summary": {"verification_result": result},
        "status": status,
        "verification_session_id": SESSION,
        "created_at": 1_779_013_333_514,
        **fields,
    }


def draft(*args: Any, **fields: Any) -> Draft:
    return draft_of(payload(*args, **fields))


def draft_of(raw: dict[str, Any]) -> Draft:
    result = normalize(raw)
    assert isinstance(result, Draft), result
    return result


def checks(made: Draft, name: str) -> list[Check]:
    return [c for c in made.checks if c.name == name]


def only(made: Draft, name: str) -> Check:
    (found,) = checks(made, name)
    return found


def fraud(**insights: Any) -> Draft:
    return draft(fraud_insights={"status": "COMPLETED", "result": "UNKNOWN", **insights})
