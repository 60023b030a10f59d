"""The parts of Didit's payloads that are read: Decision V3, the V2 forms of the same objects, and
the webhook envelope. Every field may be absent or null; unknown fields are ignored.

What is itself a list or an object is typed `Any` here and read by its own struct, so that one bad
item costs no more than itself.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Struct, defstruct

from streams.vendors.base.fields import OneOf
from streams.vendors.didit import tables

Scalar = str | int | float | bool | None
Id = str | int | None


class AdditionalData(Struct):
    """What a warning about a duplicate names; the rest of it depends on the risk."""

    duplicated_session_id: Id = None
    duplicated_session_vendor_data: Id = None
    vendor_data: Id = None


class Warning(Struct):  # noqa: A001 - Didit's name for it
    """Warning object: `log_type` error, warning or information."""

    risk: Annotated[str | None, OneOf(tables.RISKS)] = None
    log_type: Annotated[str | None, OneOf(tables.LOG_TYPES)] = None
    additional_data: Annotated[Any, AdditionalData] = None


class Match(Struct):
    """An entry of a report's `matches[]`: another session."""

    session_id: Id = None
    vendor_data: Id = None
    verification_date: Scalar = None
    status: Annotated[str | None, OneOf(tables.STATUSES)] = None
    similarity: Scalar = None
    similarity_percentage: Scalar = None
    device_fingerprint: Scalar = None
    match_source: str | None = None


class Report(Struct):
    """Common fields of every report object."""

    status: Annotated[str | None, OneOf(tables.STATUSES)] = None
    node_id: Id = None
    warnings: Annotated[Any, list[Warning]] = None
    matches: Annotated[Any, list[Match]] = None


class Location(Struct):
    latitude: Any = None
    longitude: Any = None


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
    document_location: Annotated[Any, Location] = None


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
    parsed_address: Annotated[Any, ParsedAddress] = None


class ChipData(Struct):
    """NFC `chip_data`: flat in published payloads, by data group (`DG1`) on the report page."""

    DG1: Annotated[Any, ChipData] = None
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
    chip_data: Annotated[Any, ChipData] = None
    authenticity: Annotated[Any, Authenticity] = None


class Face(Report):
    """Liveness, face match, and the standalone age estimation. Scores are 0–100."""

    score: Scalar = None
    face_quality: Scalar = None


class FaceSearch(Report):
    total_matches: Scalar = None


class PoaVerification(Report):
    issuing_state: str | None = None
    document_type: str | None = None
    issue_date: str | None = None
    expiration_date: str | None = None
    poa_address: str | None = None
    poa_formatted_address: str | None = None
    poa_parsed_address: Annotated[Any, ParsedAddress] = None
    expected_details_address: str | None = None
    expected_details_formatted_address: str | None = None
    expected_details_parsed_address: Annotated[Any, ParsedAddress] = None
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
    match_type: Annotated[str | None, OneOf(tables.MATCH_TYPES)] = None


class Distance(Struct):
    distance: Scalar = None


class Spot(Struct):
    """`ip`, `id_document`, `poa_document` of an IP analysis. A distance is a number of km or
    `{distance, direction}`.
    """

    location: Annotated[Any, Location] = None
    distance_from_ip: Annotated[Any, Distance] = None
    distance_from_id_document: Annotated[Any, Distance] = None
    distance_from_poa_document: Annotated[Any, Distance] = None


class LocationsInfo(Struct):
    ip: Annotated[Any, Spot] = None
    id_document: Annotated[Any, Spot] = None
    poa_document: Annotated[Any, Spot] = None


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
    ip: Annotated[Any, Spot] = None
    id_document: Annotated[Any, Spot] = None
    poa_document: Annotated[Any, Spot] = None
    locations_info: Annotated[Any, LocationsInfo] = None
    """V2 nests `ip`, `id_document` and `poa_document` here."""


class Company(Struct):
    registry_status: str | None = None
    country_code: str | None = None
    region: str | None = None
    registered_address: str | None = None


class RegistryCheck(Report):
    company: Annotated[Any, Company] = None


class KybDocument(Struct):
    uuid: Id = None
    document_type: str | None = None
    status: Annotated[str | None, OneOf(tables.STATUSES)] = None
    warnings: Annotated[Any, list[Warning]] = None


class KybDocuments(Report):
    items: Annotated[Any, list[KybDocument]] = None


class Questionnaire(Report):
    pass


class KeyPeople(Report):
    pass


class Review(Struct):
    """A reviewer's change of the session's status."""

    new_status: Annotated[str | None, OneOf(tables.STATUSES)] = None
    created_at: Scalar = None


class Session(Struct):
    """What envelope and decision hold about the session itself, beside status and arrays."""

    session_kind: Annotated[str | None, OneOf(tables.KINDS)] = None
    workflow_id: Id = None
    vendor_data: Id = None
    application_id: Id = None
    environment: Annotated[str | None, OneOf(tables.ENVIRONMENTS)] = None
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
    "questionnaire_responses": Questionnaire,
    "key_people_checks": KeyPeople,
}
"""The struct of each array's items."""


class FeatureItem(Struct):
    feature: Any = None


class Identified(Struct):
    """What identity and decision rest on, in an envelope or in a decision."""

    session_id: Id = None
    business_session_id: Id = None
    status: Annotated[str | None, OneOf(tables.STATUSES)] = None
    features: Annotated[Any, list[FeatureItem]] = None
    reviews: Annotated[Any, list[Review]] = None


Reports = defstruct(
    "Reports",
    [
        (key, Annotated[Any, (REPORTS[feature.array],)], None)
        for feature in tables.FEATURES
        for key in (feature.array, *feature.singles)
    ],
)
"""V3's arrays and V2's single objects."""

DECISION = (Identified, Session, Reports)


class Envelope(Struct):
    """A webhook, or the answer of a one-shot API."""

    webhook_type: Annotated[Any, OneOf(tables.SESSION_EVENTS)] = None
    event: Annotated[Any, OneOf(tables.SESSION_EVENTS)] = None
    decision: Annotated[Any, DECISION] = None
    data: Annotated[Any, DECISION] = None
    request_id: Id = None
    face_search: Annotated[Any, FaceSearch] = None
    age_estimation: Annotated[Any, Face] = None
