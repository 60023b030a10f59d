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


@pytest.mark.parametrize(
    "payload", [bare(status=None), bare(status=" "), bare() | {"features": []}]
)
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
    check = the(
        draft(bare(aml_screenings=[{"status": "Approved", "score": 42.7, "total_hits": 2}])), "aml"
    )
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
    assert (the(d, "address_name_match").outcome, the(d, "address_name_match").score) == (
        "PASS",
        0.3684,
    )
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
    report = {
        "status": "In Review",
        "node_id": "n",
        "warnings": [{"risk": risk, "log_type": log_type}],
    }
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
    d = draft(
        bare(
            status="In Progress", liveness_checks=[{"status": "In Progress", "warnings": warnings}]
        )
    )
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
    [
        (0, 0),
        (91, 3),
        (-90.1, 3),
        (40, 180.5),
        (None, 3.0),
        (40.0, None),
        ("NaN", 3),
        ("x", "y"),
        (True, 3),
        ([], {}),
    ],
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
    d = places(
        ip_city="X",
        latitude=-2.9,
        longitude=43.2,
        ip={"location": {"latitude": 43.2, "longitude": -2.9}},
    )
    assert d.networks[0].latitude is None
    assert d.reasons == ["invalid_coordinates:ip_analyses[0]"]


def test_several_networks_each_with_its_own_device() -> None:
    reports = [
        {
            "status": "Approved",
            "node_id": "a",
            "ip_address": "85.51.20.7",
            "device_fingerprint": "aaaabbbb1",
        },
        {
            "status": "Approved",
            "node_id": "a",
            "ip_address": "2.139.1.1",
            "device_fingerprint": "aaaabbbb2",
        },
    ]
    d = draft(bare(ip_analyses=reports))
    assert [n.ip for n in d.networks] == ["85.51.20.7", "2.139.1.1"]
    assert [x.fingerprint for x in d.devices] == ["aaaabbbb1", "aaaabbbb2"]
    assert [c.instance for c in checks(d, "ip_not_anonymous")] == ["a", "a#2"]


def test_document_location_first_then_the_ip_analysis_lends_its_own() -> None:
    lent = {"latitude": 43.30, "longitude": -2.99}
    own = {"latitude": 43.26, "longitude": -2.93}
    analysis = [
        {
            "status": "Approved",
            "id_document": {"location": lent},
            "poa_document": {"location": lent},
        }
    ]
    parsed = {
        "city": "Bilbao",
        "street_1": "Kale Nagusia 1",
        "region": "Bizkaia",
        "postal_code": 48001,
    }
    doc = {
        "status": "Approved",
        "issuing_state": "ESP",
        "parsed_address": parsed | {"document_location": own},
    }
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
    assert (poa_address.role, poa_address.latitude, poa_address.country) == (
        "PROOF_OF_ADDRESS",
        43.30,
        None,
    )
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


# -- person, documents, contacts ---------------------------------------------------------------

IDENTITY = {
    "status": "Approved",
    "node_id": "first_id_verification",
    "document_type": "Identity Card",
    "document_number": "BAA000589",
    "issuing_state": "ESP",
    "first_name": "Nerea",
    "last_name": "Agirre Lasa",
    "full_name": "Nerea Agirre Lasa",
    "date_of_birth": "1988-11-30",
    "date_of_issue": "2021-01-15",
    "expiration_date": "2031-01-15",
    "gender": "F",
    "nationality": "ESP",
}


def test_the_approved_document_names_the_person() -> None:
    other = IDENTITY | {
        "status": "Declined",
        "node_id": "second",
        "first_name": "Wrong",
        "document_number": "ZZ91",
    }
    d = draft(bare(id_verifications=[other, IDENTITY]))
    assert d.person is not None
    assert msgspec.to_builtins(d.person) == {
        "first_name": "Nerea",
        "last_name": "Agirre Lasa",
        "full_name": "Nerea Agirre Lasa",
        "birth_date": "1988-11-30",
        "gender": "F",
        "nationality": "ESP",
    }
    assert [(x.number, x.document.status) for x in d.documents] == [
        ("ZZ91", "FAIL"),
        ("BAA000589", "PASS"),
    ]
    assert msgspec.to_builtins(d.documents[1].document) == {
        "type": "ID_CARD",
        "issuing_country": "ESP",
        "issue_date": "2021-01-15",
        "expiry_date": "2031-01-15",
        "status": "PASS",
        "instance": "first_id_verification",
    }


