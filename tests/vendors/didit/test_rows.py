"""Didit: rows of its vocabularies that no other case shows."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Drop, Environment, LinkKind, SessionKind
from streams.vendors.didit import normalize
from tests.vendors.didit.payloads import SESSION, bare, draft, envelope, the


@pytest.mark.parametrize("status", ["Resubmitted", "Resub Requested", "Kyc Expired"])
def test_what_takes_a_final_decision_back(status: str) -> None:
    assert draft(bare(status=status)).may_regress
    assert not draft(bare(status="In Progress")).may_regress


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("KYC", "id_verifications"),
        ("OCR", "id_verifications"),
        ("FACEMATCH", "face_matches"),
        ("PROOF_OF_ADDRESS", "poa_verifications"),
        ("KYB_REGISTRY", "registry_checks"),
        ("PHONE_VERIFICATION", "phone_verifications"),
        ("EMAIL", "email_verifications"),
        ("AML_SCREENING", "aml_screenings"),
        ("BUSINESS_AML", "aml_screenings"),
        ("LOCATION", "ip_analyses"),
        ("BUSINESS_VERIFICATION", "registry_checks"),
        ("KYB_DOCUMENTS", "document_verifications"),
        ("KEY_PEOPLE", "key_people_checks"),
        ("KYB_KEY_PEOPLE", "key_people_checks"),
    ],
)
def test_a_feature_of_the_workflow_without_a_report(name: str, array: str) -> None:
    made = draft(bare(features=[name], **{array: []}))
    assert {(c.vendor_key, *c.reasons) for c in made.checks} == {(array, "not_run")}


@pytest.mark.parametrize("key", ["registry_checks", "document_verifications", "key_people_checks"])
def test_reports_that_only_companies_have(key: str) -> None:
    made = draft(bare(**{key: [{"status": "Approved"}]}))
    assert made.session_kind is SessionKind.BUSINESS


@pytest.mark.parametrize("array", ["liveness_checks", "face_matches"])
def test_matches_of_faces(array: str) -> None:
    match = {"session_id": "other", "vendor_data": "customer-8"}
    made = draft(bare(**{array: [{"status": "Approved", "matches": [match]}]}))
    assert [d.link for d in made.vendor_duplicates] == [LinkKind.FACE]


@pytest.mark.parametrize(
    ("match_type", "score"),
    [
        ("exact", 1.0),
        ("full", 1.0),
        ("exact_match", 1.0),
        ("full_match", 1.0),
        ("partial", 0.5),
        ("partial_match", 0.5),
        ("none", 0.0),
        ("no_match", 0.0),
    ],
)
def test_match_types(match_type: str, score: float) -> None:
    report = {"status": "In Review", "match_type": match_type}
    found = the(draft(bare(database_validations=[report])), "document_database_match")
    assert (found.outcome, found.score, found.score_kind) == ("REVIEW", score, "VENDOR")


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


def test_a_warning_of_a_report_that_no_table_has_is_a_reason() -> None:
    risk = "DOCUMENT_AI_EXPECTED_FIELD_MISMATCH"
    made = draft(
        bare(document_ai_documents=[{"warnings": [{"risk": risk, "log_type": "warning"}]}])
    )
    assert risk in made.reasons
