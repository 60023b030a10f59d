"""Didit, row by row: what each status, report, risk and delivery must become.

The tables here are written from Didit's documents, not from the module's own tables.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.draft import Draft
from streams.model import (
    AddressRole,
    Check,
    DecidedBy,
    Decision,
    Drop,
    Environment,
    Lifecycle,
    LinkKind,
    Outcome,
    Rejection,
    ScoreKind,
    SessionKind,
    Strength,
)
from streams.vendors.didit import normalize

SESSION = "8d1f0b6e-4c1d-4f0e-9a2b-6c5d4e3f2a1b"


def draft(payload: dict[str, Any]) -> Draft:
    result = normalize(payload)
    assert isinstance(result, Draft), result
    return result


def bare(**fields: Any) -> dict[str, Any]:
    return {"session_id": SESSION, "status": "Approved", "vendor_data": "customer-7", **fields}


def envelope(**fields: Any) -> dict[str, Any]:
    return {
        "webhook_type": "status.updated",
        "event_id": "evt-1",
        "timestamp": 1_779_013_333,
        "session_id": SESSION,
        "status": "Approved",
        **fields,
    }


def checks(d: Draft, name: str) -> list[Check]:
    return [c for c in d.checks if c.name == name]


def the(d: Draft, name: str) -> Check:
    found = checks(d, name)
    assert len(found) == 1, [c.name for c in d.checks]
    return found[0]


# -- statuses ----------------------------------------------------------------------------------

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


@pytest.mark.parametrize("raw", ["Verified", "ACTIVE", "BLOCKED", "success", "approved!"])
def test_unknown_status_is_never_an_approval(raw: str) -> None:
    d = draft(bare(status=raw))
    assert (d.decision, d.lifecycle) == (Decision.UNDETERMINED, Lifecycle.UNKNOWN)
    assert d.flags == ["unmapped_value"]
    assert d.reasons == ["unmapped:status"]
    assert d.vendor_status == {"status": raw}


@pytest.mark.parametrize("payload", [bare(status=None), bare(status=" "), bare() | {"features": []}])
def test_status_absent(payload: dict[str, Any]) -> None:
    if "features" in payload:
        del payload["status"]
    d = draft(payload)
    assert d.decision is Decision.UNDETERMINED
    assert (d.flags, d.reasons, d.vendor_status) == (["unmapped_value"], ["missing:status"], {})


def test_unknown_feature_status() -> None:
    d = draft(bare(aml_screenings=[{"status": "Clear"}], liveness_checks=[{"status": None}]))
    assert (the(d, "aml").outcome, the(d, "aml").reasons) == ("NOT_APPLICABLE", ["unmapped:status"])
    assert (the(d, "liveness").outcome, the(d, "liveness").reasons) == ("NOT_APPLICABLE", [])
    assert d.decision is Decision.APPROVED
    assert d.flags == ["unmapped_value"]
    assert d.reasons == ["unmapped:aml_screenings.status"]


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


# -- features ----------------------------------------------------------------------------------

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


@pytest.mark.parametrize(
    ("array", "score", "expected"),
    [
        ("liveness_checks", 92.41, 0.9241),
        ("liveness_checks", 0, 0.0),
        ("face_matches", 97.83, 0.9783),
        ("face_matches", 100, 1.0),
    ],
)
def test_confidence(array: str, score: float, expected: float) -> None:
    (check,) = draft(bare(**{array: [{"status": "In Review", "score": score}]})).checks
    assert (check.score, check.score_kind) == (expected, ScoreKind.VENDOR)
    assert check.outcome is Outcome.REVIEW  # the status decides, no threshold of ours
    assert check.raw_value == str(score)


@pytest.mark.parametrize("score", [None, 140, -1, "n/a"])
def test_no_confidence(score: Any) -> None:
    (check,) = draft(bare(liveness_checks=[{"status": "Approved", "score": score}])).checks
    assert (check.outcome, check.score, check.score_kind) == ("PASS", 1.0, ScoreKind.DERIVED)
    assert check.reasons == ([] if score is None else ["invalid_value"])


def test_aml_score_is_a_risk() -> None:
    check = the(draft(bare(aml_screenings=[{"status": "Approved", "score": 42.7, "total_hits": 2}])), "aml")
    assert (check.outcome, check.score, check.score_kind) == (Outcome.PASS, None, None)
    assert (check.raw_value, check.reasons) == ("42.7", ["hits:2"])


@pytest.mark.parametrize(
    ("authenticity", "outcome", "score"),
    [
        ({"sod_integrity": True, "dg_integrity": True}, "PASS", 1.0),
        ({"sod_integrity": True, "dg_integrity": False}, "REVIEW", 0.0),
        ({"sod_integrity": False, "dg_integrity": None}, "REVIEW", 0.0),
    ],
)
def test_chip(authenticity: dict[str, Any], outcome: str, score: float) -> None:
    d = draft(bare(nfc_verifications=[{"status": "Approved", "authenticity": authenticity}]))
    check = the(d, "document_chip_authentic")
    assert (check.outcome, check.score, check.score_kind) == (outcome, score, ScoreKind.VENDOR)


@pytest.mark.parametrize(
    ("match_type", "score"),
    [
        ("exact", 1.0),
        ("full_match", 1.0),
        ("partial", 0.5),
        ("partial_match", 0.5),
        ("none", 0.0),
        ("no_match", 0.0),
    ],
)
def test_database_match_type(match_type: str, score: float) -> None:
    d = draft(bare(database_validations=[{"status": "In Review", "match_type": match_type}]))
    check = the(d, "document_database_match")
    assert (check.outcome, check.score, check.raw_value) == ("REVIEW", score, match_type)


@pytest.mark.parametrize(
    ("array", "field", "name"),
    [
        ("phone_verifications", "is_disposable", "phone_risk"),
        ("phone_verifications", "is_virtual", "phone_risk"),
        ("email_verifications", "is_breached", "email_risk"),
        ("email_verifications", "is_disposable", "email_risk"),
        ("email_verifications", "is_undeliverable", "email_risk"),
        ("ip_analyses", "is_vpn_or_tor", "ip_not_anonymous"),
        ("ip_analyses", "is_data_center", "ip_not_hosting"),
    ],
)
def test_facts_ask_for_review_and_null_says_nothing(array: str, field: str, name: str) -> None:
    for value, outcome in ((True, "REVIEW"), (False, "PASS")):
        d = draft(bare(**{array: [{"status": "Approved", field: value}]}))
        assert the(d, name).outcome == outcome
    unknown = checks(draft(bare(**{array: [{"status": "Approved", field: None}]})), name)
    assert [c.outcome for c in unknown] in ([], [Outcome.NOT_APPLICABLE])


def test_name_match_scores_of_a_proof_of_address() -> None:
    report = {
        "status": "Approved",
        "name_match_score_id_verification": 36.84,
        "name_match_score_expected_details": 94.0,
    }
    d = draft(bare(poa_verifications=[report]))
    assert (the(d, "address_name_match").outcome, the(d, "address_name_match").score) == ("PASS", 0.3684)
    assert the(d, "name_match").score == 0.94
    report |= {"status": "Declined"}
    report["warnings"] = [{"risk": "NAME_MISMATCH_ID_VERIFICATION", "log_type": "error"}]
    d = draft(bare(poa_verifications=[report]))
    assert the(d, "address_name_match").outcome is Outcome.FAIL
    assert the(d, "name_match").outcome is Outcome.NOT_APPLICABLE


# -- warnings ----------------------------------------------------------------------------------

RISKS = [
    ("id_verifications", "EXPIRED_DOCUMENT", "document_not_expired"),
    ("id_verifications", "DOCUMENT_EXPIRED", "document_not_expired"),
    ("id_verifications", "DOCUMENT_NOT_SUPPORTED_FOR_APPLICATION", "document_supported"),
    ("id_verifications", "COULD_NOT_RECOGNIZE_DOCUMENT", "document_supported"),
    ("id_verifications", "COULD_NOT_DETECT_DOCUMENT_TYPE", "document_supported"),
    ("id_verifications", "PORTRAIT_IMAGE_NOT_DETECTED", "document_face_present"),
    ("id_verifications", "ID_DOCUMENT_IN_BLOCKLIST", "document_not_compromised"),
    ("id_verifications", "SCREEN_CAPTURE_DETECTED", "document_not_screen"),
    ("id_verifications", "PRINTED_COPY_DETECTED", "document_not_printed"),
    ("id_verifications", "PORTRAIT_MANIPULATION_DETECTED", "document_portrait_intact"),
    ("id_verifications", "MRZ_NOT_DETECTED", "document_machine_code"),
    ("id_verifications", "MRZ_VALIDATION_FAILED", "document_machine_code"),
    ("id_verifications", "BARCODE_NOT_DETECTED", "document_machine_code"),
    ("id_verifications", "BARCODE_VALIDATION_FAILED", "document_machine_code"),
    ("id_verifications", "BARCODE_SIGNATURE_INVALID", "document_machine_code"),
    ("id_verifications", "QR_NOT_DETECTED", "document_machine_code"),
    ("id_verifications", "QR_VALIDATION_FAILED", "document_machine_code"),
    ("id_verifications", "MRZ_AND_DATA_EXTRACTED_FROM_OCR_NOT_SAME", "document_data_consistent"),
    ("id_verifications", "DATA_INCONSISTENT", "document_data_consistent"),
    ("id_verifications", "DOCUMENT_SIDES_MISMATCH", "document_data_consistent"),
    (
        "id_verifications",
        "DOCUMENT_NAME_DIFFERENT_FROM_OTHER_APPROVED_DOCUMENTS",
        "document_data_consistent",
    ),
    ("id_verifications", "NAME_NOT_DETECTED", "document_readable"),
    ("id_verifications", "DATE_OF_BIRTH_NOT_DETECTED", "document_readable"),
    ("id_verifications", "DOCUMENT_NUMBER_NOT_DETECTED", "document_readable"),
    ("id_verifications", "EXPIRATION_DATE_NOT_DETECTED", "document_readable"),
    ("id_verifications", "INVALID_DATE", "document_dates_coherent"),
    ("id_verifications", "UNPARSED_ADDRESS", "address_readable"),
    ("id_verifications", "POSSIBLE_DUPLICATED_USER", "subject_not_duplicate"),
    ("id_verifications", "FULL_NAME_MISMATCH_WITH_PROVIDED", "name_match"),
    ("id_verifications", "DOB_MISMATCH_WITH_PROVIDED", "birth_date_match"),
    ("id_verifications", "GENDER_MISMATCH_WITH_PROVIDED", "gender_match"),
    ("id_verifications", "NATIONALITY_MISMATCH_WITH_PROVIDED", "nationality_match"),
    ("id_verifications", "IDENTIFICATION_NUMBER_MISMATCH_WITH_PROVIDED", "id_number_match"),
    ("id_verifications", "DOCUMENT_COUNTRY_MISMATCH", "document_type_expected"),
    ("id_verifications", "MINIMUM_AGE_NOT_MET", "minimum_age"),
    ("id_verifications", "FRONT_CAMERA_FACE_IN_BLOCKLIST", "face_not_blocklisted"),
    ("liveness_checks", "AGE_BELOW_MINIMUM", "minimum_age"),
    ("liveness_checks", "AGE_NOT_DETECTED", "minimum_age"),
    ("liveness_checks", "FACE_IN_BLOCKLIST", "face_not_blocklisted"),
    ("liveness_checks", "POSSIBLE_FACE_IN_BLOCKLIST", "face_not_blocklisted"),
    ("liveness_checks", "NO_FACE_DETECTED", "single_face"),
    ("liveness_checks", "MULTIPLE_FACES_DETECTED", "single_face"),
    ("liveness_checks", "LOW_FACE_QUALITY", "face_quality"),
    ("liveness_checks", "LOW_FACE_LUMINANCE", "face_quality"),
    ("liveness_checks", "HIGH_FACE_LUMINANCE", "face_quality"),
    ("liveness_checks", "DUPLICATED_FACE", "face_not_duplicate"),
    ("liveness_checks", "POSSIBLE_DUPLICATED_FACE", "face_not_duplicate"),
    ("poa_verifications", "UNPARSED_ADDRESS", "address_readable"),
    ("poa_verifications", "MISSING_ADDRESS_INFORMATION", "address_readable"),
    ("poa_verifications", "UNPARSABLE_OR_INVALID_ADDRESS", "address_readable"),
    ("poa_verifications", "ADDRESS_MISMATCH_WITH_PROVIDED", "address_match"),
    ("poa_verifications", "NAME_MISMATCH_WITH_PROVIDED", "name_match"),
    ("poa_verifications", "NAME_MISMATCH_ID_VERIFICATION", "address_name_match"),
    ("poa_verifications", "POA_NAME_MISMATCH_BETWEEN_DOCUMENTS", "address_name_match"),
    ("phone_verifications", "PHONE_NUMBER_IN_BLOCKLIST", "phone_risk"),
    ("phone_verifications", "HIGH_RISK_PHONE_NUMBER", "phone_risk"),
    ("phone_verifications", "DISPOSABLE_NUMBER_DETECTED", "phone_risk"),
    ("phone_verifications", "VOIP_NUMBER_DETECTED", "phone_risk"),
    ("phone_verifications", "DUPLICATED_PHONE_NUMBER", "phone_not_duplicate"),
    ("email_verifications", "DUPLICATED_EMAIL", "email_not_duplicate"),
    ("email_verifications", "EMAIL_IN_BLOCKLIST", "email_risk"),
    ("email_verifications", "UNDELIVERABLE_EMAIL_DETECTED", "email_risk"),
    ("email_verifications", "BREACHED_EMAIL_DETECTED", "email_risk"),
    ("email_verifications", "DISPOSABLE_EMAIL_DETECTED", "email_risk"),
    ("ip_analyses", "PRIVATE_NETWORK_DETECTED", "ip_not_anonymous"),
    ("ip_analyses", "COUNTRY_FROM_DOCUMENT_DOES_NOT_MATCH_COUNTRY_FROM_IP", "ip_country_match"),
    ("ip_analyses", "EXPECTED_IP_ADDRESS_MISMATCH", "ip_expected"),
    ("ip_analyses", "DUPLICATED_IP_ADDRESS", "ip_not_duplicate"),
    ("ip_analyses", "DUPLICATED_DEVICE_FINGERPRINT", "device_not_duplicate"),
    ("ip_analyses", "DEVICE_RECOVERED_HIGH_CONFIDENCE", "device_not_duplicate"),
    ("ip_analyses", "IP_ADDRESS_IN_BLOCKLIST", "ip_not_blocklisted"),
    ("ip_analyses", "DEVICE_FINGERPRINT_IN_BLOCKLIST", "device_not_blocklisted"),
    ("ip_analyses", "AUTOMATION_FRAMEWORK_DETECTED", "device_not_bot"),
    ("ip_analyses", "DEVICE_EMULATOR_DETECTED", "device_integrity"),
    ("ip_analyses", "DEVICE_ROOTED_OR_JAILBROKEN", "device_integrity"),
    ("ip_analyses", "DEVICE_RUNTIME_HOOKING_DETECTED", "device_integrity"),
    ("ip_analyses", "DEVICE_APP_TAMPERED", "device_integrity"),
]
LOG_TYPES = [("error", "FAIL"), ("warning", "REVIEW"), ("information", "NOT_APPLICABLE")]


@pytest.mark.parametrize(("log_type", "outcome"), LOG_TYPES)
@pytest.mark.parametrize(("array", "risk", "name"), RISKS)
def test_risk(array: str, risk: str, name: str, log_type: str, outcome: str) -> None:
    report = {"status": "In Review", "node_id": "n", "warnings": [{"risk": risk, "log_type": log_type}]}
    d = draft(bare(**{array: [report]}))
    check = the(d, name)
    assert (check.outcome, check.reasons, check.instance) == (outcome, [risk], "n")
    assert d.reasons == [risk]
    assert d.flags == []


MAIN_RISKS = [
    ("liveness_checks", "LIVENESS_FACE_ATTACK", "liveness"),
    ("liveness_checks", "LOW_LIVENESS_SCORE", "liveness"),
    ("face_matches", "NO_REFERENCE_IMAGE", "face_match"),
    ("face_matches", "LOW_FACE_MATCH_SIMILARITY", "face_match"),
    ("aml_screenings", "POSSIBLE_MATCH_FOUND", "aml"),
    ("database_validations", "DATABASE_VALIDATION_PARTIAL_MATCH", "document_database_match"),
    ("database_validations", "DATABASE_VALIDATION_NO_MATCH", "document_database_match"),
    ("phone_verifications", "VERIFICATION_CODE_ATTEMPTS_EXCEEDED", "phone_verified"),
    ("email_verifications", "EMAIL_CODE_ATTEMPTS_EXCEEDED", "email_verified"),
    ("poa_verifications", "EXPIRED_DOCUMENT", "address_document_valid"),
    ("poa_verifications", "DOCUMENT_EXPIRED", "address_document_valid"),
    ("poa_verifications", "POA_DOCUMENT_NOT_SUPPORTED_FOR_APPLICATION", "address_document_valid"),
    ("poa_verifications", "INVALID_DOCUMENT_TYPE", "address_document_valid"),
    ("poa_verifications", "POOR_DOCUMENT_QUALITY", "address_document_valid"),
    ("poa_verifications", "UNSUPPORTED_DOCUMENT_LANGUAGE", "address_document_valid"),
    ("poa_verifications", "ISSUER_NOT_IDENTIFIED", "address_document_valid"),
    ("poa_verifications", "UNABLE_TO_EXTRACT_ISSUE_DATE", "address_document_valid"),
    ("poa_verifications", "UNABLE_TO_VALIDATE_DOCUMENT_AGE", "address_document_valid"),
    ("poa_verifications", "FUTURE_ISSUE_DATE", "address_document_valid"),
    ("poa_verifications", "DOCUMENT_METADATA_MISMATCH", "address_document_valid"),
    ("poa_verifications", "SUSPECTED_DOCUMENT_MANIPULATION", "address_document_valid"),
]


@pytest.mark.parametrize("status", ["Approved", "Declined", "In Review"])
@pytest.mark.parametrize(("array", "risk", "name"), MAIN_RISKS)
def test_the_features_own_status_stays_authoritative(
    array: str, risk: str, name: str, status: str
) -> None:
    report = {"status": status, "warnings": [{"risk": risk, "log_type": "error"}]}
    check = the(draft(bare(**{array: [report]})), name)
    expected = {"Approved": "PASS", "Declined": "FAIL", "In Review": "REVIEW"}[status]
    assert (check.outcome, check.reasons) == (expected, [risk])


@pytest.mark.parametrize(
    ("array", "risk", "name"),
    [
        ("aml_screenings", "COULD_NOT_PERFORM_AML_SCREENING", "aml"),
        (
            "database_validations",
            "COULD_NOT_PERFORM_DATABASE_VALIDATION",
            "document_database_match",
        ),
    ],
)
@pytest.mark.parametrize("status", ["Approved", "Declined", "In Review"])
def test_a_check_that_did_not_take_place(array: str, risk: str, name: str, status: str) -> None:
    report = {"status": status, "warnings": [{"risk": risk, "log_type": "error"}]}
    check = the(draft(bare(**{array: [report]})), name)
    assert (check.outcome, check.score, check.reasons) == (Outcome.NOT_APPLICABLE, None, [risk])


def test_a_pending_feature_keeps_risks_as_reasons_and_judges_nothing() -> None:
    warnings = [{"risk": "MULTIPLE_FACES_DETECTED", "log_type": "error"}]
    d = draft(bare(status="In Progress", liveness_checks=[{"status": "In Progress", "warnings": warnings}]))
    assert [(c.name, c.outcome, c.reasons) for c in d.checks] == [
        ("liveness", "NOT_APPLICABLE", ["pending", "MULTIPLE_FACES_DETECTED"])
    ]


def test_the_worst_of_several_warnings_counts() -> None:
    warnings = [
        {"risk": "MRZ_NOT_DETECTED", "log_type": "information"},
        {"risk": "BARCODE_VALIDATION_FAILED", "log_type": "error"},
        {"risk": "QR_NOT_DETECTED", "log_type": "warning"},
    ]
    d = draft(bare(id_verifications=[{"status": "Declined", "warnings": warnings}]))
    check = the(d, "document_machine_code")
    assert check.outcome is Outcome.FAIL
    assert check.reasons == ["MRZ_NOT_DETECTED", "BARCODE_VALIDATION_FAILED", "QR_NOT_DETECTED"]


@pytest.mark.parametrize(
    ("array", "name"),
    [("liveness_checks", "liveness"), ("ip_analyses", "vendor.didit.brand_new_risk")],
)
def test_a_risk_nobody_knows_yet(array: str, name: str) -> None:
    warnings = [{"risk": "BRAND_NEW_RISK", "log_type": "error"}]
    d = draft(bare(**{array: [{"status": "Declined", "warnings": warnings}]}))
    assert (the(d, name).outcome, the(d, name).reasons) == ("FAIL", ["BRAND_NEW_RISK"])
    assert d.flags == ["unmapped_value"]
    assert d.reasons == ["BRAND_NEW_RISK", f"unmapped:{array}.warnings.risk"]


def test_a_log_type_nobody_knows_yet_judges_nothing() -> None:
    warnings = [{"risk": "SCREEN_CAPTURE_DETECTED", "log_type": "fatal"}]
    d = draft(bare(id_verifications=[{"status": "Approved", "warnings": warnings}]))
    assert the(d, "document_not_screen").outcome is Outcome.NOT_APPLICABLE
    assert d.flags == ["unmapped_value"]


def test_the_vendors_fact_stands_beside_an_informational_warning() -> None:
    warning = {"risk": "PRIVATE_NETWORK_DETECTED", "log_type": "information"}
    report = {"status": "Approved", "is_vpn_or_tor": True, "warnings": [warning]}
    check = the(draft(bare(ip_analyses=[report])), "ip_not_anonymous")
    assert check.outcome is Outcome.REVIEW
    report["warnings"] = [warning | {"log_type": "error"}]
    check = the(draft(bare(ip_analyses=[report])), "ip_not_anonymous")
    assert check.outcome is Outcome.FAIL


def test_the_status_of_an_ip_analysis_is_kept() -> None:
    d = draft(bare(ip_analyses=[{"status": "Declined", "is_vpn_or_tor": False}]))
    assert the(d, "vendor.didit.ip_analyses").outcome is Outcome.FAIL
    assert the(d, "ip_not_anonymous").outcome is Outcome.PASS
    d = draft(bare(ip_analyses=[{"status": "Not Finished", "is_vpn_or_tor": True}]))
    assert [(c.name, c.outcome, c.reasons) for c in d.checks] == [
        ("ip_not_anonymous", "NOT_APPLICABLE", ["pending"]),
        ("ip_not_hosting", "NOT_APPLICABLE", ["pending"]),
    ]


# -- places ------------------------------------------------------------------------------------


def places(**ip_analysis: Any) -> Draft:
    return draft(bare(ip_analyses=[{"status": "Approved", **ip_analysis}]))


FLOATS = {
    "ip": {"distance_from_id_document": 3.4, "distance_from_poa_document": 1.1},
    "id_document": {"distance_from_ip": 3.4, "distance_from_poa_document": 4.0},
    "poa_document": {"distance_from_ip": 1.1, "distance_from_id_document": 4.0},
}
OBJECTS = {
    spot: {name: {"distance": km, "direction": "S"} for name, km in ends.items()}
    for spot, ends in FLOATS.items()
}
ONE_SIDED = {
    "id_document": {"distance_from_ip": 3.4},
    "poa_document": {"distance_from_ip": {"distance": 1.1}, "distance_from_id_document": 4},
}


@pytest.mark.parametrize("spots", [FLOATS, OBJECTS, ONE_SIDED])
@pytest.mark.parametrize("nest", [lambda s: s, lambda s: {"locations_info": s}])
def test_distances_in_every_form(spots: dict[str, Any], nest: Any) -> None:
    d = places(**nest(spots))
    assert [(x.from_, x.to, x.km) for x in d.vendor_distances] == [
        ("IP", "ID_DOCUMENT", 3.4),
        ("IP", "PROOF_OF_ADDRESS", 1.1),
        ("ID_DOCUMENT", "PROOF_OF_ADDRESS", 4.0),
    ]
    assert d.flags == []


@pytest.mark.parametrize("value", [-3, True, [], "far", {"distance": "far"}])
def test_impossible_distance(value: Any) -> None:
    d = places(ip={"distance_from_id_document": value})
    assert d.vendor_distances == []
    assert d.flags == ["partial"]
    assert d.reasons == ["partial:ip_analyses[0].ip.distance_from_id_document"]


@pytest.mark.parametrize("value", [None, {"distance": None, "direction": None}, {}])
def test_no_distance(value: Any) -> None:
    d = places(ip={"distance_from_id_document": value}, id_document=None)
    assert (d.vendor_distances, d.flags) == ([], [])


def test_network_and_device() -> None:
    d = places(
        ip_address="85.51.20.7",
        ip_country="Spain",
        ip_country_code="ES",
        ip_state="Bizkaia",
        ip_city="Bilbao",
        latitude=43.263,
        longitude=-2.935,
        isp=None,
        organization="Euskal Net",
        is_vpn_or_tor=False,
        is_data_center=None,
        time_zone="Europe/Madrid",
        time_zone_offset=-8,
        device_fingerprint=" f2a31c9d77e0 ",
        device_brand="Apple",
        device_model="iPhone",
        os_family="iOS",
        browser_family="Mobile Safari",
        platform="mobile",
        warnings=[{"risk": "AUTOMATION_FRAMEWORK_DETECTED", "log_type": "information"}],
    )
    (network,) = d.networks
    assert msgspec.to_builtins(network) == {
        "ip": "85.51.20.7",
        "is_global": True,
        "country": "ES",
        "region": "Bizkaia",
        "city": "Bilbao",
        "latitude": 43.263,
        "longitude": -2.935,
        "isp": "Euskal Net",
        "is_anonymous": False,
        "time_zone": "Europe/Madrid",
    }
    (device,) = d.devices
    assert device.fingerprint == "f2a31c9d77e0"
    assert msgspec.to_builtins(device.device) == {
        "strength": "STRONG",
        "brand": "Apple",
        "model": "iPhone",
        "os": "iOS",
        "browser": "Mobile Safari",
        "platform": "mobile",
        "is_bot": True,
    }


def test_a_device_without_fingerprint_is_weak_and_none_is_none() -> None:
    (device,) = places(device_fingerprint=None, os_family="Windows").devices
    assert (device.fingerprint, device.device.strength) == (None, Strength.WEAK)
    assert places(device_fingerprint=None, ip_address="85.51.20.7").devices == []


@pytest.mark.parametrize(
    ("given_ip", "ip", "is_global"),
    [
        ("85.51.20.7", "85.51.20.7", True),
        ("203.0.113.42", "203.0.113.42", False),
        ("10.1.2.3", "10.1.2.3", False),
        ("100.64.0.9", "100.64.0.9", False),
        ("::ffff:85.51.20.7", "85.51.20.7", True),
        ("::ffff:192.168.1.4", "192.168.1.4", False),
        ("2A02:9000:0:0::1", "2a02:9000::1", True),
    ],
)
def test_ip(given_ip: str, ip: str, is_global: bool) -> None:
    (network,) = places(ip_address=given_ip).networks
    assert (network.ip, network.is_global) == (ip, is_global)


@pytest.mark.parametrize("bad", ["111.22.333.44", "localhost", "1.2.3"])
def test_invalid_ip_leaves_the_rest_of_the_network(bad: str) -> None:
    d = places(ip_address=bad, latitude=43.2, longitude=-2.9, ip_country_code="ES")
    (network,) = d.networks
    assert (network.ip, network.is_global, network.country) == (None, None, "ES")
    assert (network.latitude, network.longitude) == (43.2, -2.9)
    assert d.reasons == ["invalid_ip:ip_analyses[0].ip_address"]
    assert bad not in str(d.reasons)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(0, 0), (91, 3), (-90.1, 3), (40, 180.5), (None, 3.0), (40.0, None), ("NaN", 3), ("x", "y"), (True, 3), ([], {})],
)
def test_invalid_coordinates_are_dropped(latitude: Any, longitude: Any) -> None:
    d = places(ip_city="Bilbao", latitude=latitude, longitude=longitude)
    assert (d.networks[0].latitude, d.networks[0].longitude) == (None, None)
    assert d.reasons == ["invalid_coordinates:ip_analyses[0]"]


def test_absent_and_borderline_coordinates_are_no_fault() -> None:
    d = places(ip_city="Bilbao", latitude=None, longitude=None, ip={"location": None})
    assert (d.networks[0].latitude, d.reasons) == (None, [])
    d = places(latitude=-90, longitude="180.0")
    assert (d.networks[0].latitude, d.networks[0].longitude, d.reasons) == (-90.0, 180.0, [])


def test_nested_location_stands_in_and_swapped_pairs_are_dropped() -> None:
    d = places(ip={"location": {"latitude": 43.2, "longitude": -2.9}})
    assert (d.networks[0].latitude, d.networks[0].longitude) == (43.2, -2.9)
    d = places(ip_city="X", latitude=-2.9, longitude=43.2, ip={"location": {"latitude": 43.2, "longitude": -2.9}})
    assert d.networks[0].latitude is None
    assert d.reasons == ["invalid_coordinates:ip_analyses[0]"]


def test_several_networks_each_with_its_own_device() -> None:
    reports = [
        {"status": "Approved", "node_id": "a", "ip_address": "85.51.20.7", "device_fingerprint": "aaaabbbb1"},
        {"status": "Approved", "node_id": "a", "ip_address": "2.139.1.1", "device_fingerprint": "aaaabbbb2"},
    ]
    d = draft(bare(ip_analyses=reports))
    assert [n.ip for n in d.networks] == ["85.51.20.7", "2.139.1.1"]
    assert [x.fingerprint for x in d.devices] == ["aaaabbbb1", "aaaabbbb2"]
    assert [c.instance for c in checks(d, "ip_not_anonymous")] == ["a", "a#2"]


def test_document_location_first_then_the_ip_analysis_lends_its_own() -> None:
    lent = {"latitude": 43.30, "longitude": -2.99}
    own = {"latitude": 43.26, "longitude": -2.93}
    analysis = [{"status": "Approved", "id_document": {"location": lent}, "poa_document": {"location": lent}}]
    parsed = {"city": "Bilbao", "street_1": "Kale Nagusia 1", "region": "Bizkaia", "postal_code": 48001}
    doc = {"status": "Approved", "issuing_state": "ESP", "parsed_address": parsed | {"document_location": own}}
    d = draft(bare(id_verifications=[doc], ip_analyses=analysis))
    id_address, poa_address = d.addresses
    assert msgspec.to_builtins(id_address) == {
        "role": "ID_DOCUMENT",
        "street": "Kale Nagusia 1",
        "city": "Bilbao",
        "region": "Bizkaia",
        "postal_code": "48001",
        "country": "ES",
        "latitude": 43.26,
        "longitude": -2.93,
        "source": "vendor",
    }
    assert (poa_address.role, poa_address.latitude, poa_address.country) == ("PROOF_OF_ADDRESS", 43.30, None)
    doc["parsed_address"] = parsed
    assert draft(bare(id_verifications=[doc], ip_analyses=analysis)).addresses[0].latitude == 43.30
    doc["parsed_address"] = None
    lone = draft(bare(id_verifications=[doc], ip_analyses=analysis)).addresses[0]
    assert (lone.role, lone.latitude, lone.country, lone.city) == ("ID_DOCUMENT", 43.30, "ES", None)


def test_proof_of_address_and_the_address_the_customer_gave() -> None:
    report = {
        "status": "Approved",
        "issuing_state": "PRT",
        "poa_address": "R. Augusta 5, Lisboa",
        "poa_formatted_address": "Rua Augusta 5, 1100-048 Lisboa, Portugal",
        "poa_parsed_address": {"city": "Lisboa", "country": "PT"},
        "expected_details_address": "Rua Augusta 5",
        "expected_details_parsed_address": {"city": "Lisbon"},
        "document_type": "utility_bill",
        "issue_date": "2026-04-15",
    }
    d = draft(bare(poa_verifications=[report]))
    assert [(a.role, a.formatted, a.city, a.country) for a in d.addresses] == [
        (AddressRole.PROOF_OF_ADDRESS, "Rua Augusta 5, 1100-048 Lisboa, Portugal", "Lisboa", "PT"),
        (AddressRole.DECLARED, "Rua Augusta 5", "Lisbon", None),
    ]
    (document,) = d.documents
    assert (document.document.type, document.identifies) == ("UTILITY_BILL", False)
