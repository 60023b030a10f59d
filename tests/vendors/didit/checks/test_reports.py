"""Didit: which reports count, in V3's arrays and V2's single objects."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision, Outcome
from tests.vendors.didit.payloads import bare, checks, draft, the


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


def test_superseded_reports_say_nothing_at_all() -> None:
    old = {
        "status": "Resubmitted",
        "node_id": "doc",
        "document_number": "OLD4711",
        "address": "Old Street 1",
        "warnings": [{"risk": "EXPIRED_DOCUMENT", "log_type": "error"}],
    }
    new = {"status": "Approved", "node_id": "doc", "document_number": "NEW4711"}
    d = draft(bare(id_verifications=[old, new]))
    assert [(c.name, c.outcome, c.instance) for c in d.checks] == [
        ("document_authentic", Outcome.PASS, "doc")
    ]
    assert [doc.number for doc in d.documents] == ["NEW4711"]
    assert (d.addresses, d.reasons) == ([], [])


def test_unknown_feature_status() -> None:
    d = draft(bare(aml_screenings=[{"status": "Clear"}], liveness_checks=[{"status": None}]))
    assert (the(d, "aml").outcome, the(d, "aml").reasons) == ("NOT_APPLICABLE", ["unmapped"])
    assert (the(d, "liveness").outcome, the(d, "liveness").reasons) == ("NOT_APPLICABLE", [])
    assert d.decision is Decision.APPROVED
    assert d.flags == ["unmapped_value"]
    assert d.reasons == ["unmapped:aml_screenings.status"]


ARRAYS = [
    ("id_verifications", "document_authentic"),
    ("nfc_verifications", "document_chip_authentic"),
    ("liveness_checks", "liveness"),
    ("face_matches", "face_match"),
    ("poa_verifications", "address_document_valid"),
    ("phone_verifications", "phone_verified"),
    ("email_verifications", "email_verified"),
    ("aml_screenings", "aml"),
    ("database_validations", "document_database_match"),
    ("questionnaire_responses", "questionnaire"),
    ("registry_checks", "business_registry"),
    ("document_verifications", "business_documents"),
    ("key_people_checks", "business_key_people"),
]


SINGLES = [
    ("id_verification", "document_authentic"),
    ("kyc", "document_authentic"),
    ("nfc", "document_chip_authentic"),
    ("liveness", "liveness"),
    ("face_match", "face_match"),
    ("face", "face_match"),
    ("poa", "address_document_valid"),
    ("phone", "phone_verified"),
    ("email", "email_verified"),
    ("aml", "aml"),
    ("database_validation", "document_database_match"),
    ("questionnaire", "questionnaire"),
]


@pytest.mark.parametrize(("array", "name"), ARRAYS)
def test_every_array_with_several_nodes(array: str, name: str) -> None:
    reports = [
        {"status": "Approved", "node_id": "a"},
        {"status": "Declined", "node_id": "b"},
        {"status": "In Review", "node_id": "b"},
        {"status": "In Progress", "node_id": None},
        {"status": "Abandoned"},
        {"status": "Resubmitted", "node_id": "a"},
    ]
    d = draft(bare(**{array: reports}))
    assert [(c.outcome, c.instance) for c in checks(d, name)] == [
        ("PASS", "a"),
        ("FAIL", "b"),
        ("REVIEW", "b#2"),
        ("NOT_APPLICABLE", None),
        ("NOT_APPLICABLE", f"{array}#2"),
    ]
    assert {c.vendor_key for c in checks(d, name)} == {array}
    assert d.vendor_version == "v3"


@pytest.mark.parametrize(("key", "name"), SINGLES)
def test_every_single_object_of_v2(key: str, name: str) -> None:
    d = draft(bare(**{key: {"status": "In Review"}}))
    check = the(d, name)
    assert (check.outcome, check.vendor_key, check.instance) == ("REVIEW", key, None)
    assert d.vendor_version == "v2"


@pytest.mark.parametrize(("array", "name"), ARRAYS)
@pytest.mark.parametrize("value", [None, []])
def test_no_report_means_no_check(array: str, name: str, value: Any) -> None:
    assert draft(bare(**{array: value})).checks == []


@pytest.mark.parametrize(
    ("features", "array", "name"),
    [
        (["ID_VERIFICATION"], "id_verifications", "document_authentic"),
        (["OCR"], "id_verifications", "document_authentic"),
        (["NFC"], "nfc_verifications", "document_chip_authentic"),
        ([{"feature": "LIVENESS", "node_id": "x"}], "liveness_checks", "liveness"),
        (["FACE_MATCH"], "face_matches", "face_match"),
        (["POA"], "poa_verifications", "address_document_valid"),
        (["PHONE"], "phone_verifications", "phone_verified"),
        (["EMAIL_VERIFICATION"], "email_verifications", "email_verified"),
        (["AML"], "aml_screenings", "aml"),
        (["IP_ANALYSIS"], "ip_analyses", "ip_not_anonymous"),
        (["IP_ANALYSIS"], "ip_analyses", "ip_not_hosting"),
        (["DATABASE_VALIDATION"], "database_validations", "document_database_match"),
        (["QUESTIONNAIRE"], "questionnaire_responses", "questionnaire"),
        ("OCR + NFC + FACE", "nfc", "document_chip_authentic"),
    ],
)
def test_feature_of_the_workflow_without_report(features: Any, array: str, name: str) -> None:
    for empty in ([], None):
        check = the(draft(bare(features=features, **{array: empty})), name)
        assert (check.outcome, check.reasons) == (Outcome.NOT_APPLICABLE, ["not_run"])
    assert draft(bare(features=features)).checks == []


def test_a_feature_nobody_knows_yet() -> None:
    d = draft(bare(voice_checks=[{"status": "Declined", "node_id": "v"}], reviews=[]))
    check = the(d, "vendor.didit.voice_checks")
    assert (check.outcome, check.instance) == (Outcome.FAIL, "v")
