"""The parts of Didit's payloads that are read: Decision V3, the V2 forms of the same objects, and
the webhook envelope. Every field may be absent or null; unknown fields are ignored.

What is itself a list or an object is typed `Any` here and read by its own struct, so that one bad
item costs no more than itself.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

Scalar = str | int | float | bool | None
Id = str | int | None


class Warning(Struct):  # noqa: A001 - Didit's name for it
    """Warning object: `log_type` error, warning or information."""

    risk: str | None = None
    log_type: str | None = None
    additional_data: Any = None


class Match(Struct):
    """An entry of a report's `matches[]`: another session."""

    session_id: Id = None
    vendor_data: Id = None
    verification_date: Scalar = None
    status: str | None = None
    similarity: Scalar = None
    similarity_percentage: Scalar = None
    device_fingerprint: Scalar = None
    match_source: str | None = None


class Report(Struct):
    """Common fields of every report object."""

    status: str | None = None
    node_id: Id = None
    warnings: Any = None
    matches: Any = None


class IdVerification(Report):
    document_type: str | None = None
    document_number: Id = None
    date_of_birth: str | None = None
    expiration_date: str | None = None
    date_of_issue: str | None = None
    issuing_state: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    gender: str | None = None
    nationality: str | None = None
    address: str | None = None
    formatted_address: str | None = None
    parsed_address: Any = None


class ChipData(Struct):
    """NFC `chip_data`: flat in published payloads, by data group (`DG1`) on the report page."""

    DG1: Any = None
    given_names: str | None = None
    document_type: str | None = None
    document_number: Id = None
    name: str | None = None
    surname: str | None = None
    birth_date: str | None = None
    expiry_date: str | None = None
    country: str | None = None
    nationality: str | None = None
    sex: str | None = None


class Authenticity(Struct):
    sod_integrity: Scalar = None
    dg_integrity: Scalar = None


class NfcVerification(Report):
    chip_data: Any = None
    authenticity: Any = None


class Face(Report):
    """Liveness, face match, and the standalone age estimation. Scores are 0–100."""

    score: Scalar = None
    face_quality: Scalar = None


class FaceSearch(Report):
    total_matches: Scalar = None


class ParsedAddress(Struct):
    """Vendor-dependent keys; these are the published ones."""

    street: str | None = None
    street_1: str | None = None
    city: str | None = None
    region: str | None = None
    state: str | None = None
    postal_code: Id = None
    country: str | None = None
    formatted_address: str | None = None
    document_location: Any = None


class Location(Struct):
    latitude: Any = None
    longitude: Any = None


class PoaVerification(Report):
    issuing_state: str | None = None
    document_type: str | None = None
    issue_date: str | None = None
    expiration_date: str | None = None
    poa_address: str | None = None
    poa_formatted_address: str | None = None
    poa_parsed_address: Any = None
    expected_details_address: str | None = None
    expected_details_formatted_address: str | None = None
    expected_details_parsed_address: Any = None
    name_match_score_expected_details: Scalar = None
    name_match_score_id_verification: Scalar = None


class PhoneVerification(Report):
    phone_number_prefix: Id = None
    phone_number: Id = None
    full_number: Id = None
    country_code: str | None = None
    is_disposable: Scalar = None
    is_virtual: Scalar = None
    verified_at: Scalar = None


class EmailVerification(Report):
    email: str | None = None
    is_breached: Scalar = None
    is_disposable: Scalar = None
    is_undeliverable: Scalar = None
    verified_at: Scalar = None


class AmlScreening(Report):
    """`score` is a risk: higher is worse."""

    score: Scalar = None
    total_hits: Scalar = None


class DatabaseValidation(Report):
    match_type: str | None = None


class IpAnalysis(Report):
    device_brand: str | None = None
    device_model: str | None = None
    browser_family: str | None = None
    os_family: str | None = None
    platform: str | None = None
    device_fingerprint: Id = None
    ip_country: str | None = None
    ip_country_code: str | None = None
    ip_state: str | None = None
    ip_city: str | None = None
    latitude: Any = None
    longitude: Any = None
    ip_address: str | None = None
    isp: str | None = None
    organization: str | None = None
    is_vpn_or_tor: Scalar = None
    is_data_center: Scalar = None
    time_zone: str | None = None
    ip: Any = None
    id_document: Any = None
    poa_document: Any = None
    locations_info: Any = None
    """V2 nests `ip`, `id_document` and `poa_document` here."""


class Spot(Struct):
    """`ip`, `id_document`, `poa_document` of an IP analysis. A distance is a number of km or
    `{distance, direction}`.
    """

    location: Any = None
    distance_from_ip: Any = None
    distance_from_id_document: Any = None
    distance_from_poa_document: Any = None


class LocationsInfo(Struct):
    ip: Any = None
    id_document: Any = None
    poa_document: Any = None


class Company(Struct):
    registry_status: str | None = None
    country_code: str | None = None
    region: str | None = None
    registered_address: str | None = None


class RegistryCheck(Report):
    company: Any = None


class KybDocuments(Report):
    items: Any = None


class KybDocument(Struct):
    uuid: Id = None
    document_type: str | None = None
    status: str | None = None


class Review(Struct):
    """A reviewer's change of the session's status."""

    new_status: str | None = None
    created_at: Scalar = None


class Session(Struct):
    """What envelope and decision say about the session itself, beside status and arrays."""

    session_kind: str | None = None
    workflow_id: Id = None
    vendor_data: Id = None
    application_id: Id = None
    environment: str | None = None
    webhook_version: Id = None
    event_id: Id = None
    timestamp: Scalar = None
    created_at: Scalar = None


REPORTS: dict[str, type[Report]] = {
    "id_verifications": IdVerification,
    "nfc_verifications": NfcVerification,
    "liveness_checks": Face,
    "face_matches": Face,
    "poa_verifications": PoaVerification,
    "phone_verifications": PhoneVerification,
    "email_verifications": EmailVerification,
    "aml_screenings": AmlScreening,
    "ip_analyses": IpAnalysis,
    "database_validations": DatabaseValidation,
    "registry_checks": RegistryCheck,
    "document_verifications": KybDocuments,
}
"""The struct of each array's items; `Report` for the others."""
