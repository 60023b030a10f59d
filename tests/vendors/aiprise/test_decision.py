"""AiPrise: status and result, reasons, time and environment."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision
from tests.vendors.aiprise.payloads import SESSION, draft, draft_of, payload

# status, lifecycle, then the decision beside APPROVED, DECLINED, REVIEW, UNKNOWN and null.
DECISIONS = [
    ("COMPLETED", "COMPLETED", "APPROVED DECLINED REVIEW REVIEW UNDETERMINED"),
    ("NOT_STARTED", "NOT_STARTED", "PENDING PENDING PENDING PENDING PENDING"),
    ("SUBMITTED", "SUBMITTED", "PENDING PENDING PENDING PENDING PENDING"),
    ("RUNNING", "IN_PROGRESS", "PENDING PENDING PENDING PENDING PENDING"),
    ("PENDING", "AWAITING_THIRD_PARTY", "PENDING PENDING PENDING PENDING PENDING"),
    ("COLLECTING", "AWAITING_USER", "PENDING PENDING PENDING PENDING PENDING"),
    ("PROCESSING", "IN_PROGRESS", "PENDING PENDING PENDING PENDING PENDING"),
    ("FAILED", "FAILED", "ERROR DECLINED REVIEW ERROR ERROR"),
    (None, None, "APPROVED DECLINED REVIEW UNDETERMINED UNDETERMINED"),
    ("  ", None, "APPROVED DECLINED REVIEW UNDETERMINED UNDETERMINED"),
    ("ARCHIVED", "UNKNOWN", "UNDETERMINED " * 5),
    ("---", "UNKNOWN", "UNDETERMINED " * 5),
    (" not started ", "NOT_STARTED", "PENDING PENDING PENDING PENDING PENDING"),
]


RESULTS = ("APPROVED", "DECLINED", "REVIEW", "UNKNOWN", None)


CELLS = [
    (status, result, lifecycle, decision)
    for status, lifecycle, decisions in DECISIONS
    for result, decision in zip(RESULTS, decisions.split(), strict=True)
]


RUNNING = {"NOT_STARTED", "SUBMITTED", "RUNNING", "PENDING", "COLLECTING", "PROCESSING"}


@pytest.mark.parametrize(("status", "result", "lifecycle", "decision"), CELLS)
def test_status_and_result_make_the_decision(
    status: str | None, result: str | None, lifecycle: str | None, decision: str
) -> None:
    made = draft(status, result)
    assert made.decision == decision
    if lifecycle is None:
        lifecycle = "UNKNOWN" if decision == "UNDETERMINED" else "COMPLETED"
    assert made.lifecycle == lifecycle
    runs = (status or "").strip().upper().replace(" ", "_") in RUNNING
    conflict = runs and result in ("APPROVED", "DECLINED", "REVIEW")
    assert ("status_result_conflict" in made.flags) is conflict
    assert ("unmapped_value" in made.flags) is (status in ("ARCHIVED", "---"))
    assert ("vendor_result_unknown" in made.reasons) is (
        result == "UNKNOWN" and status in ("COMPLETED", None, "  ")
    )


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", None])
def test_a_result_that_no_table_knows_is_undetermined(status: str | None) -> None:
    made = draft(status, "ESCALATED")
    assert made.decision is Decision.UNDETERMINED
    assert made.flags == ["unmapped_value"]
    assert made.reasons == ["unmapped:verification_result"]
    assert made.vendor_status["verification_result"] == "ESCALATED"


def test_a_session_that_runs_is_pending_beside_an_unknown_result_too() -> None:
    made = draft("RUNNING", "ESCALATED")
    assert made.decision is Decision.PENDING
    assert made.flags == ["unmapped_value"]


def test_a_business_profile_waits_for_its_user() -> None:
    made = draft(None, None, business_profile_result="UPDATE_REQUIRED")
    assert (made.decision, made.lifecycle) == ("PENDING", "AWAITING_USER")
    assert made.session_kind == "BUSINESS"


@pytest.mark.parametrize("summary", [None, {}])
def test_a_missing_summary_is_no_approval(summary: Any) -> None:
    assert draft(aiprise_summary=summary).decision is Decision.UNDETERMINED


def test_a_failed_run_tells_why_in_codes_alone() -> None:
    why = [
        {
            "code": "API_DATA_REQUIREMENTS_NOT_MET",
            "message": "Invalid user data for Ngozi Adeyemi.",
        },
        {"code": "Ngozi Adeyemi, born 1988-03-02"},
        {"message": "no code"},
        7,
    ]
    assert draft("FAILED", None, status_reasons=why).reasons == ["API_DATA_REQUIREMENTS_NOT_MET"]


@pytest.mark.parametrize(
    ("created_at", "millis", "reason"),
    [
        (1_779_013_333_514, 1_779_013_333_514, None),
        ("1779013333514", 1_779_013_333_514, None),
        (None, None, None),
        ("yesterday", None, "invalid_time:created_at"),
        (-1, None, "invalid_time:created_at"),
        ([1], None, "partial:created_at"),
        (True, None, "partial:created_at"),
    ],
)
def test_created_at(created_at: Any, millis: int | None, reason: str | None) -> None:
    made = draft(created_at=created_at)
    assert made.occurred_at == millis
    assert made.reasons == ([reason] if reason else [])
    assert ("partial" in made.flags) is bool(reason and reason.startswith("partial"))


@pytest.mark.parametrize(
    ("given", "environment", "flags"),
    [
        ("SANDBOX", "SANDBOX", []),
        ("sandbox", "SANDBOX", []),
        ("PRODUCTION", "LIVE", []),
        (None, None, []),
        ("", None, []),
        ("STAGING", None, ["unmapped_value"]),
        (1, None, ["partial"]),
    ],
)
def test_environment(given: Any, environment: str | None, flags: list[str]) -> None:
    made = draft(environment=given)
    assert (made.environment, made.flags) == (environment, flags)


@pytest.mark.parametrize("status", ["RUNNING", "FAILED", "COMPLETED", None])
def test_a_reviewer_decides_whatever_the_run_does(status: str | None) -> None:
    raw = payload(status, "REVIEW", event_type="CASE_STATUS_UPDATE", verification_result="APPROVED")
    made = draft_of(raw)
    assert made.decision is Decision.APPROVED
    assert "status_result_conflict" not in made.flags


def test_a_case_update_names_its_code_and_never_its_author() -> None:
    made = draft_of(
        {
            "event_type": "CASE_STATUS_UPDATE",
            "verification_session_id": SESSION,
            "verification_result": "DECLINED",
            "author": {"email": "reviewer@example.com"},
            "reason": {"code": "SUSPECTED_FRAUD", "message": "Selfie of Ngozi looks wrong"},
        }
    )
    assert made.reasons == ["SUSPECTED_FRAUD"]
    assert "reviewer" not in repr(made)


@pytest.mark.parametrize(
    "lists", [("added_entity_hits", "updated_entity_hits"), ("new", "updated")]
)
def test_aml_monitoring_names_what_changed(lists: tuple[str, str]) -> None:
    update = {lists[0]: [{"name": "Ngozi"}], lists[1]: [], "created_at": 1_779_013_333_000}
    data = {"verification_session_id": SESSION, "aml_monitoring_update": update}
    made = draft_of({"event_type": "AML_MONITORING_UPDATE", "data": data})
    assert made.reasons == ["missing:verification_result", "aml_hits_added"]
    assert made.occurred_at == 1_779_013_333_000


@pytest.mark.parametrize(
    ("status", "decision"), [("COMPLETED", "PENDING"), ("FAILED", "ERROR"), (None, "PENDING")]
)
def test_update_required(status: str | None, decision: str) -> None:
    made = draft(status, None, business_profile_result="UPDATE_REQUIRED")
    assert (made.decision, made.flags) == (decision, [])


def test_live_is_another_word_for_production() -> None:
    assert draft(environment="live").environment == "LIVE"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("added_entity_hits", "aml_hits_added"),
        ("new", "aml_hits_added"),
        ("updated_entity_hits", "aml_hits_updated"),
        ("updated", "aml_hits_updated"),
        ("removed_entity_hits", "aml_hits_removed"),
        ("removed", "aml_hits_removed"),
    ],
)
def test_lists_of_an_aml_update(name: str, reason: str) -> None:
    raw = {"verification_session_id": SESSION, "aml_monitoring_update": {name: [{"name": "x"}]}}
    made = draft_of({"event_type": "AML_MONITORING_UPDATE", "data": raw})
    assert made.reasons == ["missing:verification_result", reason]


@pytest.mark.parametrize("level", ["PROHIBITED", "HIGH"])
def test_a_high_risk_is_a_reason(level: str) -> None:
    assert draft(risk_info={"scoring": {"risk_level": level}}).reasons == [f"risk_level:{level}"]
