"""AiPrise's words and what they become. Keys are `streams.vendors.base.values.word` forms.

Sources: AiPrise docs, "User Verification Response" (run status, results), "Callbacks" and
"Event Callbacks" (events, COLLECTING and PROCESSING), OpenAPI description (FOUND and NOT_FOUND,
UPDATE_REQUIRED), "Warning Codes".
"""

from __future__ import annotations

from streams.contracts.model import Decision, Environment, Lifecycle, LinkKind, Outcome
from streams.vendors.base.fields import OneOf

# -- the decision ------------------------------------------------------------------------------

LIFECYCLES: dict[str, Lifecycle] = {
    "not_started": Lifecycle.NOT_STARTED,
    "submitted": Lifecycle.SUBMITTED,
    "running": Lifecycle.IN_PROGRESS,
    "processing": Lifecycle.IN_PROGRESS,
    "pending": Lifecycle.AWAITING_THIRD_PARTY,
    "collecting": Lifecycle.AWAITING_USER,
    "completed": Lifecycle.COMPLETED,
    "failed": Lifecycle.FAILED,
}
"""Run status → lifecycle; a status that is not here is unmapped."""

RESULTS = frozenset({"approved", "declined", "review", "unknown", "update_required"})
CONCLUSIVE = frozenset({"approved", "declined", "review"})
"""Results of a run that is over; beside a run status that is not, a conflict."""

DECISIONS: dict[str, dict[str, Decision]] = {
    "completed": {
        "approved": Decision.APPROVED,
        "declined": Decision.DECLINED,
        "review": Decision.REVIEW,
        # The run is over and AiPrise came to no result: a human has to look.
        "unknown": Decision.REVIEW,
        "update_required": Decision.PENDING,
    },
    "failed": {
        # An approval that a failed run left behind is no approval.
        "approved": Decision.ERROR,
        "declined": Decision.DECLINED,
        "review": Decision.REVIEW,
        "unknown": Decision.ERROR,
        "update_required": Decision.ERROR,
        "": Decision.ERROR,
    },
    # No run status at all: callbacks, and updates of a case by a reviewer.
    "": {
        "approved": Decision.APPROVED,
        "declined": Decision.DECLINED,
        "review": Decision.REVIEW,
        "update_required": Decision.PENDING,
    },
}
"""Run status → result → decision; the other known run statuses are PENDING, whatever the result;
a pair that is not here is UNDETERMINED.
"""

ENVIRONMENTS = {
    "sandbox": Environment.SANDBOX,
    "production": Environment.LIVE,
    "live": Environment.LIVE,
}

# -- callbacks ---------------------------------------------------------------------------------

CASE_STATUS_UPDATE = "case_status_update"

EVENT_STATUS: dict[str, str] = {
    "verification_request_submitted": "submitted",
    "verification_session_completion": "completed",
    CASE_STATUS_UPDATE: "",
    "aml_monitoring_update": "",
}
"""Event type → the run status that it implies where it brings none. Events that are not here
are no decisions, unless they bring a result.
"""

NO_DECISIONS = frozenset({"verification_session_started", "section_info_update", "comment"})

PROFILE_EVENTS = ("user_profile_event_type", "business_profile_event_type")
"""Callbacks of profiles name their event here; they are decisions only where one wraps a result."""

WRAPPERS = ("data", "payload", "response", "result")
"""Fields under which a callback may hold the response instead of beside its own fields."""

RESULT_FIELDS = ("aiprise_summary", "verification_result", "business_profile_result", "status")

SESSION_FIELDS = ("client_reference_id", "template_id")
"""Fields of every response, beside its status and its result."""

SECTIONS = (
    "aiprise_summary", "id_info", "face_match_info", "face_liveness_info", "aml_info",
    "additional_info", "fraud_insights", "business_info",
)  # fmt: skip

# -- sections ----------------------------------------------------------------------------------

SECTION_RESULTS: dict[str, tuple[Outcome, tuple[str, ...]]] = {
    "approved": (Outcome.PASS, ()),
    "declined": (Outcome.FAIL, ()),
    "review": (Outcome.REVIEW, ()),
    # AiPrise's own sample approves a person with three sections UNKNOWN.
    "unknown": (Outcome.NOT_APPLICABLE, ()),
    "found": (Outcome.PASS, ("data_found",)),
    "not_found": (Outcome.REVIEW, ()),
    "": (Outcome.NOT_APPLICABLE, ()),
}

