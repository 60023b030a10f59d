"""Didit: which deliveries are a decision, and of which session."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision, Drop, Environment, Lifecycle, Rejection, SessionKind
from streams.vendors.didit import normalize
from tests.vendors.didit.payloads import SESSION, bare, draft, envelope


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"status": "Approved"},
        {"status": "COMPLETED", "aiprise_summary": {"verification_result": "APPROVED"}},
        {"verification_session_id": "x", "status": "COMPLETED", "aiprise_summary": {}},
        {"summary": {"state": {"value": "ACCEPTED"}}, "selfies": [], "documents": []},
        {"journey_id": "j", "system_decision": "Complete"},
        {"event": "Finished Spot Check", "body": {"eventId": "1"}},
        {"event": "user_created", "data": {"summary": {}}},
        {"request_id": "r", "vendor_data": None},
        {"session_id": "x"},
        {"liveness": {"status": "Approved"}},
    ],
)
def test_unknown_shape(payload: dict[str, Any]) -> None:
    result = normalize(payload)
    assert isinstance(result, Rejection)
    assert result.code == "unknown_shape"


@pytest.mark.parametrize("missing", [None, "", "   "])
def test_missing_identity(missing: Any) -> None:
    payloads = [
        bare(session_id=missing),
        envelope(session_id=missing, decision={"session_id": missing, "status": "Approved"}),
        {"status": "Approved", "liveness_checks": []},
        {"request_id": missing, "face_search": {"status": "Approved"}},
    ]
    for payload in payloads:
        result = normalize(payload)
        assert isinstance(result, Rejection)
        assert result.code == "missing_identity"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (bare(session_id=["x"]), "session_id: expected string, got array"),
        (bare(session_id=True), "session_id: expected string, got boolean"),
        (bare(session_id=1.5), "session_id: expected string, got number"),
        (bare(status=1), "status: expected string, got integer"),
        (bare(status={"value": "Approved"}), "status: expected string, got object"),
        (envelope(status=False), "status: expected string, got boolean"),
        (envelope(decision={"status": []}), "decision.status: expected string, got array"),
        (envelope(decision="Approved"), "decision: expected object, got string"),
        (envelope(webhook_type=7), "webhook_type: expected string, got integer"),
        (
            {"request_id": {}, "face_search": {"status": "Approved"}},
            "request_id: expected string, got object",
        ),
        (
            {"request_id": "r", "age_estimation": {"status": 5}},
            "age_estimation.status: expected string, got integer",
        ),
    ],
)
def test_invalid_type(payload: dict[str, Any], message: str) -> None:
    assert normalize(payload) == Rejection("invalid_type", message)


EVENTS = """status.updated data.updated session.status.updated session.data.updated session.created
session.events.updated"""


@pytest.mark.parametrize("event", EVENTS.split())
def test_session_events_in_both_spellings(event: str) -> None:
    thin = {"webhook_type": event, "session_id": SESSION, "timestamp": 1_779_013_333}
    made = draft(thin)
    assert made.flags == ["thin"]
    assert made.reasons == ["missing:status"]
    assert made.may_regress is ("data" in event)
    assert draft(envelope(webhook_type=event)).decision == "APPROVED"


@pytest.mark.parametrize("subject", ["user", "transaction", "travel_rule", "activity", "auth"])
def test_events_of_other_entities_are_dropped_even_with_a_decision(subject: str) -> None:
    raw: dict[str, Any] = envelope(
        webhook_type=f"{subject}.updated", decision={"status": "Approved"}
    )
    assert normalize(raw) == Drop("unsupported_event")


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