FLAT_CHIP = {
    "document_number": "C0PP12345",
    "name": "IDOIA",
    "surname": "ELIZALDE",
    "country": "D",
    "sex": "F",
}
GROUPED_CHIP = {
    "DG1": {
        "document_number": "C0PP12345",
        "given_names": "IDOIA",
        "surname": "ELIZALDE",
        "country": "D",
    }
}


@pytest.mark.parametrize("chip", [FLAT_CHIP, GROUPED_CHIP])
def test_a_chip_speaks_where_no_document_does(chip: dict[str, Any]) -> None:
    report = {"status": "Approved", "chip_data": chip}
    d = draft(bare(nfc_verifications=[report]))
    assert d.person is not None
    assert (d.person.first_name, d.person.last_name) == ("IDOIA", "ELIZALDE")
    assert [(x.number, x.document.issuing_country) for x in d.documents] == [("C0PP12345", "DEU")]
    beside = draft(bare(nfc_verifications=[report], id_verifications=[IDENTITY]))
    assert [x.number for x in beside.documents] == ["BAA000589"]


@pytest.mark.parametrize(
    ("report", "value", "country"),
    [
        ({"full_number": "+34612345678", "country_code": "ES"}, "+34612345678", "ES"),
        ({"full_number": 34612345678, "phone_number_prefix": 34}, "+34612345678", "ES"),
        ({"phone_number_prefix": "+351", "phone_number": "912345678"}, "+351912345678", "PT"),
        ({"phone_number": "612345678", "country_code": "ES"}, "+34612345678", "ES"),
    ],
)
def test_phone(report: dict[str, Any], value: str, country: str) -> None:
    d = draft(bare(phone_verifications=[{"status": "Approved", "is_virtual": False, **report}]))
    (contact,) = d.contacts
    assert (contact.value, contact.country, contact.verified) == (value, country, True)
    assert (contact.is_virtual, contact.is_disposable) == (False, None)


@pytest.mark.parametrize(
    ("status", "verified_at", "verified"),
    [
        ("Approved", None, True),
        ("Declined", "2026-05-17T10:15:22Z", False),
        ("In Review", "2026-05-17T10:15:22Z", True),
        ("Awaiting User", None, None),
    ],
)
def test_email(status: str, verified_at: str | None, verified: bool | None) -> None:
    report = {
        "status": status,
        "email": " Nerea@Example.com",
        "is_disposable": False,
        "verified_at": verified_at,
    }
    (contact,) = draft(bare(email_verifications=[report])).contacts
    assert (contact.value, contact.verified, contact.is_disposable) == (
        "nerea@example.com",
        verified,
        False,
    )


def test_unreadable_contacts_are_left_out() -> None:
    d = draft(
        bare(
            email={"status": "Approved", "email": "[email protected]"},
            phone={"status": "Approved", "full_number": "n/a"},
        )
    )
    assert d.contacts == []
    assert d.decision is Decision.APPROVED


# -- duplicates that Didit reports -------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        ("id_verifications", LinkKind.DOCUMENT),
        ("liveness_checks", LinkKind.FACE),
        ("phone_verifications", LinkKind.PHONE),
        ("email_verifications", LinkKind.EMAIL),
        ("ip_analyses", LinkKind.IP),
    ],
)
def test_matches(array: str, kind: LinkKind) -> None:
    matches = [
        {
            "session_id": "other",
            "vendor_data": "customer-8",
            "verification_date": "2024-11-04T09:14:02Z",
            "status": "Declined",
        },
        {"session_id": "retry", "vendor_data": "customer-7"},
        {"session_id": SESSION, "vendor_data": None},
        {"session_id": "anonymous", "vendor_data": None, "similarity_percentage": 97.1},
        {"match_image_url": "https://storage.example.com/x.jpg"},
    ]
    d = draft(bare(**{array: [{"status": "Approved", "matches": matches}]}))
    (found,) = d.vendor_duplicates
    assert found.link is kind
    assert [msgspec.to_builtins(x) for x in found.linked] == [
        {
            "vendor": "didit",
            "session_id": "other",
            "subject_id": "customer-8",
            "decision": "DECLINED",
            "seen_at": 1_730_711_642_000,
        },
        {"vendor": "didit", "session_id": "anonymous"},
    ]


