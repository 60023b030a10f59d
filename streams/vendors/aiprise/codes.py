"""AiPrise's reason codes: which check a warning speaks of.

Source: AiPrise docs, "Warning Codes", and the OpenAPI description's enum. What a code costs is the
customer's configuration, so codes are reasons; the section's `result` decides the outcome.
"""

from __future__ import annotations

from streams.contracts.model import LinkKind
from streams.vendors.base.fields import OneOf

_CODES_OF: dict[str, tuple[str, ...]] = {
    "document_supported": ("UNRECOGNIZED_DOCUMENT",),
    "document_type_expected": (
        "DOCUMENT_TYPE_MISMATCH", "ID_TYPE_MISMATCH", "ID_NOT_ALLOWED", "ID_COUNTRY_MISMATCH",
    ),
    "document_readable": (
        "UNREADABLE_DOCUMENT", "DOCUMENT_NOT_FOUND", "DOCUMENT_FRONT_MISSING",
        "DOCUMENT_BACK_MISSING", "DOCUMENT_FRONT_OR_BACK_MISSING", "UNABLE_TO_EXTRACT_DATA",
        "MISSING_EXPIRY_DATE", "MISSING_ISSUE_DATE", "MISSING_BIRTH_DATE",
        "MISSING_DOCUMENT_NUMBER", "MISSING_PERSONAL_NUMBER", "MISSING_ADDRESS",
        "MISSING_POSTCODE", "MISSING_NAME", "MISSING_GENDER", "MISSING_NATIONALITY",
        "MISSING_DOCUMENT_DETAILS", "INVALID_DOCUMENT_DETAILS", "EXPIRY_AND_ISSUE_DATE_MISSING",
        "EXPIRY_DATE_MISSING_USING_ISSUE_DATE", "UNABLE_TO_EXTRACT_DOCUMENT_METADATA",
        "BROKEN_DOCUMENT", "INVALID_FILE_EXTENSION", "FILE_TOO_LARGE", "DOCUMENT_SIZE_TOO_LARGE",
    ),
    "document_image_quality": (
        "DOCUMENT_DAMAGED", "DOCUMENT_CROPPED", "DOCUMENT_TOO_FAR", "IMAGE_TOO_SMALL",
        "GLARE_DETECTED", "IMAGE_TOO_BLURRY", "DOCUMENT_MINOR_DIGITAL_ARTIFACTS",
    ),
    "document_not_expired": ("DOCUMENT_EXPIRED",),
    "document_data_consistent": ("DOCUMENT_FRONT_BACK_MISMATCH", "MRZ_DATA_MISMATCH"),
    "document_checksum": ("CHECK_DIGIT_FAILED",),
    "document_face_present": ("DOCUMENT_FACE_NOT_FOUND",),
    "document_authentic": (
        "DOCUMENT_TAMPERED", "IMAGE_FORGED_EDITED", "FEATURE_VERIFICATION_FAILED", "FAKE_ID",
        "TEXT_FORGERY", "DOCUMENT_FOUND_ON_INTERNET", "DOCUMENT_REQUIRES_REVIEW",
    ),
    "document_not_synthetic": ("ARTIFICIAL_IMAGE", "ARTIFICIAL_TEXT"),
    "document_not_screen": ("SCREEN_DETECTED", "DOCUMENT_PHOTO_OF_PHOTO"),
    "document_not_printed": ("PRINTOUT_DETECTED", "BLACK_WHITE_DOCUMENT"),
    "document_not_duplicate": ("ID_PREVIOUSLY_SEEN", "ID_PREVIOUSLY_ATTEMPTED"),
    "document_database_match": (
        "DATABASE_LOOKUP_ISSUE", "ID_NUMBER_NOT_VERIFIED", "INVALID_ID_NUMBER_SUPPLIED",
        "LOOKUP_SOURCE_DOWN", "LOOKUP_FACE_NOT_FOUND", "ID_DATA_MISMATCH",
    ),
    "name_match": ("NAME_VERIFICATION_FAILED",),
    "birth_date_match": ("BIRTH_DATE_MISMATCH", "DOB_VERIFICATION_FAILED"),
    "minimum_age": ("AGE_UNDER_18",),
    "single_face": ("FACE_NOT_FOUND", "MULTIPLE_FACES"),
    "face_match": ("FACE_MISMATCH", "LOW_FACE_SIMILARITY"),
    "liveness": (
        "FACE_IDENTICAL", "FACE_NOT_LIVE", "FACE_LIVENESS_REVIEW_REQUIRED", "FACE_PHOTO_OF_PHOTO",
        "FACE_EDITED", "FACE_DEEPFAKE", "SELFIE_VIDEO_FRAUD", "VIDEO_INJECTION_DETECTED",
        "VIRTUAL_CAMERA_DETECTED",
    ),
    "face_quality": (
        "FACE_COVERED", "FACE_BLUR", "FACE_TOO_CLOSE", "FACE_CROPPED", "FACE_TOO_SMALL",
        "FACE_ANGLE_TOO_LARGE", "FACE_LIVENESS_TOO_FAR_FROM_CAMERA", "SELFIE_VIDEO_MISSING",
    ),
    "face_age_consistent": ("FACE_AGE_MISMATCH",),
    "face_not_duplicate": ("FACE_PREVIOUSLY_ONBOARDED",),
    "address_match": (
        "ADDRESS_MISMATCH", "ADDRESS_ZIPCODE_MISMATCH", "ADDRESS_DOCUMENT_ADDRESS_MISMATCH",
        "ADDRESS_DOCUMENTS_NOT_SAME",
    ),
    "address_readable": ("ADDRESS_DOCUMENT_MISSING_ADDRESS",),
    "address_name_match": (
        "ADDRESS_DOCUMENT_MISSING_NAME", "ADDRESS_DOCUMENT_NAME_VERIFICATION_FAILED",
    ),
    "address_document_valid": (
        "ADDRESS_DOCUMENT_MISSING_ISSUE_DATE", "ADDRESS_DOCUMENT_DOCUMENT_EXPIRED",
        "ADDRESS_DOCUMENT_DOCUMENT_NOT_ISSUED_RECENTLY", "ADDRESS_DOCUMENT_UNRECOGNIZED_DOCUMENT",
        "PO_BOX_DETECTED",
    ),
    "aml": ("AML_MATCH", "BACKGROUND_CHECK_ALERT"),
    "ip_not_anonymous": ("IP_ADDRESS_SUSPICIOUS", "TOR_DETECTED", "VPN_DETECTED"),
    "ip_not_duplicate": ("IP_ADDRESS_PREVIOUSLY_SEEN", "IP_ADDRESS_PREVIOUSLY_ATTEMPTED"),
    "device_not_duplicate": ("BROWSER_PREVIOUSLY_SEEN", "BROWSER_PREVIOUSLY_ATTEMPTED"),
    "device_not_bot": ("BOT_DETECTED",),
    "device_integrity": ("PRIVACY_SETTINGS_BLOCKED", "SUSPICIOUS_USER_BEHAVIOUR"),
    "geolocation_consistent": ("GEOLOCATION_MISMATCH",),
    "email_risk": ("EMAIL_NOT_FOUND", "EMAIL_ADDRESS_MISMATCH"),
    "phone_risk": ("PHONE_NUMBER_NOT_FOUND", "PHONE_NUMBER_MISMATCH"),
    "business_registry": (
        "REGISTRATION_STATUS_INACTIVE", "PARKED_WEBSITE", "INCONSISTENCIES_IN_WEBSITE_CONTENT",
        "STOCK_IMAGES_FOUND", "PLACEHOLDER_TEXT_FOUND_IN_WEBSITE_CONTENT", "INVALID_WEBSITE_SSL",
        "KEYWORD_MATCHES_FOUND", "HIGH_RISK_INDUSTRY_MATCHES_FOUND",
        "PROHIBITED_INDUSTRY_MATCHES_FOUND",
    ),
}  # fmt: skip

