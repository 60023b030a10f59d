"""Didit: which deliveries are a decision, and what they say of the session."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import (
    DecidedBy,
    Decision,
    Drop,
    Environment,
    Lifecycle,
    SessionKind,
)
from streams.vendors.didit import normalize
from tests.vendors.didit.payloads import SESSION, bare, draft, envelope


@pytest.mark.parametrize(
    "webhook_type",
    [
        "status.updated",
        "data.updated",
        "session.status.updated",
        "session.created",
        "session.events.updated",
        "Status.Updated",
    ],
)
def test_session_events(webhook_type: str) -> None:
    d = draft(envelope(webhook_type=webhook_type, decision={"status": "Approved"}))
    assert (d.session_id, d.decision, d.vendor_event_id) == (SESSION, Decision.APPROVED, "evt-1")
    assert d.may_regress is (webhook_type == "data.updated")
    assert d.ordered


@pytest.mark.parametrize(
    "webhook_type",
    [
        "user.status.updated",
        "user.data.updated",
        "business.status.updated",
        "business.data.updated",
        "transaction.created",
        "transaction.status.updated",
        "travel_rule.status.updated",
        "activity.created",
        "something.else",
    ],
)
@pytest.mark.parametrize("status", ["ACTIVE", "APPROVED", "Approved", None])
def test_events_that_are_no_decision(webhook_type: str, status: str | None) -> None:
    event = {
        "webhook_type": webhook_type,
        "event_id": "e",
        "status": status,
        "vendor_data": "x",
        "session_id": "s",
    }
    assert normalize(event) == Drop("unsupported_event")
    wrapped = {"event": webhook_type, "event_id": "e", "data": {"status": status}}
    if webhook_type != "something.else":
        assert normalize(wrapped) == Drop("unsupported_event")


def test_a_business_sessions_decision_under_a_business_event() -> None:
    d = draft(
        {
            "webhook_type": "business.status.updated",
            "business_session_id": "b-1",
            "status": "In Review",
            "decision": {"session_kind": "business", "registry_checks": [{"status": "In Review"}]},
        }
    )
    assert (d.session_id, d.session_kind, d.decision) == (
        "b-1",
        SessionKind.BUSINESS,
        Decision.REVIEW,
    )
    user = {
        "webhook_type": "user.status.updated",
        "session_id": "s",
        "decision": {"status": "Approved"},
    }
    assert normalize(user) == Drop("unsupported_event")


def test_an_envelope_with_its_fields_under_data() -> None:
    d = draft(
        {
            "event": "status.updated",
            "event_id": "evt_01",
            "application_id": "app_1",
            "timestamp": "2026-04-18T12:30:00Z",
            "data": {"session_id": "b-2", "session_kind": "business", "status": "Approved"},
        }
    )
    assert (d.session_id, d.vendor_event_id, d.tenant_id) == ("b-2", "evt_01", "app_1")
    assert (d.session_kind, d.occurred_at) == (SessionKind.BUSINESS, 1_776_515_400_000)
    assert d.flags == ["thin"]


@pytest.mark.parametrize(
    "decision", [{}, {"decision": None}, {"email": "nobody@example.com", "phone": None}]
)
def test_thin_event(decision: dict[str, Any]) -> None:
    d = draft(envelope(webhook_type="session.created", status="Not Started", **decision))
    assert (d.decision, d.lifecycle) == (Decision.PENDING, Lifecycle.NOT_STARTED)
    assert (d.flags, d.checks) == (["thin"], [])


def test_reports_beside_the_envelopes_fields() -> None:
    d = draft(envelope(liveness_checks=[{"status": "Approved"}]))
    assert [c.name for c in d.checks] == ["liveness"]
    assert (d.flags, d.started_at) == ([], None)


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


def test_identities() -> None:
    d = draft(
        envelope(
            webhook_version="V3",
            workflow_id="wf-1",
            application_id="app-1",
            environment="sandbox",
            vendor_data=4711,
            decision={"vendor_data": "other", "workflow_id": "wf-2"},
        )
    )
    assert (d.vendor_version, d.workflow_id, d.tenant_id) == ("v3", "wf-1", "app-1")
    assert (d.environment, d.subject_id, d.vendor_subject_id) == (Environment.SANDBOX, "4711", None)
    d = draft(
        envelope(
            session_id=None,
            decision={"session_id": " in ", "vendor_data": " c "},
            environment="live",
        )
    )
    assert (d.session_id, d.subject_id, d.environment) == ("in", "c", Environment.LIVE)
    assert draft(bare(session_id=12, vendor_data=" ")).session_id == "12"
    assert draft(bare(vendor_data=" ")).subject_id is None
    assert draft(bare()).environment is None


def test_company_session() -> None:
    company = {
        "registry_status": "Dissolved",
        "registered_address": "Kade 1, Rotterdam",
        "country_code": "NL",
        "region": "NL-ZH",
    }
    items = [
        {"uuid": "d-1", "document_type": "shareholder_register", "status": "Approved"},
        {"uuid": "d-2", "document_type": "something_new", "status": "Declined"},
        {"uuid": "d-3", "document_type": None, "status": "Checked"},
    ]
    d = draft(
        bare(
            status="Declined",
            registry_checks=[{"status": "Declined", "node_id": "r", "company": company}],
            document_verifications=[{"status": "declined", "node_id": "k", "items": items}],
            key_people_checks=[
                {"status": "Approved", "node_id": "p", "ubo_kyc_summary": {"total": 1}}
            ],
        )
    )
    assert d.session_kind is SessionKind.BUSINESS
    assert [(c.name, c.outcome, c.instance, c.reasons) for c in d.checks] == [
        ("business_registry", "FAIL", "r", ["registry_status:dissolved"]),
        ("business_documents", "FAIL", "k", []),
        ("business_key_people", "PASS", "p", []),
    ]
    assert [
        (x.document.type, x.document.status, x.document.instance, x.identifies) for x in d.documents
    ] == [
        ("BUSINESS_DOCUMENT", "PASS", "d-1", False),
        ("BUSINESS_DOCUMENT", "FAIL", "d-2", False),
        (None, "NOT_APPLICABLE", "d-3", False),
    ]
    assert [(a.role, a.country, a.region) for a in d.addresses] == [("DECLARED", "NL", "NL-ZH")]
    assert d.person is None
    assert draft(bare(session_kind="user", registry_checks=[])).session_kind is SessionKind.PERSON


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


def test_biometric_authentication() -> None:
    d = draft(
        bare(
            workflow_type="BIOMETRIC_AUTHENTICATION",
            liveness_checks=[{"status": "Approved", "node_id": "auth", "score": 98.0}],
            face_matches=[
                {
                    "status": "Approved",
                    "node_id": "auth",
                    "score": 93.5,
                    "source_image_session_id": "enrolment",
                }
            ],
        )
    )
    assert [(c.name, c.instance, c.score) for c in d.checks] == [
        ("liveness", "auth", 0.98),
        ("face_match", "auth", 0.935),
    ]
    assert d.session_kind is SessionKind.PERSON