@pytest.mark.parametrize("vendor_data", ["customer-7", None])
def test_no_match_of_a_known_other_subject_is_no_duplicate(vendor_data: str | None) -> None:
    matches = [{"session_id": "x", "vendor_data": vendor_data}]
    report = [{"status": "Approved", "matches": matches}]
    assert draft(bare(liveness_checks=report)).vendor_duplicates == []
    assert draft(bare(liveness_checks=report, vendor_data=None)).vendor_duplicates == []


def test_a_device_match_within_an_ip_analysis() -> None:
    matches = [
        {"session_id": "x", "vendor_data": "customer-9", "device_fingerprint": "f2a31c9d77e0"}
    ]
    (found,) = places(matches=matches).vendor_duplicates
    assert found.link is LinkKind.DEVICE


@pytest.mark.parametrize("log_type", ["error", "warning", "information"])
@pytest.mark.parametrize(
    ("array", "risk", "kind"),
    [
        ("liveness_checks", "DUPLICATED_FACE", LinkKind.FACE),
        ("liveness_checks", "POSSIBLE_DUPLICATED_FACE", LinkKind.FACE),
        ("id_verifications", "POSSIBLE_DUPLICATED_USER", LinkKind.SUBJECT),
        ("ip_analyses", "DUPLICATED_DEVICE_FINGERPRINT", LinkKind.DEVICE),
        ("ip_analyses", "DEVICE_RECOVERED_HIGH_CONFIDENCE", LinkKind.DEVICE),
        ("ip_analyses", "DUPLICATED_IP_ADDRESS", LinkKind.IP),
        ("phone_verifications", "DUPLICATED_PHONE_NUMBER", LinkKind.PHONE),
        ("email_verifications", "DUPLICATED_EMAIL", LinkKind.EMAIL),
    ],
)
def test_warnings_that_report_duplicates(
    array: str, risk: str, kind: LinkKind, log_type: str
) -> None:
    warning = {
        "risk": risk,
        "log_type": log_type,
        "additional_data": {"duplicated_session_id": "earlier"},
    }
    d = draft(bare(**{array: [{"status": "Approved", "warnings": [warning]}]}))
    (found,) = d.vendor_duplicates
    assert (found.link, found.reason, [x.session_id for x in found.linked]) == (
        kind,
        risk,
        ["earlier"],
    )
    warning["additional_data"] = None
    (found,) = draft(
        bare(**{array: [{"status": "Approved", "warnings": [warning]}]})
    ).vendor_duplicates
    assert found.linked == []


def test_a_warning_about_ones_own_retry_is_no_duplicate() -> None:
    matches = [{"session_id": "retry", "vendor_data": "customer-7"}]
    for named in ({"duplicated_session_id": "retry"}, None):
        warning = {"risk": "DUPLICATED_FACE", "log_type": "warning", "additional_data": named}
        d = draft(
            bare(
                liveness_checks=[{"status": "In Review", "matches": matches, "warnings": [warning]}]
            )
        )
        assert d.vendor_duplicates == []
        assert the(d, "face_not_duplicate").outcome is Outcome.REVIEW  # the vendor's word stands


# -- deliveries --------------------------------------------------------------------------------


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


@pytest.mark.parametrize("decision", [{}, {"decision": None}])
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


# -- standalone results ------------------------------------------------------------------------


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


# -- refusals ----------------------------------------------------------------------------------


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
        (bare(status=1), "status: expected string, got number"),
        (bare(status={"value": "Approved"}), "status: expected string, got object"),
        (envelope(status=False), "status: expected string, got boolean"),
        (envelope(decision={"status": []}), "decision.status: expected string, got array"),
        (envelope(decision="Approved"), "decision: expected object, got string"),
        (envelope(webhook_type=7), "webhook_type: expected string, got number"),
        (
            {"request_id": {}, "face_search": {"status": "Approved"}},
            "request_id: expected string, got object",
        ),
        (
            {"request_id": "r", "age_estimation": {"status": 5}},
            "age_estimation.status: expected string, got number",
        ),
    ],
)
def test_invalid_type(payload: dict[str, Any], message: str) -> None:
    assert normalize(payload) == Rejection("invalid_type", message)


