"""The parts of AiPrise's verification response that are read.

Source: AiPrise docs, "User Verification Response", and the API's published OpenAPI description.
Where the two and AiPrise's own samples disagree on a type (`vpn` text or boolean, coordinates text
or number, `phone_active` "YES" or boolean), the field takes any scalar and `streams.values` reads
it. Parts that have parts of their own are `Any`, so that one bad field costs only itself.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

Scalar = str | int | float | bool | None


Id = str | int | None


class Summary(Struct):
    verification_result: str | None = None


class Head(Struct):
    """What identity and decision rest on: read strictly."""

    verification_session_id: Id = None
    client_reference_id: Id = None
    status: str | None = None
    aiprise_summary: Summary | None = None
    verification_result: str | None = None
    business_profile_result: str | None = None


class Section(Struct):
    """What every section, lookup and insight has."""

    result: str | None = None
    status: str | None = None
    warnings: list[Any] | None = None
    status_reasons: list[Any] | None = None
    section_id: Scalar = None


class ParsedAddress(Struct):
    address_street_1: Scalar = None
    address_street_2: Scalar = None
    address_city: Scalar = None
    address_state: Scalar = None
    address_country: Scalar = None
    address_zip_code: Scalar = None


class ExtractedAddress(Struct):
    full_address: Scalar = None
    parsed_address: Any = None


class IdInfo(Section):
    id_type: str | None = None
    id_number: Scalar = None
    id_expiry_date: str | None = None
    id_issue_date: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    second_last_name: str | None = None
    full_name: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    nationality: str | None = None
    nationality_code: str | None = None
    issue_country: str | None = None
    issue_country_code: str | None = None
    address: Any = None
    lookup_details: Any = None
    field_info: Any = None


class LookupDetails(Struct):
    lookup_list: Any = None


class Lookup(Section):
    """One of `lookup_details.lookup_list`, and the data of a LOOKUP_DATA response."""

    lookup_source: str | None = None
    lookup_type: str | None = None
    database_name: str | None = None
    title: str | None = None


class FaceMatch(Section):
    face_match_score: Scalar = None
    """0 to 100."""


class Aml(Section):
    num_hits: Scalar = None
    entity_hits: Any = None


class EntityHit(Struct):
    aml_hits: Any = None


class AmlHit(Struct):
    hit_type: str | None = None


class AdditionalInfo(Struct):
    additional_info_type: str | None = None
    additional_info_response_type: str | None = None
    data: Any = None


class AddressVerification(Section):
    extracted_address: Any = None
    document_issue_date: str | None = None
    document_expiry_date: str | None = None
    document_type: str | None = None
    name_match: Scalar = None
    address_match: Scalar = None


class DocumentInsights(Section):
    address_verification_info: Any = None


class FraudInsights(Section):
    ip_insights: Any = None
    device_insights: Any = None
    email_insights: Any = None
    phone_insights: Any = None
    geolocation_insights: Any = None
    related_session_insights: Any = None


class IpInsights(Section):
    ip_address: str | None = None
    unique_hash: Scalar = None
    internet_service_provider: str | None = None
    connection_type: str | None = None
    vpn: Scalar = None
    proxy: Scalar = None
    tor: Scalar = None
    active_vpn: Scalar = None
    active_tor: Scalar = None
    bot_status: Scalar = None
    location: Any = None


class Location(Struct):
    city: str | None = None
    region: str | None = None
    country: str | None = None
    country_code: str | None = None
    latitude: Scalar = None
    longitude: Scalar = None
    timezone: str | None = None


class DeviceInsights(Section):
    bot_status: Scalar = None
    incognito: Scalar = None
    privacy_settings: Scalar = None
    browser_name: str | None = None
    device: str | None = None
    os: str | None = None
    os_version: Scalar = None


class EmailInsights(Section):
    email: str | None = None
    is_breached: Scalar = None
    domain_info: Any = None


class DomainInfo(Struct):
    disposable: Scalar = None


class PhoneInsights(Section):
    phone_number: Scalar = None
    country: str | None = None
    phone_type: str | None = None
    phone_valid: Scalar = None
    phone_active: Scalar = None
    phone_disposable: Scalar = None
    phone_is_spam: Scalar = None


class Geolocation(Section):
    latitude: Scalar = None
    longitude: Scalar = None
    accuracy: Scalar = None
    """Metres."""


class RelatedSessions(Section):
    related_sessions: Any = None


class RelatedSession(Struct):
    verification_session_id: Scalar = None
    relation: str | None = None
    result: str | None = None
    status: str | None = None
    created_at: Scalar = None