POSITIVE = frozenset(
    {
        "NO_GLARES_DETECTED", "IMAGE_IN_FOCUS", "GOOD_IMAGE_RESOLUTION", "GOOD_IMAGE_COLOR",
        "GOOD_IMAGE_PERSPECTIVE", "DOCUMENT_FULLY_PRESENT", "PORTRAIT_PRESENT_IN_IMAGE",
        "GOOD_IMAGE_BRIGHTNESS", "NO_OCCLUSION_DETECTED", "GOOD_IMAGE_QUALITY",
        "IMAGE_DOCUMENT_TYPE_DETECTED", "IMAGE_TEXT_FIELDS_VERIFIED",
    }
)  # fmt: skip
"""Codes among the warnings that are no warnings: they speak for the image."""

_PREFIXES = ("COMPANY_", "BUSINESS_", "WEBSITE_", "SOCIAL_MEDIA_", "TERMS_AND_CONDITIONS_")

_CHECK_OF = {code: name for name, codes in _CODES_OF.items() for code in codes}

TECHNICAL = frozenset({"API_DATA_REQUIREMENTS_NOT_MET", "CUSTOM_ERROR_CODE"})
"""Codes of a run that failed; they speak of no check."""

KNOWN = OneOf(_CHECK_OF, POSITIVE, TECHNICAL, prefixes=_PREFIXES)

ANONYMOUS = frozenset({"TOR_DETECTED", "VPN_DETECTED"})

DUPLICATES: dict[str, LinkKind] = {
    "FACE_PREVIOUSLY_ONBOARDED": LinkKind.FACE,
    "ID_PREVIOUSLY_SEEN": LinkKind.DOCUMENT,
    "ID_PREVIOUSLY_ATTEMPTED": LinkKind.DOCUMENT,
    "BROWSER_PREVIOUSLY_SEEN": LinkKind.DEVICE,
    "BROWSER_PREVIOUSLY_ATTEMPTED": LinkKind.DEVICE,
    "IP_ADDRESS_PREVIOUSLY_SEEN": LinkKind.IP,
    "IP_ADDRESS_PREVIOUSLY_ATTEMPTED": LinkKind.IP,
}
"""Codes that say that AiPrise knows the face, document, browser or IP from another session."""


def check_of(code: str) -> str | None:
    """The check that a code speaks of; None for technical codes and those that no list has."""
    if code in POSITIVE:
        return "document_image_quality"
    if code.startswith(_PREFIXES):
        return "business_registry"
    return _CHECK_OF.get(code)
