"""Didit: the session's status, time, decider and subject."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import DecidedBy, Decision, Environment, Lifecycle, SessionKind
from tests.vendors.didit.payloads import bare, draft, envelope, the


@pytest.mark.parametrize("status", ["Resubmitted", "Resub Requested", "Kyc Expired"])
def test_what_takes_a_final_decision_back(status: str) -> None:
    assert draft(bare(status=status)).may_regress
    assert not draft(bare(status="In Progress")).may_regress


@pytest.mark.parametrize("key", ["registry_checks", "document_verifications", "key_people_checks"])
def test_reports_that_only_companies_have(key: str) -> None:
    made = draft(bare(**{key: [{"status": "Approved"}]}))
    assert made.session_kind is SessionKind.BUSINESS


@pytest.mark.parametrize(
    ("said", "kind", "flags"),
    [
        ("business", SessionKind.BUSINESS, []),
        ("user", SessionKind.PERSON, []),
        ("KYB", SessionKind.BUSINESS, ["unmapped_value"]),
        ("household", SessionKind.BUSINESS, ["unmapped_value"]),
    ],
)
def test_kinds_of_sessions(said: str, kind: SessionKind, flags: list[str]) -> None:
    """A word that no table has does not beat the company's report in the payload."""
    made = draft(bare(session_kind=said, registry_checks=[{"status": "Approved"}]))
    assert (made.session_kind, made.flags) == (kind, flags)


@pytest.mark.parametrize(
    ("said", "environment", "flags"),
    [
        ("production", Environment.LIVE, []),
        ("live", Environment.LIVE, []),
        ("sandbox", Environment.SANDBOX, []),
        ("staging", None, ["unmapped_value"]),
    ],
)
def test_environments(said: str, environment: Environment | None, flags: list[str]) -> None:
    made = draft(bare(environment=said))
    assert (made.environment, made.flags) == (environment, flags)


@pytest.mark.parametrize(
    ("fields", "occurred_at"),
    [
        ({"timestamp": 1_779_013_333, "created_at": 1_779_000_000}, 1_779_013_333_000),
        ({"timestamp": None, "created_at": 1_779_000_000}, 1_779_000_000_000),
        ({"timestamp": "2026-05-17T10:22:13.514012Z"}, 1_779_013_333_514),
        ({"timestamp": 1_779_013_333_514}, 1_779_013_333_514),
        ({"timestamp": "1779013333"}, 1_779_013_333_000),
        ({"timestamp": "soon"}, None),
        ({"timestamp": None}, None),
    ],
)
def test_time_of_an_envelope(fields: dict[str, Any], occurred_at: int | None) -> None:
    inner = {"status": "Approved", "created_at": "2026-05-17T10:00:00Z"}
    d = draft(envelope(decision=inner, **fields))
    assert (d.occurred_at, d.started_at) == (occurred_at, 1_779_012_000_000)
    assert d.ordered  # by its event id
    assert draft(envelope(decision=inner, event_id=None, **fields)).ordered is (
        occurred_at is not None
    )


def test_time_of_a_pulled_decision_is_unknown() -> None:
    d = draft(bare(created_at="2026-05-17T10:22:13.514012Z"))
    assert (d.occurred_at, d.started_at, d.ordered) == (None, 1_779_013_333_514, False)


REVIEWS = [
    {"user": "a@example.com", "new_status": "In Review", "created_at": "2026-05-17T10:00:00Z"},
    {"user": "a@example.com", "new_status": "Declined", "created_at": "2026-05-18T10:00:00Z"},
]


@pytest.mark.parametrize("reviews", [REVIEWS, REVIEWS[::-1]])
def test_a_reviewers_decision_is_manual_and_has_a_time(reviews: list[Any]) -> None:
    d = draft(bare(status="Declined", reviews=reviews))
    assert (d.decided_by, d.occurred_at, d.ordered) == (DecidedBy.MANUAL, 1_779_098_400_000, True)
    assert d.may_regress


@pytest.mark.parametrize(
    ("status", "reviews", "decided_by"),
    [
        ("Approved", [], "SYSTEM"),
        ("Approved", None, "UNKNOWN"),
        ("In Progress", [], "UNKNOWN"),
        ("Approved", REVIEWS, "UNKNOWN"),
    ],
)
def test_decided_by(status: str, reviews: Any, decided_by: str) -> None:
    d = draft(bare(status=status, reviews=reviews))
    assert (d.decided_by, d.occurred_at, d.may_regress) == (decided_by, None, False)


def test_a_lapsed_approval_takes_a_final_decision_back() -> None:
    assert draft(bare(status="Kyc Expired")).may_regress
    assert not draft(bare(status="Expired")).may_regress


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"business_session_id": "b-1"}, "BUSINESS"),
        ({"session_id": "s-1"}, "PERSON"),
        ({"session_id": "s-1", "session_kind": "Business"}, "BUSINESS"),
        ({"session_id": "s-1", "decision": {"key_people_checks": [{}]}}, "BUSINESS"),
        ({"session_id": "s-1", "decision": {"key_people_checks": []}}, "PERSON"),
    ],
)
def test_kind_of_session(fields: dict[str, Any], kind: str) -> None:
    event = {"webhook_type": "status.updated", "status": "Approved", **fields}
    assert draft(event).session_kind == kind


