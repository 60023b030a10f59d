"""AiPrise: rows of its vocabularies that no other case shows."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Drop, LinkKind, SessionKind
from streams.vendors.aiprise import tables
from tests.vendors.aiprise.payloads import SESSION, draft, draft_of, fraud, normalize, only

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


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("FACE_PREVIOUSLY_ONBOARDED", LinkKind.FACE),
        ("ID_PREVIOUSLY_SEEN", LinkKind.DOCUMENT),
        ("ID_PREVIOUSLY_ATTEMPTED", LinkKind.DOCUMENT),
        ("BROWSER_PREVIOUSLY_SEEN", LinkKind.DEVICE),
        ("BROWSER_PREVIOUSLY_ATTEMPTED", LinkKind.DEVICE),
        ("IP_ADDRESS_PREVIOUSLY_SEEN", LinkKind.IP),
        ("IP_ADDRESS_PREVIOUSLY_ATTEMPTED", LinkKind.IP),
    ],
)
def test_a_code_of_something_seen_before_is_a_duplicate(code: str, kind: LinkKind) -> None:
    made = draft(fraud_insights={"result": "REVIEW", "warnings": [{"code": code}]})
    assert [d.link for d in made.vendor_duplicates] == [kind]


@pytest.mark.parametrize("code", ["TOR_DETECTED", "VPN_DETECTED"])
def test_a_code_makes_the_network_anonymous(code: str) -> None:
    ip = {"ip_address": "91.12.13.14", "result": "REVIEW", "warnings": [code]}
    assert [n.is_anonymous for n in fraud(ip_insights=ip).networks] == [True]


@pytest.mark.parametrize(
    ("status", "decision"), [("COMPLETED", "PENDING"), ("FAILED", "ERROR"), (None, "PENDING")]
)
def test_update_required(status: str | None, decision: str) -> None:
    made = draft(status, None, business_profile_result="UPDATE_REQUIRED")
    assert (made.decision, made.flags) == (decision, [])


def test_live_is_another_word_for_production() -> None:
    assert draft(environment="live").environment == "LIVE"


@pytest.mark.parametrize(
    "event", ["VERIFICATION_SESSION_STARTED", "SECTION_INFO_UPDATE", "COMMENT"]
)
def test_what_decides_nothing_is_dropped_even_beside_a_result(event: str) -> None:
    raw = {"event_type": event, "verification_session_id": SESSION, "status": "COMPLETED"}
    assert normalize(raw) == Drop("unsupported_event")


@pytest.mark.parametrize(
    ("field", "value", "decision"),
    [
        ("aiprise_summary", {"verification_result": "APPROVED"}, "APPROVED"),
        ("verification_result", "APPROVED", "APPROVED"),
        ("business_profile_result", "APPROVED", "APPROVED"),
        ("status", "RUNNING", "PENDING"),
    ],
)
def test_one_field_of_a_result_makes_a_response(field: str, value: Any, decision: str) -> None:
    assert draft_of({"verification_session_id": SESSION, field: value}).decision == decision


SECTIONS = """aiprise_summary id_info face_match_info face_liveness_info aml_info additional_info
fraud_insights business_info"""


@pytest.mark.parametrize("section", SECTIONS.split())
def test_an_event_with_a_section_is_not_thin(section: str) -> None:
    raw = {
        "event_type": "VERIFICATION_SESSION_COMPLETION",
        "verification_session_id": SESSION,
        "verification_result": "APPROVED",
    }
    assert draft_of(raw).flags == ["thin"]
    assert draft_of(raw | {section: None}).flags == []


@pytest.mark.parametrize(
    "status", ["NOT_STARTED", "SUBMITTED", "RUNNING", "PENDING", "COLLECTING", "PROCESSING"]
)
def test_a_section_that_runs_is_pending(status: str) -> None:
    made = draft(face_liveness_info={"status": status, "result": "APPROVED"})
    found = only(made, "liveness")
    assert (found.outcome, found.reasons, made.flags) == ("NOT_APPLICABLE", ["pending"], [])


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("nationality", "nationality_match"),
        ("address", "address_match"),
        ("full_address", "address_match"),
        ("personal_number", "id_number_match"),
        ("middle_name", "name_match"),
    ],
)
def test_crosschecked_fields(field: str, name: str) -> None:
    made = draft(id_info={"field_info": {field: {"unmatched": ["BUREAU"]}}})
    assert (only(made, name).outcome, only(made, name).instance) == ("REVIEW", field)


HITS = """PEP SANCTION ADVERSE_MEDIA WARNING FITNESS_PROBITY CRIMINAL_RECORD LEGAL_BACKGROUND
UNKNOWN"""


@pytest.mark.parametrize("hit", HITS.split())
def test_kinds_of_hits_are_reasons(hit: str) -> None:
    section = {"result": "REVIEW", "entity_hits": [{"aml_hits": [{"hit_type": hit}]}]}
    made = draft(aml_info=section)
    assert only(made, "aml").reasons == ["aml_hits", hit]
    assert made.flags == []


REAL_PHONES = "mobile wireless landline fixed_line fixed_line_or_mobile"


@pytest.mark.parametrize(
    ("kind", "virtual"),
    [
        ("VOIP", True),
        ("VIRTUAL", True),
        ("NON_FIXED_VOIP", True),
        ("FIXED_VOIP", True),
        *((kind, False) for kind in REAL_PHONES.split()),
        ("HOLOGRAPHIC", None),
    ],
)
def test_virtual_phones(kind: str, virtual: bool | None) -> None:
    made = fraud(phone_insights=[{"phone_number": "+4915123456789", "phone_type": kind}])
    assert [c.is_virtual for c in made.contacts] == [virtual]


@pytest.mark.parametrize(
    ("kind", "hosting"),
    [
        ("data center", True),
        ("datacenter", True),
        ("Hosting", True),
        ("server", True),
        ("cable", None),
    ],
)
def test_hosting(kind: str, hosting: bool | None) -> None:
    made = fraud(ip_insights={"ip_address": "91.12.13.14", "connection_type": kind})
    assert [n.is_hosting for n in made.networks] == [hosting]


@pytest.mark.parametrize(
    "field", ["business_info", "business_profile_event_type", "business_profile_result"]
)
def test_business_fields(field: str) -> None:
    value = {"result": "APPROVED"} if field == "business_info" else "APPROVED"
    assert draft(**{field: value}).session_kind is SessionKind.BUSINESS


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("added_entity_hits", "aml_hits_added"),
        ("new", "aml_hits_added"),
        ("updated_entity_hits", "aml_hits_updated"),
        ("updated", "aml_hits_updated"),
        ("removed_entity_hits", "aml_hits_removed"),
        ("removed", "aml_hits_removed"),
    ],
)
def test_lists_of_an_aml_update(name: str, reason: str) -> None:
    raw = {"verification_session_id": SESSION, "aml_monitoring_update": {name: [{"name": "x"}]}}
    made = draft_of({"event_type": "AML_MONITORING_UPDATE", "data": raw})
    assert made.reasons == ["missing:verification_result", reason]


@pytest.mark.parametrize("level", ["PROHIBITED", "HIGH"])
def test_a_high_risk_is_a_reason(level: str) -> None:
    assert draft(risk_info={"scoring": {"risk_level": level}}).reasons == [f"risk_level:{level}"]


RESPONSE_TYPES = {"id_info", "address_verification", "document_insights", "lookup_data"}
TECHNICAL = {"API_DATA_REQUIREMENTS_NOT_MET", "CUSTOM_ERROR_CODE"}


def test_words_that_only_drift_asks_for() -> None:
    assert (RESPONSE_TYPES, TECHNICAL) == (tables.RESPONSE_TYPES, tables.TECHNICAL)


def test_a_section_that_nobody_knows_is_a_check_with_its_codes() -> None:
    section = {"status": "COMPLETED", "result": "REVIEW", "warnings": [{"code": "VOICE_CLONED"}]}
    made = draft(voice_info=section, fraud_insights={"wallet_insights": section})
    for name in ("vendor.aiprise.voice_info", "vendor.aiprise.wallet_insights"):
        found = only(made, name)
        assert (found.outcome, found.reasons) == ("REVIEW", ["VOICE_CLONED"])


def test_a_kind_of_hit_that_nobody_knows_is_named() -> None:
    section = {"result": "REVIEW", "entity_hits": [{"aml_hits": [{"hit_type": "CRYPTO_MIXER"}]}]}
    made = draft(aml_info=section)
    assert only(made, "aml").reasons == ["aml_hits", "CRYPTO_MIXER"]
    assert made.flags == ["unmapped_value"]
