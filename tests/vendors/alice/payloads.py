"""Alice's reports to vary in tests, and helpers for drafts."""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Check, Outcome
from streams.vendors.alice import normalize
from streams.vendors.base.draft import Draft

USER = "0f4b2c1d-7a3e-4b8c-9d5f-6e1a2b3c4d5e"


P, F, R, N = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW, Outcome.NOT_APPLICABLE


def report(summary: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    return {
        "id": "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d",
        "user_id": USER,
        "version": 1,
        "created_at": "2026-04-01T09:00:00Z",
        "summary": {"state": {"value": "ACCEPTED"}, **(summary or {})},
        "selfies": [],
        "documents": [],
        **parts,
    }


def draft(payload: dict[str, Any]) -> Draft:
    result = normalize(payload)
    assert isinstance(result, Draft), result
    return result


def checks(d: Draft, name: str) -> list[Check]:
    return [c for c in d.checks if c.name == name]


def of_parts(**parts: Any) -> Draft:
    summary = parts.pop("summary", {})
    raw = {"user_id": "u-1", "summary": {"state": {"value": "ACCEPTED"}, **summary}, **parts}
    result = normalize(raw)
    assert isinstance(result, Draft)
    return result