STATUSES = [
    # raw, session decision, session lifecycle, feature outcome, feature reasons
    ("Not Started", "PENDING", "NOT_STARTED", "NOT_APPLICABLE", ["not_run"]),
    ("In Progress", "PENDING", "IN_PROGRESS", "NOT_APPLICABLE", ["pending"]),
    ("Approved", "APPROVED", "COMPLETED", "PASS", []),
    ("Declined", "DECLINED", "COMPLETED", "FAIL", []),
    ("In Review", "REVIEW", "COMPLETED", "REVIEW", []),
    ("Expired", "EXPIRED", "EXPIRED", "NOT_APPLICABLE", ["not_run"]),
    ("Abandoned", "EXPIRED", "ABANDONED", "NOT_APPLICABLE", ["not_run"]),
    ("Kyc Expired", "EXPIRED", "VALIDITY_LAPSED", "REVIEW", []),
    ("Awaiting User", "PENDING", "AWAITING_USER", "NOT_APPLICABLE", ["pending"]),
    ("Not Finished", "PENDING", "IN_PROGRESS", "NOT_APPLICABLE", ["pending"]),
    ("Resub Requested", "PENDING", "AWAITING_USER", "NOT_APPLICABLE", ["pending"]),
    ("approved", "APPROVED", "COMPLETED", "PASS", []),
    ("declined", "DECLINED", "COMPLETED", "FAIL", []),
    ("in_review", "REVIEW", "COMPLETED", "REVIEW", []),
    ("not_finished", "PENDING", "IN_PROGRESS", "NOT_APPLICABLE", ["pending"]),
    ("  IN-REVIEW ", "REVIEW", "COMPLETED", "REVIEW", []),
]


@pytest.mark.parametrize(("raw", "decision", "lifecycle", "outcome", "reasons"), STATUSES)
def test_status(raw: str, decision: str, lifecycle: str, outcome: str, reasons: list[str]) -> None:
    d = draft(bare(status=raw, liveness_checks=[{"status": raw, "score": 91.5}]))
    assert (d.decision, d.lifecycle) == (decision, lifecycle)
    assert d.vendor_status == {"status": raw}
    assert d.flags == []
    check = the(d, "liveness")
    assert (check.outcome, check.reasons) == (outcome, reasons)


def test_resubmitted_means_two_things() -> None:
    d = draft(bare(status="Resubmitted", face_matches=[{"status": "Resubmitted", "score": 3}]))
    assert (d.decision, d.lifecycle) == (Decision.PENDING, Lifecycle.AWAITING_USER)
    assert d.may_regress
    assert d.checks == []


@pytest.mark.parametrize("raw", ["Verified", "ACTIVE", "BLOCKED", "success", "approved!"])
def test_unknown_status_is_never_an_approval(raw: str) -> None:
    d = draft(bare(status=raw))
    assert (d.decision, d.lifecycle) == (Decision.UNDETERMINED, Lifecycle.UNKNOWN)
    assert d.flags == ["unmapped_value"]
    assert d.reasons == ["unmapped:status"]
    assert d.vendor_status == {"status": raw}


WITHOUT_STATUS = {key: value for key, value in bare(features=[]).items() if key != "status"}


@pytest.mark.parametrize("payload", [bare(status=None), bare(status=" "), WITHOUT_STATUS])
def test_status_absent(payload: dict[str, Any]) -> None:
    d = draft(payload)
    assert d.decision is Decision.UNDETERMINED
    assert (d.flags, d.reasons, d.vendor_status) == ([], ["missing:status"], {})


CONFLICTS = [
    ("Approved", "Declined", Decision.DECLINED),
    ("Declined", "Approved", Decision.DECLINED),
    ("Approved", "In Review", Decision.REVIEW),
    ("In Progress", "Approved", Decision.PENDING),
    ("Approved", "Expired", Decision.EXPIRED),
    ("Approved", "Frobnicated", Decision.UNDETERMINED),
    ("Frobnicated", "Approved", Decision.UNDETERMINED),
    ("In Review", "Declined", Decision.REVIEW),
    ("Declined", "In Review", Decision.DECLINED),
]


@pytest.mark.parametrize(("outer", "inner", "decision"), CONFLICTS)
def test_envelope_against_decision(outer: str, inner: str, decision: Decision) -> None:
    d = draft(envelope(status=outer, decision={"status": inner}))
    assert d.decision is decision
    assert "status_result_conflict" in d.flags
    assert d.vendor_status == {"status": outer, "decision.status": inner}


@pytest.mark.parametrize(("outer", "inner"), [("Approved", None), (None, "Approved")])
def test_one_status_missing_is_no_conflict(outer: str | None, inner: str | None) -> None:
    d = draft(envelope(status=outer, decision={"status": inner}))
    assert (d.decision, d.flags) == (Decision.APPROVED, [])
