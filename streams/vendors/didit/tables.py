"""Didit's vocabularies as data: statuses, features, risk codes.

Sources: Didit, "Status enum", "Warning object" and the report objects of Decision V3; the
warning pages of each feature; "Webhooks" for event names.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec import Struct

from streams.contracts.model import Decision, Environment, Lifecycle, LinkKind, Outcome, SessionKind
from streams.vendors.base.values import word


class Status(Struct, frozen=True):
    """What one status word means for a session and for a feature of it."""

    decision: Decision
    lifecycle: Lifecycle
    outcome: Outcome
    reason: str | None = None


def _open(lifecycle: Lifecycle) -> Status:
    return Status(Decision.PENDING, lifecycle, Outcome.NOT_APPLICABLE, "pending")


def _closed(lifecycle: Lifecycle) -> Status:
    return Status(Decision.EXPIRED, lifecycle, Outcome.NOT_APPLICABLE, "not_run")


RESUBMITTED = "resubmitted"
"""Of a session: a reviewer's re-opening."""

STATUSES: dict[str, Status] = {
    "not_started": Status(
        Decision.PENDING, Lifecycle.NOT_STARTED, Outcome.NOT_APPLICABLE, "not_run"
    ),
    "in_progress": _open(Lifecycle.IN_PROGRESS),
    "not_finished": _open(Lifecycle.IN_PROGRESS),
    "awaiting_user": _open(Lifecycle.AWAITING_USER),
    "resub_requested": _open(Lifecycle.AWAITING_USER),
    RESUBMITTED: _open(Lifecycle.AWAITING_USER),
    "approved": Status(Decision.APPROVED, Lifecycle.COMPLETED, Outcome.PASS),
    "declined": Status(Decision.DECLINED, Lifecycle.COMPLETED, Outcome.FAIL),
    "in_review": Status(Decision.REVIEW, Lifecycle.COMPLETED, Outcome.REVIEW),
    # The session timed out; this is no document's expiry.
    "expired": _closed(Lifecycle.EXPIRED),
    "abandoned": _closed(Lifecycle.ABANDONED),
    # An approval that no longer holds.
    "kyc_expired": Status(Decision.EXPIRED, Lifecycle.VALIDITY_LAPSED, Outcome.REVIEW),
}

UNMAPPED = Status(Decision.UNDETERMINED, Lifecycle.UNKNOWN, Outcome.NOT_APPLICABLE)


@lru_cache(maxsize=512)
def status_of(raw: str | None) -> Status:
    """What a status means, however it is spelt; UNMAPPED where absent or in no table."""
    return STATUSES.get(word(raw), UNMAPPED)


SUPERSEDED = STATUSES[RESUBMITTED]
"""Of a feature: a record that a newer one replaces."""

TAKES_BACK = frozenset({RESUBMITTED, "resub_requested", "kyc_expired"})
"""Statuses with which Didit takes an earlier final decision back."""


class Feature(Struct, frozen=True):
    """One feature: its V3 array, V2 keys, names in `features[]`, and what it becomes."""

    array: str
    singles: tuple[str, ...]
    names: tuple[str, ...]
    check: str | None
    """The canonical check of the feature's own status; None where it has several equal ones."""
    score: str | None = None
    """The report's field that holds a confidence of 0–100."""


FEATURES: tuple[Feature, ...] = (
    Feature(
        "id_verifications", ("id_verification", "kyc"), ("id_verification", "ocr", "kyc"),
        "document_authentic",
    ),
    Feature("nfc_verifications", ("nfc",), ("nfc",), "document_chip_authentic"),
    Feature("liveness_checks", ("liveness",), ("liveness",), "liveness", "score"),
    Feature(
        "face_matches", ("face_match", "face"), ("face_match", "facematch"), "face_match", "score"
    ),
    Feature(
        "poa_verifications", ("poa",), ("poa", "proof_of_address"), "address_document_valid"
    ),
    Feature("phone_verifications", ("phone",), ("phone", "phone_verification"), "phone_verified"),
    Feature("email_verifications", ("email",), ("email", "email_verification"), "email_verified"),
    Feature("aml_screenings", ("aml",), ("aml", "aml_screening", "business_aml"), "aml"),
    Feature("ip_analyses", ("ip_analysis",), ("ip_analysis", "location"), None),
    Feature(
        "database_validations", ("database_validation",), ("database_validation",),
        "document_database_match",
    ),
    Feature(
        "questionnaire_responses", ("questionnaire",), ("questionnaire",), "questionnaire"
    ),
    Feature(
        "registry_checks", (), ("kyb_registry", "business_verification"), "business_registry"
    ),
    Feature("document_verifications", (), ("kyb_documents",), "business_documents"),
    Feature("key_people_checks", (), ("kyb_key_people", "key_people"), "business_key_people"),
)  # fmt: skip

