"""The parts of AiPrise's verification response that are read.

Source: AiPrise docs, "User Verification Response", and the API's published OpenAPI description.
Where the two and AiPrise's own samples disagree on a type (`vpn` text or boolean, coordinates text
or number, `phone_active` "YES" or boolean), the field takes any scalar and
`streams.vendors.base` reads it. Parts that have parts of their own are `Any`, so that one
bad field costs only itself.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Struct

from streams.vendors.aiprise import tables
from streams.vendors.base.fields import OneOf

Scalar = str | int | float | bool | None


Id = str | int | None


class Summary(Struct):
    verification_result: Annotated[str | None, OneOf(tables.RESULTS)] = None


class Head(Struct):
    """What identity and decision rest on: read strictly."""

    verification_session_id: Id = None
    status: Annotated[str | None, OneOf(tables.LIFECYCLES)] = None
    aiprise_summary: Summary | None = None
    verification_result: Annotated[str | None, OneOf(tables.RESULTS)] = None
    business_profile_result: Annotated[str | None, OneOf(tables.RESULTS)] = None


class Reason(Struct):
    """An entry of `status_reasons`, or a reviewer's `reason`. Their codes are an open list."""

    code: str | None = None


class Warning(Struct):  # noqa: A001 - AiPrise's name for it
    code: Annotated[str | None, tables.CODES] = None


class Section(Struct):
    """What every section, lookup and insight has."""

    result: Annotated[str | None, OneOf(tables.SECTION_RESULTS)] = None
    status: Annotated[str | None, OneOf(tables.SECTION_STATUSES)] = None
    warnings: Annotated[list[Any] | None, list[Warning], tables.CODES] = None
    status_reasons: Annotated[list[Any] | None, list[Reason]] = None
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
    parsed_address: Annotated[Any, ParsedAddress] = None


class Lookup(Section):
    """One of `lookup_details.lookup_list`, and the data of a LOOKUP_DATA response."""

    lookup_source: str | None = None
    lookup_type: str | None = None
    database_name: str | None = None
    title: str | None = None


class LookupDetails(Struct):
    lookup_list: Annotated[Any, list[Lookup]] = None


class Crosscheck(Struct):
    matched: Any = None
    unmatched: Any = None


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
    address: Annotated[Any, ExtractedAddress] = None
    lookup_details: Annotated[Any, LookupDetails] = None
    field_info: Annotated[Any, dict[str, Crosscheck], OneOf(tables.FIELD_CHECKS)] = None


class FaceMatch(Section):
    face_match_score: Scalar = None
    """0 to 100."""


class Liveness(Section):
    pass


class AmlHit(Struct):
    hit_type: Annotated[str | None, OneOf(tables.HIT_TYPES)] = None


class EntityHit(Struct):
    aml_hits: Annotated[Any, list[AmlHit]] = None


class Aml(Section):
    num_hits: Scalar = None
    entity_hits: Annotated[Any, list[EntityHit]] = None


class AddressVerification(Section):
    extracted_address: Annotated[Any, ExtractedAddress] = None
    document_issue_date: str | None = None
    document_expiry_date: str | None = None
    document_type: str | None = None
    name_match: Scalar = None
    address_match: Scalar = None


class DocumentInsights(Section):
    address_verification_info: Annotated[Any, AddressVerification] = None


class AdditionalInfo(Struct):
    additional_info_type: str | None = None
    additional_info_response_type: Annotated[str | None, OneOf(tables.RESPONSE_TYPES)] = None
    data: Annotated[Any, IdInfo | AddressVerification | DocumentInsights | list[Lookup]] = None


class Location(Struct):
    city: str | None = None
    region: str | None = None
    country: str | None = None
    country_code: str | None = None
    latitude: Scalar = None
    longitude: Scalar = None
    timezone: str | None = None


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
    location: Annotated[Any, Location] = None


class DeviceInsights(Section):
    bot_status: Scalar = None
    incognito: Scalar = None
    privacy_settings: Scalar = None
    browser_name: str | None = None
    device: str | None = None
    os: str | None = None
    os_version: Scalar = None


class DomainInfo(Struct):
    disposable: Scalar = None


class EmailInsights(Section):
    email: str | None = None
    is_breached: Scalar = None
    domain_info: Annotated[Any, DomainInfo] = None


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


class RelatedSession(Struct):
    verification_session_id: Scalar = None
    relation: str | None = None
    result: Annotated[str | None, OneOf(tables.RESULTS)] = None
    status: Annotated[str | None, OneOf(tables.LIFECYCLES)] = None
    created_at: Scalar = None


class RelatedSessions(Section):
    related_sessions: Annotated[Any, list[RelatedSession]] = None


class FraudInsights(Section):
    ip_insights: Annotated[Any, IpInsights] = None
    device_insights: Annotated[Any, DeviceInsights] = None
    email_insights: Annotated[Any, list[EmailInsights]] = None
    phone_insights: Annotated[Any, list[PhoneInsights]] = None
    geolocation_insights: Annotated[Any, Geolocation] = None
    related_session_insights: Annotated[Any, RelatedSessions] = None


class Scoring(Struct):
    risk_level: str | None = None


class RiskInfo(Struct):
    scoring: Annotated[Any, Scoring] = None


class AmlUpdate(Struct):
    """An AML_MONITORING_UPDATE, in both published spellings of its lists."""

    created_at: Scalar = None
    added_entity_hits: Any = None
    updated_entity_hits: Any = None
    removed_entity_hits: Any = None
    new: Any = None
    updated: Any = None
    removed: Any = None


class Response(Head):
    """A response, or a callback with the fields of one beside its own."""

    client_reference_id: Id = None
    template_id: Id = None
    user_profile_id: Id = None
    environment: Annotated[Any, OneOf(tables.ENVIRONMENTS)] = None
    created_at: Scalar = None
    status_reasons: Annotated[Any, list[Reason]] = None
    id_info: Annotated[Any, IdInfo] = None
    face_match_info: Annotated[Any, FaceMatch] = None
    face_liveness_info: Annotated[Any, Liveness] = None
    aml_info: Annotated[Any, Aml] = None
    business_info: Annotated[Any, Section] = None
    additional_info: Annotated[Any, list[AdditionalInfo]] = None
    fraud_insights: Annotated[Any, FraudInsights] = None
    risk_info: Annotated[Any, RiskInfo] = None
    event_type: Annotated[Any, OneOf(tables.EVENT_STATUS, tables.NO_DECISIONS)] = None
    callback_uuid: Id = None
    reason: Annotated[Any, Reason] = None
    aml_monitoring_update: Annotated[Any, AmlUpdate] = None
    user_profile_event_type: Any = None
    business_profile_event_type: Any = None


class Callback(Struct):
    """What may wrap a response."""

    data: Annotated[Any, Response] = None
    payload: Annotated[Any, Response] = None
    response: Annotated[Any, Response] = None
    result: Annotated[Any, Response] = None
