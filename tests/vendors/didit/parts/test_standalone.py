"""Didit: one-shot results."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision, LinkKind, Outcome
from streams.vendors.base.draft import Draft
from tests.vendors.didit.payloads import IDENTITY, checks, draft, the


def search(**fields: Any) -> Draft:
    return draft(
        {
            "request_id": "req-1",
            "vendor_data": "customer-7",
            "created_at": "2026-05-17T10:22:13Z",
            "face_search": fields,
        }
    )


FACE = {
    "session_id": "other",
    "similarity": 96.42,
    "vendor_data": "customer-8",
    "verification_date": "2024-11-04T09:14:02Z",
}


@pytest.mark.parametrize(
    ("status", "matches", "outcome"),
    [
        ("Approved", [FACE], "REVIEW"),
        ("Approved", [], "REVIEW"),
        ("In Review", [FACE], "REVIEW"),
        ("In Review", [], "REVIEW"),
        ("Declined", [FACE], "REVIEW"),
        ("Declined", [], "PASS"),
        ("In Progress", [], "NOT_APPLICABLE"),
        ("Found", [FACE], "NOT_APPLICABLE"),
    ],
)
def test_face_search_is_a_look_up(status: str, matches: list[Any], outcome: str) -> None:
    d = search(status=status, total_matches=len(matches), matches=matches)
    assert (d.session_id, d.decision) == ("req-1", Decision.UNDETERMINED)
    assert "not_a_decision" in d.flags
    assert the(d, "face_not_duplicate").outcome == outcome
    assert [x.link for x in d.vendor_duplicates] == ([LinkKind.FACE] if matches else [])
    assert d.occurred_at == 1_779_013_333_000


@pytest.mark.parametrize("vendor_data", ["customer-7", None])
def test_a_found_face_of_the_same_or_an_unknown_subject_is_no_duplicate(
    vendor_data: str | None,
) -> None:
    d = search(status="Approved", total_matches=1, matches=[FACE | {"vendor_data": vendor_data}])
    assert the(d, "face_not_duplicate").outcome is Outcome.REVIEW
    assert d.vendor_duplicates == []


@pytest.mark.parametrize(
    ("status", "decision", "outcome", "liveness"),
    [
        ("Approved", "APPROVED", "PASS", ["PASS"]),
        ("Declined", "DECLINED", "FAIL", []),
        ("In Review", "REVIEW", "REVIEW", []),
        ("Old enough", "UNDETERMINED", "NOT_APPLICABLE", []),
    ],
)
def test_age_estimation(status: str, decision: str, outcome: str, liveness: list[str]) -> None:
    report = {"status": status, "score": 97.0, "age_estimation": 17.4}
    d = draft({"request_id": 77, "age_estimation": report, "vendor_data": None})
    assert (d.session_id, d.decision, the(d, "minimum_age").outcome) == ("77", decision, outcome)
    assert [c.outcome for c in checks(d, "liveness")] == liveness
    assert not d.ordered


def test_age_estimation_warnings() -> None:
    warnings = [
        {"risk": "AGE_BELOW_MINIMUM", "log_type": "error"},
        {"risk": "LIVENESS_FACE_ATTACK", "log_type": "error"},
    ]
    d = draft({"request_id": "r", "age_estimation": {"status": "Declined", "warnings": warnings}})
    assert the(d, "minimum_age").reasons == ["AGE_BELOW_MINIMUM"]
    assert the(d, "liveness").outcome is Outcome.FAIL
    assert d.reasons == ["AGE_BELOW_MINIMUM", "LIVENESS_FACE_ATTACK"]


def test_another_standalone_result() -> None:
    d = draft(
        {"request_id": "r", "id_verification": IDENTITY, "created_at": "2026-05-17T10:22:13Z"}
    )
    assert (d.session_id, d.decision, d.vendor_version) == ("r", Decision.APPROVED, "v2")
    assert (the(d, "document_authentic").outcome, len(d.documents)) == (Outcome.PASS, 1)
