"""AiPrise: each row of its documents against what it must become. Whole payloads: tests/samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.draft import Draft
from streams.model import Check, Decision, Drop, Rejection
from streams.vendors import VENDORS

normalize = VENDORS["aiprise"]
SESSION = "7c1f0a52-93d4-4be8-8e6a-2f5b90c7d113"


def payload(status: Any = "COMPLETED", result: Any = "APPROVED", **fields: Any) -> dict[str, Any]:
    return {
        "aiprise_summary": {"verification_result": result},
        "status": status,
        "verification_session_id": SESSION,
        "created_at": 1_779_013_333_514,
        **fields,
    }


def draft(*args: Any, **fields: Any) -> Draft:
    return draft_of(payload(*args, **fields))


def draft_of(raw: dict[str, Any]) -> Draft:
    result = normalize(raw)
    assert isinstance(result, Draft), result
    return result


def checks(made: Draft, name: str) -> list[Check]:
    return [c for c in made.checks if c.name == name]


def only(made: Draft, name: str) -> Check:
    (found,) = checks(made, name)
    return found


# -- the decision ------------------------------------------------------------------------------

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
    assert ("unmapped_value" in made.flags) is (status == "ARCHIVED")
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


# -- identity, times, environment --------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", 5),
        ("status", True),
        ("status", ["COMPLETED"]),
        ("aiprise_summary", "APPROVED"),
        ("aiprise_summary", {"verification_result": 1}),
        ("verification_session_id", True),
        ("verification_session_id", ["a"]),
        ("verification_session_id", 1.5),
        ("client_reference_id", {"id": "a"}),
        ("event_type", 3),
    ],
)
def test_what_the_decision_rests_on_is_read_strictly(field: str, value: Any) -> None:
    rejected = normalize(payload() | {field: value})
    assert isinstance(rejected, Rejection)
    assert rejected.code == "invalid_type"
    assert rejected.message.startswith(field)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_no_session_no_event(value: Any) -> None:
    rejected = normalize(payload(verification_session_id=value))
    assert isinstance(rejected, Rejection)
    assert rejected.code == "missing_identity"


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"verification_session_id": SESSION},
        {"session_id": SESSION, "status": "Approved", "vendor_data": "u-1"},
        {"webhook_type": "status.updated", "session_id": SESSION, "decision": {}},
        {"event": "Finished Journey", "body": {"journeyId": "6512"}},
        {"summary": {}, "selfies": [], "user_id": "u"},
        {"journey_id": "6512", "system_decision": "Complete"},
        {"event_type": "user_created", "id": "1"},
    ],
)
def test_other_shapes_are_unknown(raw: dict[str, Any]) -> None:
    rejected = normalize(raw)
    assert isinstance(rejected, Rejection)
    assert rejected.code == "unknown_shape"


def test_ids_are_text_trimmed_and_may_be_numbers() -> None:
    made = draft(verification_session_id=90017, client_reference_id=" customer-88 ", template_id=3)
    assert (made.session_id, made.subject_id, made.workflow_id) == ("90017", "customer-88", "3")
    assert draft(client_reference_id=None).subject_id is None


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


# -- sections ----------------------------------------------------------------------------------

SECTION = [
    ("COMPLETED", "APPROVED", "PASS", []),
    ("COMPLETED", "DECLINED", "FAIL", []),
    ("COMPLETED", "REVIEW", "REVIEW", []),
    ("COMPLETED", "UNKNOWN", "NOT_APPLICABLE", []),
    ("COMPLETED", "FOUND", "PASS", ["data_found"]),
    ("COMPLETED", "NOT_FOUND", "REVIEW", []),
    ("COMPLETED", None, "NOT_APPLICABLE", []),
    (None, "APPROVED", "PASS", []),
    ("PENDING", "APPROVED", "NOT_APPLICABLE", ["pending"]),
    ("RUNNING", None, "NOT_APPLICABLE", ["pending"]),
    ("NOT_STARTED", None, "NOT_APPLICABLE", ["pending"]),
    ("SUBMITTED", None, "NOT_APPLICABLE", ["pending"]),
    ("FAILED", "DECLINED", "REVIEW", ["CUSTOM_ERROR_CODE"]),
    ("COMPLETED", "ESCALATED", "NOT_APPLICABLE", ["unmapped"]),
    ("ARCHIVED", "APPROVED", "NOT_APPLICABLE", ["unmapped"]),
]
PLACES = {
    "document_authentic": lambda s: {"id_info": s},
    "face_match": lambda s: {"face_match_info": s},
    "liveness": lambda s: {"face_liveness_info": s},
    "aml": lambda s: {"aml_info": s},
    "business_registry": lambda s: {"business_info": s},
    "document_database_match": lambda s: {"id_info": {"lookup_details": {"lookup_list": [s]}}},
    "ip_not_anonymous": lambda s: {"fraud_insights": {"ip_insights": s}},
    "device_not_bot": lambda s: {"fraud_insights": {"device_insights": s}},
    "email_risk": lambda s: {"fraud_insights": {"email_insights": [s]}},
    "phone_risk": lambda s: {"fraud_insights": {"phone_insights": [s]}},
    "geolocation_consistent": lambda s: {"fraud_insights": {"geolocation_insights": s}},
    "subject_not_duplicate": lambda s: {"fraud_insights": {"related_session_insights": s}},
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize(("status", "result", "outcome", "reasons"), SECTION)
def test_every_section_follows_one_table(
    name: str, status: str | None, result: str | None, outcome: str, reasons: list[str]
) -> None:
    section = {"status": status, "result": result}
    if status == "FAILED":
        section["status_reasons"] = [{"code": "CUSTOM_ERROR_CODE", "message": "x"}]
    made = draft(**PLACES[name](section))
    found = only(made, name)
    assert (found.outcome, found.reasons) == (outcome, reasons)
    assert ("unmapped_value" in made.flags) is (reasons == ["unmapped"])
    assert made.decision is Decision.APPROVED


@pytest.mark.parametrize(
    "absent", [{}, {"id_info": None, "aml_info": None, "fraud_insights": None}]
)
def test_an_absent_section_is_no_check(absent: dict[str, None]) -> None:
    assert draft(**absent).checks == []


@pytest.mark.parametrize(
    ("given", "score", "kind", "reasons"),
    [
        (98.59, 0.9859, "VENDOR", []),
        ("98.59", 0.9859, "VENDOR", []),
        (0, 0.0, "VENDOR", []),
        (None, 1.0, "DERIVED", []),
        (150, 1.0, "DERIVED", ["invalid_value"]),
        ("high", 1.0, "DERIVED", ["invalid_value"]),
    ],
)
def test_face_match_score(given: Any, score: float, kind: str, reasons: list[str]) -> None:
    section = {"result": "APPROVED", "status": "COMPLETED", "face_match_score": given}
    found = only(draft(face_match_info=section), "face_match")
    assert (found.score, found.score_kind, found.reasons) == (score, kind, reasons)


def test_aml_hits_are_reasons_and_no_score() -> None:
    hits = [{"aml_hits": [{"hit_type": "SANCTION"}, {"hit_type": "PEP"}, {"hit_type": "x y"}]}]
    section = {"result": "APPROVED", "status": "COMPLETED", "num_hits": 2, "entity_hits": hits}
    found = only(draft(aml_info=section), "aml")
    assert (found.outcome, found.score, found.raw_value) == ("PASS", None, "2")
    assert found.reasons == ["aml_hits", "SANCTION", "PEP"]
    clear = {"result": "APPROVED", "num_hits": 0, "entity_hits": None}
    assert only(draft(aml_info=clear), "aml").reasons == []


# -- codes -------------------------------------------------------------------------------------

CODES = """
UNRECOGNIZED_DOCUMENT document_supported
DOCUMENT_TYPE_MISMATCH ID_TYPE_MISMATCH ID_NOT_ALLOWED ID_COUNTRY_MISMATCH document_type_expected
UNREADABLE_DOCUMENT DOCUMENT_NOT_FOUND DOCUMENT_FRONT_MISSING document_readable
DOCUMENT_BACK_MISSING document_readable
DOCUMENT_FRONT_OR_BACK_MISSING UNABLE_TO_EXTRACT_DATA MISSING_EXPIRY_DATE document_readable
MISSING_ISSUE_DATE MISSING_BIRTH_DATE MISSING_DOCUMENT_NUMBER document_readable
MISSING_PERSONAL_NUMBER MISSING_ADDRESS MISSING_POSTCODE MISSING_NAME document_readable
MISSING_GENDER MISSING_NATIONALITY MISSING_DOCUMENT_DETAILS document_readable
INVALID_DOCUMENT_DETAILS EXPIRY_AND_ISSUE_DATE_MISSING document_readable
EXPIRY_DATE_MISSING_USING_ISSUE_DATE UNABLE_TO_EXTRACT_DOCUMENT_METADATA document_readable
BROKEN_DOCUMENT INVALID_FILE_EXTENSION FILE_TOO_LARGE DOCUMENT_SIZE_TOO_LARGE document_readable
DOCUMENT_DAMAGED DOCUMENT_CROPPED DOCUMENT_TOO_FAR IMAGE_TOO_SMALL document_image_quality
GLARE_DETECTED IMAGE_TOO_BLURRY DOCUMENT_MINOR_DIGITAL_ARTIFACTS document_image_quality
DOCUMENT_EXPIRED document_not_expired
DOCUMENT_FRONT_BACK_MISMATCH MRZ_DATA_MISMATCH document_data_consistent
CHECK_DIGIT_FAILED document_checksum
DOCUMENT_FACE_NOT_FOUND document_face_present
DOCUMENT_TAMPERED IMAGE_FORGED_EDITED FEATURE_VERIFICATION_FAILED FAKE_ID document_authentic
TEXT_FORGERY DOCUMENT_FOUND_ON_INTERNET DOCUMENT_REQUIRES_REVIEW document_authentic
ARTIFICIAL_IMAGE ARTIFICIAL_TEXT document_not_synthetic
SCREEN_DETECTED DOCUMENT_PHOTO_OF_PHOTO document_not_screen
PRINTOUT_DETECTED BLACK_WHITE_DOCUMENT document_not_printed
ID_PREVIOUSLY_SEEN ID_PREVIOUSLY_ATTEMPTED document_not_duplicate
DATABASE_LOOKUP_ISSUE ID_NUMBER_NOT_VERIFIED INVALID_ID_NUMBER_SUPPLIED document_database_match
LOOKUP_SOURCE_DOWN LOOKUP_FACE_NOT_FOUND ID_DATA_MISMATCH document_database_match
NAME_VERIFICATION_FAILED name_match
BIRTH_DATE_MISMATCH DOB_VERIFICATION_FAILED birth_date_match
AGE_UNDER_18 minimum_age
FACE_NOT_FOUND MULTIPLE_FACES single_face
FACE_MISMATCH LOW_FACE_SIMILARITY face_match
FACE_IDENTICAL FACE_NOT_LIVE FACE_LIVENESS_REVIEW_REQUIRED FACE_PHOTO_OF_PHOTO liveness
FACE_EDITED FACE_DEEPFAKE SELFIE_VIDEO_FRAUD VIDEO_INJECTION_DETECTED liveness
VIRTUAL_CAMERA_DETECTED liveness
FACE_COVERED FACE_BLUR FACE_TOO_CLOSE FACE_CROPPED FACE_TOO_SMALL face_quality
FACE_ANGLE_TOO_LARGE FACE_LIVENESS_TOO_FAR_FROM_CAMERA SELFIE_VIDEO_MISSING face_quality
FACE_AGE_MISMATCH face_age_consistent
FACE_PREVIOUSLY_ONBOARDED face_not_duplicate
ADDRESS_MISMATCH ADDRESS_ZIPCODE_MISMATCH ADDRESS_DOCUMENT_ADDRESS_MISMATCH address_match
ADDRESS_DOCUMENTS_NOT_SAME address_match
ADDRESS_DOCUMENT_MISSING_ADDRESS address_readable
ADDRESS_DOCUMENT_MISSING_NAME ADDRESS_DOCUMENT_NAME_VERIFICATION_FAILED address_name_match
ADDRESS_DOCUMENT_MISSING_ISSUE_DATE ADDRESS_DOCUMENT_DOCUMENT_EXPIRED address_document_valid
ADDRESS_DOCUMENT_DOCUMENT_NOT_ISSUED_RECENTLY address_document_valid
ADDRESS_DOCUMENT_UNRECOGNIZED_DOCUMENT PO_BOX_DETECTED address_document_valid
AML_MATCH BACKGROUND_CHECK_ALERT aml
IP_ADDRESS_SUSPICIOUS TOR_DETECTED VPN_DETECTED ip_not_anonymous
IP_ADDRESS_PREVIOUSLY_SEEN IP_ADDRESS_PREVIOUSLY_ATTEMPTED ip_not_duplicate
BROWSER_PREVIOUSLY_SEEN BROWSER_PREVIOUSLY_ATTEMPTED device_not_duplicate
BOT_DETECTED device_not_bot
PRIVACY_SETTINGS_BLOCKED SUSPICIOUS_USER_BEHAVIOUR device_integrity
GEOLOCATION_MISMATCH geolocation_consistent
EMAIL_NOT_FOUND EMAIL_ADDRESS_MISMATCH email_risk
PHONE_NUMBER_NOT_FOUND PHONE_NUMBER_MISMATCH phone_risk
COMPANY_NAME_MISMATCH BUSINESS_ID_NOT_VERIFIED WEBSITE_NOT_FOUND business_registry
SOCIAL_MEDIA_ABSENT business_registry
TERMS_AND_CONDITIONS_MISSING PARKED_WEBSITE STOCK_IMAGES_FOUND business_registry
REGISTRATION_STATUS_INACTIVE INCONSISTENCIES_IN_WEBSITE_CONTENT business_registry
PLACEHOLDER_TEXT_FOUND_IN_WEBSITE_CONTENT INVALID_WEBSITE_SSL business_registry
KEYWORD_MATCHES_FOUND HIGH_RISK_INDUSTRY_MATCHES_FOUND business_registry
PROHIBITED_INDUSTRY_MATCHES_FOUND business_registry
"""
CODE_ROWS = [
    (code, line.split()[-1]) for line in CODES.strip().splitlines() for code in line.split()[:-1]
]
RESULT_OUTCOMES = {
    "APPROVED": "PASS",
    "DECLINED": "FAIL",
    "REVIEW": "REVIEW",
    "UNKNOWN": "NOT_APPLICABLE",
}


@pytest.mark.parametrize("result", RESULT_OUTCOMES)
@pytest.mark.parametrize(("code", "name"), CODE_ROWS)
def test_a_code_is_a_reason_and_the_result_decides(code: str, name: str, result: str) -> None:
    warnings = [{"code": code, "message": "a text", "warning_id": "w", "resolution_status": ""}]
    section = {"status": "COMPLETED", "result": result, "warnings": warnings}
    made = draft(id_info=section)
    found = only(made, name)
    assert found.outcome == RESULT_OUTCOMES[result]
    assert found.reasons == [code]
    main = only(made, "document_authentic")
    assert main.outcome == RESULT_OUTCOMES[result]
    assert main.reasons == ([code] if name == "document_authentic" else [])


POSITIVE = [
    "NO_GLARES_DETECTED", "IMAGE_IN_FOCUS", "GOOD_IMAGE_RESOLUTION", "GOOD_IMAGE_COLOR",
    "GOOD_IMAGE_PERSPECTIVE", "DOCUMENT_FULLY_PRESENT", "PORTRAIT_PRESENT_IN_IMAGE",
    "GOOD_IMAGE_BRIGHTNESS", "NO_OCCLUSION_DETECTED", "GOOD_IMAGE_QUALITY",
    "IMAGE_DOCUMENT_TYPE_DETECTED", "IMAGE_TEXT_FIELDS_VERIFIED",
]  # fmt: skip


@pytest.mark.parametrize("code", POSITIVE)
def test_positive_codes_pass_even_beside_a_decline(code: str) -> None:
    made = draft(
        id_info={"status": "COMPLETED", "result": "DECLINED", "warnings": [{"code": code}]}
    )
    quality = only(made, "document_image_quality")
    assert (quality.outcome, quality.reasons) == ("PASS", [code])


def test_a_positive_code_does_not_outweigh_a_negative_one() -> None:
    warnings = [{"code": "IMAGE_IN_FOCUS"}, {"code": "GLARE_DETECTED"}]
    made = draft(id_info={"status": "COMPLETED", "result": "REVIEW", "warnings": warnings})
    assert only(made, "document_image_quality").outcome == "REVIEW"


@pytest.mark.parametrize("code", ["CUSTOM_ERROR_CODE", "SOMETHING_NEW_2027"])
def test_technical_and_new_codes_stay_with_their_section(code: str) -> None:
    made = draft(face_liveness_info={"result": "REVIEW", "warnings": [{"code": code}, code]})
    assert [(c.name, c.reasons) for c in made.checks] == [("liveness", [code])]


def test_warnings_of_the_roll_up_join_the_check_that_is_there() -> None:
    ip = {"status": "COMPLETED", "result": "REVIEW", "warnings": [{"code": "VPN_DETECTED"}]}
    warnings = [{"code": c} for c in ("VPN_DETECTED", "BROWSER_PREVIOUSLY_SEEN", "NEW_CODE")]
    fraud = {"status": "COMPLETED", "result": "REVIEW", "warnings": warnings, "ip_insights": ip}
    made = draft(fraud_insights=fraud)
    assert [(c.name, c.outcome, c.reasons) for c in made.checks] == [
        ("ip_not_anonymous", "REVIEW", ["VPN_DETECTED"]),
        ("device_not_duplicate", "REVIEW", ["BROWSER_PREVIOUSLY_SEEN"]),
    ]
    assert made.reasons == ["NEW_CODE"]
    assert [d.link for d in made.vendor_duplicates] == ["DEVICE"]
    assert made.networks[0].is_anonymous is True


# -- fraud insights and documents --------------------------------------------------------------


def fraud(**insights: Any) -> Draft:
    return draft(fraud_insights={"status": "COMPLETED", "result": "UNKNOWN", **insights})


@pytest.mark.parametrize("sign", ["vpn", "proxy", "tor", "active_vpn", "active_tor"])
@pytest.mark.parametrize(
    ("given", "anonymous"),
    [
        (True, True), ("true", True), ("YES", True), (1, True),
        (False, False), ("false", False), (None, None), ("maybe", None),
    ],
)  # fmt: skip
def test_signs_of_anonymity(sign: str, given: Any, anonymous: bool | None) -> None:
    silent = fraud(ip_insights={"result": "UNKNOWN", "ip_address": "41.58.0.10", sign: given})
    assert silent.networks[0].is_anonymous is anonymous
    check = only(silent, "ip_not_anonymous")
    assert (check.outcome, check.reasons) == (
        ("REVIEW", [sign]) if anonymous else ("NOT_APPLICABLE", [])
    )
    judged = fraud(ip_insights={"result": "APPROVED", sign: given})
    assert only(judged, "ip_not_anonymous").outcome == "PASS"


@pytest.mark.parametrize("result", ["APPROVED", "UNKNOWN", "REVIEW", None])
@pytest.mark.parametrize("bot", [True, "true"])
def test_a_bot_fails_whatever_the_result(result: str | None, bot: Any) -> None:
    made = fraud(device_insights={"result": result, "bot_status": bot})
    assert only(made, "device_not_bot").outcome == "FAIL"
    assert made.devices[0].device.is_bot is True
    assert only(fraud(ip_insights={"result": result, "bot_status": bot}), "device_not_bot").reasons


@pytest.mark.parametrize("sign", ["incognito", "privacy_settings"])
@pytest.mark.parametrize(
    ("result", "given", "outcome"),
    [
        ("UNKNOWN", True, "REVIEW"),
        ("UNKNOWN", False, "NOT_APPLICABLE"),
        ("APPROVED", True, "PASS"),
        ("APPROVED", False, "PASS"),
        ("REVIEW", True, "REVIEW"),
    ],
)
def test_signs_of_a_guarded_device(sign: str, result: str, given: bool, outcome: str) -> None:
    made = fraud(device_insights={"result": result, sign: given})
    found = only(made, "device_integrity")
    assert (found.outcome, found.reasons) == (outcome, [sign] if given else [])


@pytest.mark.parametrize(
    ("given", "ip", "is_global", "reason"),
    [
        ("41.58.0.10", "41.58.0.10", True, None),
        ("::ffff:41.58.0.10", "41.58.0.10", True, None),
        ("10.0.0.4", "10.0.0.4", False, None),
        ("100.64.0.9", "100.64.0.9", False, None),
        ("203.0.113.7", "203.0.113.7", False, None),
        ("111.22.333.44", None, None, "invalid_ip:fraud_insights.ip_insights.ip_address"),
        ("", None, None, None),
    ],
)
def test_ip_addresses(given: str, ip: str | None, is_global: bool | None, reason: Any) -> None:
    made = fraud(ip_insights={"ip_address": given, "internet_service_provider": "Example Net"})
    assert (made.networks[0].ip, made.networks[0].is_global) == (ip, is_global)
    assert made.reasons == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (6.45, 3.39, (6.45, 3.39)),
        ("6.45", "3.39", (6.45, 3.39)),
        (-90, 180, (-90.0, 180.0)),
        (None, None, None),
        (0, 0, "bad"),
        ("0.0", "0", "bad"),
        (6.45, None, "bad"),
        (103.68, 1.35, "bad"),
        (1.35, 190, "bad"),
        ("north", "3.39", "bad"),
        (True, False, "bad"),
    ],
)
@pytest.mark.parametrize("where", ["ip_insights.location", "geolocation_insights"])
def test_coordinates(where: str, latitude: Any, longitude: Any, expected: Any) -> None:
    given = {"latitude": latitude, "longitude": longitude, "city": "Lagos"}
    if where == "geolocation_insights":
        made = fraud(geolocation_insights=given | {"accuracy": "35"})
        places = [(a.latitude, a.longitude) for a in made.addresses]
        assert all(a.role == "GEOLOCATION" and a.radius_km == 0.035 for a in made.addresses)
    else:
        made = fraud(ip_insights={"location": given})
        places = [(n.latitude, n.longitude) for n in made.networks if n.latitude is not None]
        assert made.networks[0].city == "Lagos"
    assert places == ([expected] if isinstance(expected, tuple) else [])
    bad = [f"invalid_coordinates:fraud_insights.{where}"]
    assert made.reasons == (bad if expected == "bad" else [])


@pytest.mark.parametrize(
    ("accuracy", "radius"),
    [("35", 0.035), (1500.0, 1.5), (0, 0.0), (None, None), ("-1", None), ("near", None)],
)
def test_accuracy_is_in_metres(accuracy: Any, radius: float | None) -> None:
    made = fraud(geolocation_insights={"latitude": 6.4, "longitude": 3.3, "accuracy": accuracy})
    assert made.addresses[0].radius_km == radius


def test_data_of_brokers_is_not_the_applicants() -> None:
    person = {
        "addresses": [{"address_city": "Quito", "latitude": "-0.2", "longitude": "-78.5"}],
        "ip_addresses": [{"value": "186.4.0.1"}],
        "names": [{"value": "Rosa Quispe"}],
        "email_address": {"value": "rosa@example.com"},
        "phone_number": "+593991234567",
    }
    made = fraud(
        email_insights=[
            {"result": "FOUND", "email": "Ifeoma.Obi@Example.com", "persons": [person]}
        ],
        phone_insights=[{"result": "FOUND", "phone_number": "+2348031234567", "persons": [person]}],
    )
    assert (made.addresses, made.networks, made.person, made.devices) == ([], [], None, [])
    assert [c.value for c in made.contacts] == ["ifeoma.obi@example.com", "+2348031234567"]


@pytest.mark.parametrize(
    ("relation", "link", "name"),
    [
        ("BROWSER", "DEVICE", "device_not_duplicate"),
        ("SAME_DEVICE", "DEVICE", "device_not_duplicate"),
        ("FACE", "FACE", "face_not_duplicate"),
        ("IP_ADDRESS", "IP", "ip_not_duplicate"),
        ("PHONE_NUMBER", "PHONE", "phone_not_duplicate"),
        ("EMAIL", "EMAIL", "email_not_duplicate"),
        ("ID_NUMBER", "DOCUMENT", "document_not_duplicate"),
        ("CLIENT_REFERENCE", "SUBJECT", "subject_not_duplicate"),
        (None, "SUBJECT", "subject_not_duplicate"),
    ],
)
def test_related_sessions_are_duplicates_by_what_they_share(
    relation: str | None, link: str, name: str
) -> None:
    session = {
        "verification_session_id": "other",
        "relation": relation,
        "status": "COMPLETED",
        "result": "DECLINED",
        "created_at": 1_779_000_000_000,
    }
    related = {"status": "COMPLETED", "result": "REVIEW", "related_sessions": [session, session]}
    made = fraud(related_session_insights=related)
    (duplicate,) = made.vendor_duplicates
    (linked,) = duplicate.linked
    assert (duplicate.link, linked.session_id, linked.decision) == (link, "other", "DECLINED")
    assert linked.seen_at == 1_779_000_000_000
    found = only(made, name)
    assert (found.outcome, found.reasons) == ("REVIEW", [relation] if relation else [])


FIELDS = [
    ({"matched": ["CURP"], "unmatched": []}, "PASS", []),
    ({"matched": ["CURP"], "unmatched": ["NIN"]}, "REVIEW", ["unmatched", "unmatched:NIN"]),
    ({"matched": None, "unmatched": ["a b c"]}, "REVIEW", ["unmatched"]),
    ({"matched": [], "unmatched": []}, "NOT_APPLICABLE", ["not_run"]),
    ({"matched": True}, "PASS", []),
    ({"matched": True, "unmatched": False}, "PASS", []),
    ({"matched": False, "unmatched": True}, "REVIEW", ["unmatched"]),
    ({"matched": False}, "REVIEW", ["unmatched"]),
    ({"matched": False, "unmatched": False}, "NOT_APPLICABLE", ["not_run"]),
    ({"matched": None, "unmatched": None}, "NOT_APPLICABLE", ["not_run"]),
    (True, "PASS", []),
    (False, "REVIEW", ["unmatched"]),
]
FIELD_CHECKS = {
    "first_name": "name_match", "middle_name": "name_match", "last_name": "name_match",
    "second_last_name": "name_match", "full_name": "name_match",
    "birth_date": "birth_date_match", "gender": "gender_match", "id_number": "id_number_match",
    "personal_number": "id_number_match", "id_expiry_date": "document_dates_coherent",
    "id_issue_date": "document_dates_coherent", "blood_type": "vendor.aiprise.blood_type",
}  # fmt: skip


@pytest.mark.parametrize(("crosscheck", "outcome", "reasons"), FIELDS)
@pytest.mark.parametrize(("key", "name"), FIELD_CHECKS.items())
def test_crosschecked_fields(
    key: str, name: str, crosscheck: Any, outcome: str, reasons: list[str]
) -> None:
    found = only(draft(id_info={"field_info": {key: crosscheck}}), name)
    assert (found.outcome, found.reasons, found.instance) == (outcome, reasons, key)
    assert found.vendor_key == f"id_info.field_info.{key}"


def test_a_proof_of_address_identifies_nobody_and_the_first_document_names_the_person() -> None:
    tax = {"additional_info_response_type": "ID_INFO", "data": {"first_name": "Ada"}}
    bill = {"additional_info_response_type": "ADDRESS_VERIFICATION", "data": {}}
    made = draft(id_info={"first_name": "Ifeoma", "id_number": "A1"}, additional_info=[tax, bill])
    assert made.person is not None
    assert made.person.first_name == "Ifeoma"
    assert [d.identifies for d in made.documents] == [True, False]


@pytest.mark.parametrize("hash_", ["null", "unknown", "q7RmT0xW2cVb9LzK4eYd", 8137742])
def test_the_hash_of_the_browser_is_handed_on_as_it_is(hash_: Any) -> None:
    made = fraud(ip_insights={"unique_hash": hash_})
    assert [(d.fingerprint, d.device.strength) for d in made.devices] == [(str(hash_), "MEDIUM")]


@pytest.mark.parametrize("hash_", [None, "", "  "])
def test_no_hash_no_device(hash_: Any) -> None:
    assert fraud(ip_insights={"unique_hash": hash_}).devices == []


# -- callbacks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        {"event_type": "VERIFICATION_SESSION_STARTED", "verification_session_id": SESSION},
        {"event_type": "VERIFICATION_SESSION_STARTED"},
        {"event_type": "COMMENT", "verification_session_id": SESSION, "comment": "hello"},
        {"event_type": "SECTION_INFO_UPDATE", "verification_session_id": SESSION, "data": {}},
        {"event_type": "SOMETHING_NEW", "verification_session_id": SESSION},
        {"user_profile_event_type": "USER_PROFILE_CREATE", "user_profile_id": "p"},
        {"business_profile_event_type": "ADD_OFFICER", "business_profile_id": "p"},
    ],
)
def test_events_that_decide_nothing_are_dropped(raw: dict[str, Any]) -> None:
    assert normalize(raw) == Drop("unsupported_event")


THIN = [
    ("VERIFICATION_REQUEST_SUBMITTED", None, "PENDING", "SUBMITTED"),
    ("VERIFICATION_SESSION_COMPLETION", "APPROVED", "APPROVED", "COMPLETED"),
    ("VERIFICATION_SESSION_COMPLETION", "DECLINED", "DECLINED", "COMPLETED"),
    ("VERIFICATION_SESSION_COMPLETION", "UNKNOWN", "REVIEW", "COMPLETED"),
    ("VERIFICATION_SESSION_COMPLETION", None, "UNDETERMINED", "COMPLETED"),
    ("CASE_STATUS_UPDATE", "APPROVED", "APPROVED", "COMPLETED"),
    ("CASE_STATUS_UPDATE", "DECLINED", "DECLINED", "COMPLETED"),
    ("CASE_STATUS_UPDATE", "REVIEW", "REVIEW", "COMPLETED"),
    ("CASE_STATUS_UPDATE", "UNKNOWN", "UNDETERMINED", "UNKNOWN"),
    ("CASE_STATUS_UPDATE", "REOPENED", "UNDETERMINED", "UNKNOWN"),
    ("CASE_STATUS_UPDATE", None, "UNDETERMINED", "UNKNOWN"),
    ("AML_MONITORING_UPDATE", None, "UNDETERMINED", "UNKNOWN"),
]


@pytest.mark.parametrize(("event", "result", "decision", "lifecycle"), THIN)
@pytest.mark.parametrize("wrapped", [False, True])
def test_thin_events(
    event: str, result: str | None, decision: str, lifecycle: str, wrapped: bool
) -> None:
    told = {"verification_session_id": SESSION, "verification_result": result}
    made = draft_of({"event_type": event, **({"data": told} if wrapped else told)})
    assert (made.decision, made.lifecycle) == (decision, lifecycle)
    assert "thin" in made.flags
    assert made.checks == []
    manual = event == "CASE_STATUS_UPDATE"
    assert (made.decided_by == "MANUAL") is manual
    assert made.may_regress is manual
    assert made.vendor_status["event_type"] == event


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


@pytest.mark.parametrize("wrapper", ["data", "payload", "response", "result"])
def test_a_callback_may_wrap_a_whole_response(wrapper: str) -> None:
    inner = payload(face_liveness_info={"result": "APPROVED", "status": "COMPLETED"})
    made = draft_of(
        {
            "event_type": "VERIFICATION_SESSION_COMPLETION",
            "callback_uuid": "cb-1",
            "created_at": 1_779_013_999_000,
            wrapper: inner,
        }
    )
    assert (made.decision, made.vendor_event_id, made.ordered) == ("APPROVED", "cb-1", True)
    assert made.occurred_at == 1_779_013_999_000
    assert [c.name for c in made.checks] == ["liveness"]
    assert made.flags == []


def test_a_profile_callback_brings_a_whole_response() -> None:
    made = draft(user_profile_event_type="RUN_USER_VERIFICATION", user_profile_id="profile-9")
    assert (made.decision, made.vendor_subject_id) == ("APPROVED", "profile-9")


def test_a_null_within_does_not_hide_what_the_callback_says() -> None:
    inner = payload(client_reference_id=None)
    event = "VERIFICATION_SESSION_COMPLETION"
    made = draft_of({"event_type": event, "client_reference_id": "customer-88", "data": inner})
    assert made.subject_id == "customer-88"


# -- total -------------------------------------------------------------------------------------

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["COMPLETED", "APPROVED", "FAILED", "REVIEW", "DOCUMENT_EXPIRED", "true"])
)
KEY_NAMES = """
aiprise_summary verification_result status result warnings code status_reasons id_info
face_match_info face_match_score aml_info num_hits entity_hits aml_hits additional_info data
additional_info_type additional_info_response_type fraud_insights ip_insights location latitude
longitude vpn unique_hash device_insights bot_status email_insights email domain_info
phone_insights phone_number country geolocation_insights accuracy related_session_insights
related_sessions relation verification_session_id lookup_details lookup_list field_info
first_name matched unmatched address parsed_address created_at environment event_type
aml_monitoring_update risk_info scoring risk_level reason section_id
"""
KEYS = st.text(max_size=6) | st.sampled_from(KEY_NAMES.split())
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5)
)
SECTION_NAMES = st.sampled_from(
    ["id_info", "face_match_info", "aml_info", "additional_info", "fraud_insights", "created_at"]
)
RESPONSES = ["ID_INFO", "ADDRESS_VERIFICATION", "DOCUMENT_INSIGHTS", "LOOKUP_DATA", "NEW"]


@given(st.dictionaries(KEYS, JSON, max_size=8))
def test_no_object_is_too_much(raw: dict[str, Any]) -> None:
    assert isinstance(normalize(raw), Draft | Rejection | Drop)


@given(st.dictionaries(SECTION_NAMES, JSON, max_size=4), st.sampled_from(RESPONSES), JSON)
def test_no_section_is_too_much(sections: dict[str, Any], response: str, data: Any) -> None:
    extra = {"additional_info_response_type": response, "data": data}
    whole = payload(**{"additional_info": [extra], **sections})
    made = draft_of(whole)
    assert made.decision is Decision.APPROVED
    assert ("partial" in made.flags) is any(r.startswith("partial:") for r in made.reasons)


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _reversed(v) for k, v in reversed(value.items())}
    return [_reversed(v) for v in value] if isinstance(value, list) else value


@given(st.dictionaries(SECTION_NAMES, JSON, max_size=4))
def test_the_order_of_keys_does_not_matter(sections: dict[str, Any]) -> None:
    raw = json.loads(json.dumps(payload(**sections)))
    assert draft_of(raw) == draft_of(_reversed(raw))


WHOLE = Path(__file__).parent / "samples/aiprise"
ODD = [None, True, 5, -1.5, 10**60, "", "x", "9" * 5000, [], [None], {}, {"a": 1}, [[{}]]]


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if not isinstance(value, dict | list):
        return []
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [p for k, v in inner for p in ((*path, k), *_paths(v, (*path, k)))]


@pytest.mark.parametrize(
    "name", ["approved_all_sections", "additional_info_of_all_kinds", "insights_in_other_types"]
)
def test_any_odd_value_at_any_place_of_a_whole_response(name: str) -> None:
    text = (WHOLE / f"{name}.raw.json").read_text()
    decided = draft_of(json.loads(text)).decision
    basis = ("aiprise_summary", "status", "verification_session_id", "client_reference_id")
    for path in _paths(json.loads(text)):
        for odd in ODD:
            raw = json.loads(text)
            holder = raw
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = odd
            made = normalize(raw)
            if path[0] not in basis:
                assert isinstance(made, Draft)
                assert made.decision is decided
            elif isinstance(made, Draft):
                assert made.decision in (decided, Decision.UNDETERMINED)
