"""Didit: what each risk becomes. The table is written from the warning pages."""

from __future__ import annotations

import pytest

from streams.contracts.model import Outcome
from tests.vendors.didit.payloads import bare, draft, the


def test_a_warning_of_a_report_that_no_table_has_is_a_reason() -> None:
    risk = "DOCUMENT_AI_EXPECTED_FIELD_MISMATCH"
    made = draft(
        bare(document_ai_documents=[{"warnings": [{"risk": risk, "log_type": "warning"}]}])
    )
    assert risk in made.reasons


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
    (
        "id_verifications",
        "ID_VERIFICATION_DATA_MISMATCH_BETWEEN_DOCUMENTS",
        "document_data_consistent",
    ),
    ("id_verifications", "DOCUMENT_NUMBER_FORMAT_MISMATCH", "document_data_consistent"),
    ("id_verifications", "PERSONAL_NUMBER_FORMAT_MISMATCH", "document_data_consistent"),
    ("id_verifications", "COUNTRY_MISMATCH_WITH_PROVIDED", "document_type_expected"),
    ("id_verifications", "LOW_FRONT_CAMERA_FACE_MATCH_SIMILARITY", "face_match"),
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
    d = draft(bare(**{array: [report]}))
    expected = {"Approved": "PASS", "Declined": "FAIL", "In Review": "REVIEW"}[status]
    assert (the(d, name).outcome, the(d, name).reasons) == (expected, [risk])
    assert d.flags == []


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
    d = draft(bare(**{array: [report]}))
    check = the(d, name)
    assert (check.outcome, check.score, check.reasons) == (Outcome.NOT_APPLICABLE, None, [risk])
    assert d.flags == []


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