FEATURE_OF: dict[str, Feature] = {key: f for f in FEATURES for key in (f.array, *f.singles)}
"""Key in a decision → the feature whose reports it holds."""

_BY_NAME = {name: f for f in FEATURES for name in f.names}


def feature_named(name: Any) -> Feature | None:
    """The feature that an item of `features[]` names."""
    return _BY_NAME.get(word(name))


ENVIRONMENTS = {
    "live": Environment.LIVE,
    "production": Environment.LIVE,
    "sandbox": Environment.SANDBOX,
}

KINDS = {"user": SessionKind.PERSON, "business": SessionKind.BUSINESS}
"""`session_kind`, by the words of Didit's business pages; it publishes no list of them."""

BUSINESS_KEYS = (
    "business_session_id", "registry_checks", "document_verifications", "key_people_checks",
)  # fmt: skip
"""Keys that only a company's session has."""

_RISKS: dict[str, tuple[str, ...]] = {
    "document_not_expired": ("EXPIRED_DOCUMENT", "DOCUMENT_EXPIRED"),
    "document_supported": (
        "DOCUMENT_NOT_SUPPORTED_FOR_APPLICATION", "COULD_NOT_RECOGNIZE_DOCUMENT",
        "COULD_NOT_DETECT_DOCUMENT_TYPE",
    ),
    "document_face_present": ("PORTRAIT_IMAGE_NOT_DETECTED",),
    "document_not_compromised": ("ID_DOCUMENT_IN_BLOCKLIST",),
    "document_not_screen": ("SCREEN_CAPTURE_DETECTED",),
    "document_not_printed": ("PRINTED_COPY_DETECTED",),
    "document_portrait_intact": ("PORTRAIT_MANIPULATION_DETECTED",),
    "document_machine_code": (
        "MRZ_NOT_DETECTED", "MRZ_VALIDATION_FAILED", "BARCODE_NOT_DETECTED",
        "BARCODE_VALIDATION_FAILED", "BARCODE_SIGNATURE_INVALID", "QR_NOT_DETECTED",
        "QR_VALIDATION_FAILED",
    ),
    "document_data_consistent": (
        "MRZ_AND_DATA_EXTRACTED_FROM_OCR_NOT_SAME", "DATA_INCONSISTENT",
        "DOCUMENT_SIDES_MISMATCH", "DOCUMENT_NAME_DIFFERENT_FROM_OTHER_APPROVED_DOCUMENTS",
        "ID_VERIFICATION_DATA_MISMATCH_BETWEEN_DOCUMENTS", "DOCUMENT_NUMBER_FORMAT_MISMATCH",
        "PERSONAL_NUMBER_FORMAT_MISMATCH",
    ),
    "document_readable": (
        "NAME_NOT_DETECTED", "DATE_OF_BIRTH_NOT_DETECTED", "DOCUMENT_NUMBER_NOT_DETECTED",
        "EXPIRATION_DATE_NOT_DETECTED",
    ),
    "document_dates_coherent": ("INVALID_DATE",),
    "document_type_expected": ("DOCUMENT_COUNTRY_MISMATCH", "COUNTRY_MISMATCH_WITH_PROVIDED"),
    "subject_not_duplicate": ("POSSIBLE_DUPLICATED_USER",),
    "name_match": ("FULL_NAME_MISMATCH_WITH_PROVIDED", "NAME_MISMATCH_WITH_PROVIDED"),
    "birth_date_match": ("DOB_MISMATCH_WITH_PROVIDED",),
    "gender_match": ("GENDER_MISMATCH_WITH_PROVIDED",),
    "nationality_match": ("NATIONALITY_MISMATCH_WITH_PROVIDED",),
    "id_number_match": ("IDENTIFICATION_NUMBER_MISMATCH_WITH_PROVIDED",),
    "minimum_age": ("MINIMUM_AGE_NOT_MET", "AGE_BELOW_MINIMUM", "AGE_NOT_DETECTED"),
    "face_not_blocklisted": (
        "FRONT_CAMERA_FACE_IN_BLOCKLIST", "FACE_IN_BLOCKLIST", "POSSIBLE_FACE_IN_BLOCKLIST",
    ),
    "single_face": ("NO_FACE_DETECTED", "MULTIPLE_FACES_DETECTED"),
    "liveness": ("LIVENESS_FACE_ATTACK", "LOW_LIVENESS_SCORE"),
    "face_quality": ("LOW_FACE_QUALITY", "LOW_FACE_LUMINANCE", "HIGH_FACE_LUMINANCE"),
    "face_not_duplicate": ("DUPLICATED_FACE", "POSSIBLE_DUPLICATED_FACE"),
    "face_match": (
        "NO_REFERENCE_IMAGE", "LOW_FACE_MATCH_SIMILARITY",
        "LOW_FRONT_CAMERA_FACE_MATCH_SIMILARITY",
    ),
    "aml": ("POSSIBLE_MATCH_FOUND", "COULD_NOT_PERFORM_AML_SCREENING"),
    "document_database_match": (
        "COULD_NOT_PERFORM_DATABASE_VALIDATION", "DATABASE_VALIDATION_PARTIAL_MATCH",
        "DATABASE_VALIDATION_NO_MATCH",
    ),
    "address_document_valid": (
        "POA_DOCUMENT_NOT_SUPPORTED_FOR_APPLICATION", "INVALID_DOCUMENT_TYPE",
        "POOR_DOCUMENT_QUALITY", "UNSUPPORTED_DOCUMENT_LANGUAGE", "ISSUER_NOT_IDENTIFIED",
        "UNABLE_TO_EXTRACT_ISSUE_DATE", "UNABLE_TO_VALIDATE_DOCUMENT_AGE", "FUTURE_ISSUE_DATE",
        "DOCUMENT_METADATA_MISMATCH", "SUSPECTED_DOCUMENT_MANIPULATION",
    ),
    "address_readable": (
        "UNPARSED_ADDRESS", "MISSING_ADDRESS_INFORMATION", "UNPARSABLE_OR_INVALID_ADDRESS",
    ),
    "address_match": ("ADDRESS_MISMATCH_WITH_PROVIDED",),
    "address_name_match": ("NAME_MISMATCH_ID_VERIFICATION", "POA_NAME_MISMATCH_BETWEEN_DOCUMENTS"),
    "phone_verified": ("VERIFICATION_CODE_ATTEMPTS_EXCEEDED",),
    "email_verified": ("EMAIL_CODE_ATTEMPTS_EXCEEDED",),
    "phone_risk": (
        "PHONE_NUMBER_IN_BLOCKLIST", "HIGH_RISK_PHONE_NUMBER", "DISPOSABLE_NUMBER_DETECTED",
        "VOIP_NUMBER_DETECTED",
    ),
    "phone_not_duplicate": ("DUPLICATED_PHONE_NUMBER",),
    "email_not_duplicate": ("DUPLICATED_EMAIL",),
    "email_risk": (
        "EMAIL_IN_BLOCKLIST", "UNDELIVERABLE_EMAIL_DETECTED", "BREACHED_EMAIL_DETECTED",
        "DISPOSABLE_EMAIL_DETECTED",
    ),
    # Despite its name: VPN, proxy or Tor, not a private address range.
    "ip_not_anonymous": ("PRIVATE_NETWORK_DETECTED",),
    "ip_country_match": ("COUNTRY_FROM_DOCUMENT_DOES_NOT_MATCH_COUNTRY_FROM_IP",),
    "ip_expected": ("EXPECTED_IP_ADDRESS_MISMATCH",),
    "ip_not_duplicate": ("DUPLICATED_IP_ADDRESS",),
    "ip_not_blocklisted": ("IP_ADDRESS_IN_BLOCKLIST",),
    "device_not_duplicate": ("DUPLICATED_DEVICE_FINGERPRINT", "DEVICE_RECOVERED_HIGH_CONFIDENCE"),
    "device_not_blocklisted": ("DEVICE_FINGERPRINT_IN_BLOCKLIST",),
    "device_not_bot": ("AUTOMATION_FRAMEWORK_DETECTED",),
    "device_integrity": (
        "DEVICE_EMULATOR_DETECTED", "DEVICE_ROOTED_OR_JAILBROKEN",
        "DEVICE_RUNTIME_HOOKING_DETECTED", "DEVICE_APP_TAMPERED",
    ),
}  # fmt: skip