SECTION_PENDING = frozenset(
    {"not_started", "submitted", "running", "pending", "collecting", "processing"}
)
SECTION_STATUSES = SECTION_PENDING | {"completed", "failed", ""}

RESPONSE_TYPES = frozenset({"id_info", "address_verification", "document_insights", "lookup_data"})
"""`additional_info_response_type`: what the data of an additional document has the shape of."""

FIELD_CHECKS: dict[str, str] = {
    "first_name": "name_match",
    "middle_name": "name_match",
    "last_name": "name_match",
    "second_last_name": "name_match",
    "full_name": "name_match",
    "birth_date": "birth_date_match",
    "gender": "gender_match",
    "nationality": "nationality_match",
    "id_number": "id_number_match",
    "personal_number": "id_number_match",
    "id_issue_date": "document_dates_coherent",
    "id_expiry_date": "document_dates_coherent",
    "address": "address_match",
    "full_address": "address_match",
}
"""`id_info.field_info` key → check."""

HIT_TYPES = frozenset(
    {
        "PEP", "SANCTION", "ADVERSE_MEDIA", "WARNING", "FITNESS_PROBITY", "CRIMINAL_RECORD",
        "LEGAL_BACKGROUND", "UNKNOWN",
    }
)  # fmt: skip

RELATIONS: tuple[tuple[frozenset[str], LinkKind, str], ...] = (
    (frozenset({"browser", "device", "fingerprint"}), LinkKind.DEVICE, "device_not_duplicate"),
    (frozenset({"face", "selfie"}), LinkKind.FACE, "face_not_duplicate"),
    (frozenset({"ip"}), LinkKind.IP, "ip_not_duplicate"),
    (frozenset({"phone"}), LinkKind.PHONE, "phone_not_duplicate"),
    (frozenset({"email"}), LinkKind.EMAIL, "email_not_duplicate"),
    (frozenset({"id", "document", "passport"}), LinkKind.DOCUMENT, "document_not_duplicate"),
    (
        frozenset({"user", "client", "subject", "person"}),
        LinkKind.SUBJECT,
        "subject_not_duplicate",
    ),
)
"""Words of a related session's `relation`, whose values AiPrise does not publish → what is shared.
The first row that has one of its words; none: the subject.
"""

PHONES: dict[str, bool] = {
    **dict.fromkeys(("voip", "virtual", "non_fixed_voip", "fixed_voip"), True),
    **dict.fromkeys(
        ("mobile", "wireless", "landline", "fixed_line", "fixed_line_or_mobile"), False
    ),
}
"""`phone_type`, of which AiPrise publishes no list → is the number virtual."""

HOSTING = frozenset({"data_center", "datacenter", "hosting", "server"})

# -- the rest ----------------------------------------------------------------------------------

BUSINESS_FIELDS = ("business_profile_result", "business_info", "business_profile_event_type")
"""Fields that only verifications of businesses have."""

AML_LISTS = (
    ("added_entity_hits", "aml_hits_added"),
    ("new", "aml_hits_added"),
    ("updated_entity_hits", "aml_hits_updated"),
    ("updated", "aml_hits_updated"),
    ("removed_entity_hits", "aml_hits_removed"),
    ("removed", "aml_hits_removed"),
)
"""Lists of an AML_MONITORING_UPDATE, in both published spellings → the reason if not empty."""

HIGH_RISKS = frozenset({"prohibited", "high"})

# -- reason codes: what a code costs is the customer's configuration, so codes are reasons -----

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
"""Codes among the warnings that are no warnings: they are good news of the image."""

_PREFIXES = ("COMPANY_", "BUSINESS_", "WEBSITE_", "SOCIAL_MEDIA_", "TERMS_AND_CONDITIONS_")

_CHECK_OF = {code: name for name, codes in _CODES_OF.items() for code in codes}

TECHNICAL = frozenset({"API_DATA_REQUIREMENTS_NOT_MET", "CUSTOM_ERROR_CODE"})
"""Codes of a run that failed; they are about no check."""

CODES = OneOf(_CHECK_OF, POSITIVE, TECHNICAL, prefixes=_PREFIXES)

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
"""Codes of a face, document, browser or IP that AiPrise has met in another session."""


def check_of(code: str) -> str | None:
    """The check that a code is about; None for technical codes and those that no list has."""
    if code in POSITIVE:
        return "document_image_quality"
    if code.startswith(_PREFIXES):
        return "business_registry"
    return _CHECK_OF.get(code)
