"""IDWise: which payloads are results or webhooks, and of which session."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision, Drop, Rejection
from streams.vendors.idwise import normalize
from tests.vendors.idwise.payloads import JOURNEY, draft, hook


@pytest.mark.parametrize(
    ("event", "may_regress"),
    [
        ("Finished Journey", False),
        ("Finished Spot Check", False),
        ("Finished Ongoing Check", True),
        ("Manually Reviewed", True),
        ("Updated Journey", True),
        ("AML Monitor Update", True),
        ("AML Monior Update", True),
        ("finished_journey", False),
    ],
)
def test_event(event: str, may_regress: bool) -> None:
    d = draft(hook(event, systemDecision="Refer", referenceNo="cust-1"))
    assert d.decision is Decision.REVIEW
    assert (d.session_id, d.subject_id, d.vendor_event_id) == (JOURNEY, "cust-1", "e-1")
    assert (d.checks, d.flags, d.may_regress) == ([], ["thin"], may_regress)
    assert d.vendor_status["event"] == event


@pytest.mark.parametrize("event", ["Finished User Steps", "Finished Step", "Step Submitted"])
def test_a_step_is_no_decision(event: str) -> None:
    assert normalize(hook(event, systemDecision="Incomplete")) == Drop("unsupported_event")
    assert normalize({"event": event, "body": {}}) == Drop("unsupported_event")


@pytest.mark.parametrize(
    ("spellings", "decision"),
    [
        ({"systemDecision": "Refer", "system_decision": "Complete"}, Decision.APPROVED),
        ({"systemDecision": "Refer", "system_decision": None}, Decision.REVIEW),
        ({"systemDecision": None, "system_decision": "Refer"}, Decision.REVIEW),
    ],
)
def test_both_spellings_in_one_body(spellings: dict[str, Any], decision: Decision) -> None:
    assert draft(hook("Finished Journey", **spellings)).decision is decision


def test_a_spot_check_webhook_names_its_own_journey() -> None:
    body = {"eventId": "e", "spotCheckJourneyId": "spot-1", "systemDecision": "Complete"}
    assert draft({"event": "Finished Spot Check", "body": body}).session_id == "spot-1"
    both = {**body, "journeyId": JOURNEY}
    assert draft({"event": "Finished Spot Check", "body": both}).session_id == "spot-1"


def test_an_ongoing_check_leaves_the_onboarding_as_it_is() -> None:
    d = draft(hook("Finished Ongoing Check", ongoingCheckId="check-1", systemDecision="Refer"))
    assert (d.session_id, d.decision) == ("check-1", Decision.REVIEW)
    without = draft(hook("Finished Ongoing Check", systemDecision="Refer"))
    assert without.session_id == JOURNEY


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "unknown_shape"),
        ({"event": "Finished Journey"}, "unknown_shape"),
        ({"summary": {}, "user_id": "u", "selfies": [], "documents": []}, "unknown_shape"),
        ({"aiprise_summary": {}, "journey_id": "j"}, "unknown_shape"),
        ({"system_decision": "Complete"}, "missing_identity"),
        ({"journey_id": "", "system_decision": "Complete"}, "missing_identity"),
        ({"journey_id": None, "rule_results": {}}, "missing_identity"),
        ({"event": 7, "body": {}}, "invalid_type"),
        ({"event": "Finished Journey", "body": []}, "invalid_type"),
        ({"event": "Finished Journey", "body": None}, "invalid_type"),
        ({"journey_id": True, "system_decision": "Complete"}, "invalid_type"),
        ({"journey_id": JOURNEY, "system_decision": ["Complete"]}, "invalid_type"),
        ({"journey_id": JOURNEY, "manual_decision": {}}, "invalid_type"),
    ],
)
def test_rejection(payload: dict[str, Any], code: str) -> None:
    result = normalize(payload)
    assert isinstance(result, Rejection)
    assert result.code == code


def test_a_rejection_names_paths_and_types_only() -> None:
    result = normalize(hook("Finished Journey", systemDecision={"secret": "Layla"}))
    assert isinstance(result, Rejection)
    assert result.message == "body.system_decision: expected string | null, got object"