RISKS: dict[str, str] = {risk: name for name, risks in _RISKS.items() for risk in risks}
"""Risk code → canonical check."""

FEATURE_RISKS: dict[tuple[str, str], str] = {
    # On a proof of address: older than the workflow allows.
    ("poa_verifications", "EXPIRED_DOCUMENT"): "address_document_valid",
    ("poa_verifications", "DOCUMENT_EXPIRED"): "address_document_valid",
}
"""Risks that mean something else on one feature."""

NOT_PERFORMED = frozenset(
    {"COULD_NOT_PERFORM_AML_SCREENING", "COULD_NOT_PERFORM_DATABASE_VALIDATION"}
)
"""Risks of a check that did not take place, whatever the feature's status."""

AUTOMATION = "AUTOMATION_FRAMEWORK_DETECTED"

LOG_TYPES: dict[str, Outcome] = {
    "error": Outcome.FAIL,
    "warning": Outcome.REVIEW,
    # Noted, and by the customer's configuration without consequence.
    "information": Outcome.NOT_APPLICABLE,
}

DUPLICATE_RISKS: dict[str, LinkKind] = {
    "DUPLICATED_FACE": LinkKind.FACE,
    "POSSIBLE_DUPLICATED_FACE": LinkKind.FACE,
    "POSSIBLE_DUPLICATED_USER": LinkKind.SUBJECT,
    "DUPLICATED_DEVICE_FINGERPRINT": LinkKind.DEVICE,
    "DEVICE_RECOVERED_HIGH_CONFIDENCE": LinkKind.DEVICE,
    "DUPLICATED_IP_ADDRESS": LinkKind.IP,
    "DUPLICATED_PHONE_NUMBER": LinkKind.PHONE,
    "DUPLICATED_EMAIL": LinkKind.EMAIL,
}

