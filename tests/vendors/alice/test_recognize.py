"""Alice: which payloads have a report, and of which user."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Rejection
from streams.vendors.alice import normalize
from tests.vendors.alice.payloads import USER, draft, report


def test_the_session_is_the_user_and_the_event_the_report() -> None:
    first, second = draft(report()), draft(report(id="another-report"))
    assert first.session_id == second.session_id == first.subject_id == first.vendor_subject_id
    assert first.vendor_event_id != second.vendor_event_id
    assert first.may_regress
    assert first.occurred_at == 1_775_034_000_000  # 2026-04-01T09:00:00Z


STATE = {"state": {"value": "ACCEPTED"}}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "unknown_shape"),
        ({"user_id": USER}, "unknown_shape"),
        ({"event": "user_created", "data": {"user_id": USER}}, "unknown_shape"),
        ({"report": [report()]}, "unknown_shape"),
        ({"summary": {"total": 3}}, "unknown_shape"),
        ({**report(), "aiprise_summary": {}}, "unknown_shape"),
        ({**report(), "journey_id": "j"}, "unknown_shape"),
        ({"summary": STATE}, "missing_identity"),
        ({"summary": STATE, "user_id": None, "selfies": []}, "missing_identity"),
        ({"data": {"summary": STATE, "user_id": ""}}, "missing_identity"),
        ({"summary": STATE, "user_id": 1.5}, "invalid_type"),
        ({"summary": "done", "user_id": USER}, "invalid_type"),
        ({"summary": {"state": "ACCEPTED"}, "user_id": USER}, "invalid_type"),
        ({"summary": {"state": {"value": True}}, "user_id": USER}, "invalid_type"),
    ],
)
def test_rejection(payload: dict[str, Any], code: str) -> None:
    result = normalize(payload)
    assert isinstance(result, Rejection)
    assert result.code == code


def test_a_rejection_names_paths_and_types_only() -> None:
    result = normalize(report({"state": {"value": ["Irune"]}}))
    assert isinstance(result, Rejection)
    assert result.message == "summary.state.value: expected string | null, got array"


@pytest.mark.parametrize("name", ["report", "data"])
def test_a_webhook_is_its_report(name: str) -> None:
    assert normalize({"event": "x", name: report()}) == normalize(report())