def test_wrong_types_elsewhere_cost_only_their_own_part() -> None:
    d = draft(
        bare(
            vendor_data={"id": 1},
            workflow_id=["w"],
            id_verifications=[IDENTITY | {"expiration_date": 20310115}, "not a report", None],
            liveness_checks="Approved",
            face_matches=[{"status": 1, "score": 99}],
            aml_screenings=[
                {
                    "status": "Approved",
                    "warnings": [
                        {"risk": 5},
                        {"risk": "POSSIBLE_MATCH_FOUND", "log_type": "warning"},
                    ],
                }
            ],
        )
    )
    assert d.decision is Decision.APPROVED
    assert d.flags == ["partial"]
    assert sorted(r for r in d.reasons if r.startswith("partial:")) == [
        "partial:aml_screenings[0].warnings[0].risk",
        "partial:decision.vendor_data",
        "partial:decision.workflow_id",
        "partial:face_matches[0].status",
        "partial:id_verifications[0].expiration_date",
        "partial:id_verifications[1]",
        "partial:liveness_checks",
    ]
    assert d.documents[0].document.expiry_date is None
    assert d.documents[0].number == "BAA000589"
    assert the(d, "face_match").outcome is Outcome.NOT_APPLICABLE
    assert the(d, "aml").reasons == ["POSSIBLE_MATCH_FOUND"]


def test_nothing_personal_and_no_link_to_media_in_what_is_logged() -> None:
    url = "https://storage.example.com/portrait.jpg?signature=1"
    report = IDENTITY | {
        "portrait_image": url,
        "front_image": url,
        "matches": [{"session_id": "x", "front_image_url": url}],
    }
    d = draft(
        bare(id_verifications=[report], liveness_checks=[{"status": "Approved", "video_url": url}])
    )
    assert "storage.example.com" not in msgspec.json.encode(d).decode()
    said = " ".join([*d.reasons, *d.flags, *(r for c in d.checks for r in c.reasons)])
    assert "Agirre" not in said
    assert "BAA000589" not in said


# -- properties --------------------------------------------------------------------------------

_KEYS = st.sampled_from(
    [
        "session_id",
        "business_session_id",
        "status",
        "decision",
        "webhook_type",
        "event",
        "data",
        "event_id",
        "timestamp",
        "created_at",
        "request_id",
        "face_search",
        "age_estimation",
        "features",
        "reviews",
        "vendor_data",
        "node_id",
        "warnings",
        "matches",
        "risk",
        "log_type",
        "additional_data",
        "duplicated_session_id",
        "score",
        "ip_analyses",
        "ip",
        "location",
        "latitude",
        "longitude",
        "locations_info",
        "id_document",
        "distance_from_ip",
        "distance",
        "ip_address",
        "id_verifications",
        "parsed_address",
        "document_location",
        "document_number",
        "nfc",
        "chip_data",
        "DG1",
        "authenticity",
        "liveness_checks",
        "poa_verifications",
        "phone",
        "email",
        "full_number",
        "registry_checks",
        "company",
        "document_verifications",
        "items",
        "new_status",
        "aml",
        "database_validations",
        "match_type",
        "kyc",
        "total_matches",
        "voice_checks",
    ]
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["Approved", "Declined", "Resubmitted", "status.updated", "error", "DUPLICATED_FACE", "::1"]
    )
)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_KEYS | st.text(max_size=6), inner, max_size=8)
    ),
    max_leaves=40,
)
_OBJECTS = st.dictionaries(_KEYS | st.text(max_size=6), _JSON, max_size=10)


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _reversed(v) for k, v in reversed(value.items())}
    return [_reversed(v) for v in value] if isinstance(value, list) else value


@settings(max_examples=200, deadline=None)
@given(_OBJECTS, st.booleans())
def test_any_object_is_answered_and_key_order_does_not_matter(
    payload: dict[str, Any], sessionlike: bool
) -> None:
    if sessionlike:
        payload = {"session_id": SESSION, "status": "Approved"} | payload
    result = normalize(payload)
    assert isinstance(result, Draft | Rejection | Drop)
    assert normalize(_reversed(payload)) == result
    if isinstance(result, Draft):
        named = [(c.name, c.instance) for c in result.checks]
        assert len(named) == len(set(named))
        assert result.session_id.strip()
