"""Alice's vocabularies as data (Alice Onboarding, "Report" and "Checks")."""

from __future__ import annotations

from streams.contracts.model import Decision, Lifecycle, Outcome

PASS_FROM = 50.0
"""Every Alice number is 0–100; from 50 on, 50 included, the check has passed."""

STATES: dict[str, tuple[Decision, Lifecycle]] = {
    "not_started": (Decision.PENDING, Lifecycle.NOT_STARTED),
    # The report's page writes INPROGRESS, Alice's own Python SDK IN_PROGRESS.
    "inprogress": (Decision.PENDING, Lifecycle.IN_PROGRESS),
    "in_progress": (Decision.PENDING, Lifecycle.IN_PROGRESS),
    "to_review": (Decision.REVIEW, Lifecycle.COMPLETED),
    "rejected": (Decision.DECLINED, Lifecycle.COMPLETED),
    "accepted": (Decision.APPROVED, Lifecycle.COMPLETED),
}
"""`summary.state.value`, the one field that is Alice's decision."""

RESULTS: dict[str, Outcome] = {
    "ok": Outcome.PASS,
    "ko": Outcome.FAIL,
    "n/a": Outcome.NOT_APPLICABLE,
    "na": Outcome.NOT_APPLICABLE,
    "": Outcome.NOT_APPLICABLE,
}
"""`summary.result.*` and `selfies[].result`; the page names no values, the SDK these."""

SUMMARY_RESULTS = {
    "selfie_security": "biometric_security",
    "document_security": "document_security",
    "document_read": "document_readable",
    "process_security": "process_integrity",
}

SUMMARY_CHECKS = {
    "only_one_device_check": "single_device",
    "only_one_ip_check": "single_ip",
}

SELFIE_CHECKS = {
    "liveness": "liveness",
    "only_one_face": "single_face",
}

DOCUMENT_CHECKS = {
    "authentic_nfc_chip": "document_chip_authentic",
    "checked_info_code": "document_machine_code",
    "coherent_document_dates": "document_dates_coherent",
    "consistent_document": "document_data_consistent",
    "expected_document": "document_type_expected",
    "face_in_front_side": "document_face_present",
    "face_matching": "face_match",
    "not_a_forged_document": "document_authentic",
    "not_a_printed_document": "document_not_printed",
    "not_a_screen_document": "document_not_screen",
    "not_a_synthetic_document": "document_not_synthetic",
    "uncompromised_document": "document_not_compromised",
    "unexpired_document": "document_not_expired",
}

FIELD_CHECKS = {
    "checked_field": "field_checksum",
    "expected_field": "field_expected",
    "complete_mrz_name": "field_name_in_mrz",
    "consistent_field": "field_consistent",
    "over_18": "minimum_age",
    "unexpired_date": "field_date_not_expired",
    "valid_date_format": "field_date_format",
    "valid_date_range": "field_date_range",
}

SIDES = ("front", "back", "internal")

# OCR field names, the usual one first: the page lists none, so readers try these in turn.
NUMBER_FIELDS = (
    "document_number", "id_number", "passport_number", "license_number", "personal_number",
)  # fmt: skip
EXPIRY_FIELDS = ("expiration_date", "expiry_date")
ISSUE_FIELDS = ("issue_date", "issuing_date")
FULL_NAME_FIELDS = ("full_name", "name")
GENDER_FIELDS = ("sex", "gender")
ADDRESS_FIELDS: dict[str, tuple[str, ...]] = {
    "formatted": ("address", "full_address"),
    "street": ("street", "address_street"),
    "city": ("city", "address_city", "municipality"),
    "region": ("region", "province", "state", "address_region"),
    "postal_code": ("postal_code", "zip_code", "address_postal_code"),
}
ADDRESS_COUNTRY_FIELDS = ("country", "address_country")

PLATFORM_OS = {"android": "Android", "ios": "iOS"}
"""Platforms that are an operating system; the web SDK names a browser there."""

UNKNOWN_MODELS = frozenset({"unknown", "undefined", "null", "none", "n/a", "generic", "other"})
