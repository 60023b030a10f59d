"""AiPrise: every reason code, and words that decide nothing."""

from __future__ import annotations

import pytest

from streams.vendors.aiprise import tables
from tests.vendors.aiprise.payloads import draft, only

AUTHENTICITY = """DOCUMENT_TAMPERED IMAGE_FORGED_EDITED FEATURE_VERIFICATION_FAILED FAKE_ID
TEXT_FORGERY DOCUMENT_FOUND_ON_INTERNET DOCUMENT_REQUIRES_REVIEW"""


@pytest.mark.parametrize("code", AUTHENTICITY.split())
def test_a_code_goes_to_its_check_from_any_section(code: str) -> None:
    made = draft(face_match_info={"result": "REVIEW", "warnings": [{"code": code}]})
    assert only(made, "document_authentic").reasons == [code]


def test_a_code_is_known_in_every_case_of_letters() -> None:
    warnings = [{"code": "document_expired"}, "DOCUMENT_EXPIRED"]
    made = draft(id_info={"result": "DECLINED", "warnings": warnings})
    assert only(made, "document_not_expired").reasons == ["DOCUMENT_EXPIRED"]


RESPONSE_TYPES = {"id_info", "address_verification", "document_insights", "lookup_data"}


TECHNICAL = {"API_DATA_REQUIREMENTS_NOT_MET", "CUSTOM_ERROR_CODE"}


def test_words_that_only_drift_asks_for() -> None:
    assert (RESPONSE_TYPES, TECHNICAL) == (tables.RESPONSE_TYPES, tables.TECHNICAL)


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