MATCH_LINKS: dict[str, LinkKind] = {
    "id_verifications": LinkKind.DOCUMENT,
    "liveness_checks": LinkKind.FACE,
    "face_matches": LinkKind.FACE,
    "phone_verifications": LinkKind.PHONE,
    "email_verifications": LinkKind.EMAIL,
    "ip_analyses": LinkKind.IP,
}
"""What a feature's `matches[]` have in common with the session."""

MATCH_TYPES: dict[str, float] = {
    "exact": 1.0, "full": 1.0, "exact_match": 1.0, "full_match": 1.0,
    "partial": 0.5, "partial_match": 0.5,
    "none": 0.0, "no_match": 0.0,
}  # fmt: skip
"""Database validation's `match_type` as a score."""

SESSION_EVENTS = frozenset(
    {
        "status.updated", "data.updated",
        "session.status.updated", "session.data.updated", "session.created",
        "session.events.updated",
    }
)  # fmt: skip
"""Webhook types about a verification session. Didit's report page writes them with a prefix,
its webhook page without."""

DATA_EVENTS = frozenset({"data.updated", "session.data.updated"})

ENTITY_PREFIXES = ("user", "business", "transaction", "travel_rule", "activity", "auth")
"""First words of webhook types about users, companies and transactions, not sessions."""
