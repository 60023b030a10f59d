"""AiPrise: network, device, contacts, places, related sessions, crosschecked fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vendors.aiprise.payloads import draft, fraud, only


@pytest.mark.parametrize("sign", ["vpn", "proxy", "tor", "active_vpn", "active_tor"])
@pytest.mark.parametrize(
    ("given", "anonymous"),
    [
        (True, True), ("true", True), ("YES", True), (1, True),
        (False, False), ("false", False), (None, None), ("maybe", None),
    ],
)  # fmt: skip
def test_signs_of_anonymity(sign: str, given: Any, anonymous: bool | None) -> None:
    silent = fraud(ip_insights={"result": "UNKNOWN", "ip_address": "41.58.0.10", sign: given})
    assert silent.networks[0].is_anonymous is anonymous
    check = only(silent, "ip_not_anonymous")
    assert (check.outcome, check.reasons) == (
        ("REVIEW", [sign]) if anonymous else ("NOT_APPLICABLE", [])
    )
    judged = fraud(ip_insights={"result": "APPROVED", sign: given})
    assert only(judged, "ip_not_anonymous").outcome == "PASS"


@pytest.mark.parametrize("result", ["APPROVED", "UNKNOWN", "REVIEW", None])
@pytest.mark.parametrize("bot", [True, "true"])
def test_a_bot_fails_whatever_the_result(result: str | None, bot: Any) -> None:
    made = fraud(device_insights={"result": result, "bot_status": bot})
    assert only(made, "device_not_bot").outcome == "FAIL"
    assert made.devices[0].device.is_bot is True
    assert only(fraud(ip_insights={"result": result, "bot_status": bot}), "device_not_bot").reasons


@pytest.mark.parametrize("sign", ["incognito", "privacy_settings"])
@pytest.mark.parametrize(
    ("result", "given", "outcome"),
    [
        ("UNKNOWN", True, "REVIEW"),
        ("UNKNOWN", False, "NOT_APPLICABLE"),
        ("APPROVED", True, "PASS"),
        ("APPROVED", False, "PASS"),
        ("REVIEW", True, "REVIEW"),
    ],
)
def test_signs_of_a_guarded_device(sign: str, result: str, given: bool, outcome: str) -> None:
    made = fraud(device_insights={"result": result, sign: given})
    found = only(made, "device_integrity")
    assert (found.outcome, found.reasons) == (outcome, [sign] if given else [])


@pytest.mark.parametrize(
    ("given", "ip", "is_global", "reason"),
    [
        ("41.58.0.10", "41.58.0.10", True, None),
        ("::ffff:41.58.0.10", "41.58.0.10", True, None),
        ("10.0.0.4", "10.0.0.4", False, None),
        ("100.64.0.9", "100.64.0.9", False, None),
        ("203.0.113.7", "203.0.113.7", False, None),
        ("111.22.333.44", None, None, "invalid_ip:fraud_insights.ip_insights.ip_address"),
        ("", None, None, None),
    ],
)
def test_ip_addresses(given: str, ip: str | None, is_global: bool | None, reason: Any) -> None:
    made = fraud(ip_insights={"ip_address": given, "internet_service_provider": "Example Net"})
    assert (made.networks[0].ip, made.networks[0].is_global) == (ip, is_global)
    assert made.reasons == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (6.45, 3.39, (6.45, 3.39)),
        ("6.45", "3.39", (6.45, 3.39)),
        (-90, 180, (-90.0, 180.0)),
        (None, None, None),
        (0, 0, "bad"),
        ("0.0", "0", "bad"),
        (6.45, None, "bad"),
        (103.68, 1.35, "bad"),
        (1.35, 190, "bad"),
        ("north", "3.39", "bad"),
        (True, False, "bad"),
    ],
)
@pytest.mark.parametrize("where", ["ip_insights.location", "geolocation_insights"])
def test_coordinates(where: str, latitude: Any, longitude: Any, expected: Any) -> None:
    given = {"latitude": latitude, "longitude": longitude, "city": "Lagos"}
    if where == "geolocation_insights":
        made = fraud(geolocation_insights=given | {"accuracy": "35"})
        places = [(a.latitude, a.longitude) for a in made.addresses]
        assert all(a.role == "GEOLOCATION" and a.radius_km == 0.035 for a in made.addresses)
    else:
        made = fraud(ip_insights={"location": given})
        places = [(n.latitude, n.longitude) for n in made.networks if n.latitude is not None]
        assert made.networks[0].city == "Lagos"
    assert places == ([expected] if isinstance(expected, tuple) else [])
    bad = [f"invalid_coordinates:fraud_insights.{where}"]
    assert made.reasons == (bad if expected == "bad" else [])


@pytest.mark.parametrize(
    ("accuracy", "radius"),
    [("35", 0.035), (1500.0, 1.5), (0, 0.0), (None, None), ("-1", None), ("near", None)],
)
def test_accuracy_is_in_metres(accuracy: Any, radius: float | None) -> None:
    made = fraud(geolocation_insights={"latitude": 6.4, "longitude": 3.3, "accuracy": accuracy})
    assert made.addresses[0].radius_km == radius


def test_data_of_brokers_is_not_the_applicants() -> None:
    person = {
        "addresses": [{"address_city": "Quito", "latitude": "-0.2", "longitude": "-78.5"}],
        "ip_addresses": [{"value": "186.4.0.1"}],
        "names": [{"value": "Rosa Quispe"}],
        "email_address": {"value": "rosa@example.com"},
        "phone_number": "+593991234567",
    }
    made = fraud(
        email_insights=[
            {"result": "FOUND", "email": "Ifeoma.Obi@Example.com", "persons": [person]}
        ],
        phone_insights=[{"result": "FOUND", "phone_number": "+2348031234567", "persons": [person]}],
    )
    assert (made.addresses, made.networks, made.person, made.devices) == ([], [], None, [])
    assert [c.value for c in made.contacts] == ["ifeoma.obi@example.com", "+2348031234567"]


@pytest.mark.parametrize(
    ("relation", "link", "name"),
    [
        ("BROWSER", "DEVICE", "device_not_duplicate"),
        ("SAME_DEVICE", "DEVICE", "device_not_duplicate"),
        ("FACE", "FACE", "face_not_duplicate"),
        ("IP_ADDRESS", "IP", "ip_not_duplicate"),
        ("PHONE_NUMBER", "PHONE", "phone_not_duplicate"),
        ("EMAIL", "EMAIL", "email_not_duplicate"),
        ("ID_NUMBER", "DOCUMENT", "document_not_duplicate"),
        ("CLIENT_REFERENCE", "SUBJECT", "subject_not_duplicate"),
        ("USER", "SUBJECT", "subject_not_duplicate"),
        ("SUBJECT", "SUBJECT", "subject_not_duplicate"),
        ("PERSON", "SUBJECT", "subject_not_duplicate"),
        ("HOUSEHOLD", "SUBJECT", "subject_not_duplicate"),
        (None, "SUBJECT", "subject_not_duplicate"),
    ],
)
def test_related_sessions_are_duplicates_by_what_they_share(
    relation: str | None, link: str, name: str
) -> None:
    session = {
        "verification_session_id": "other",
        "relation": relation,
        "status": "COMPLETED",
        "result": "DECLINED",
        "created_at": 1_779_000_000_000,
    }
    related = {"status": "COMPLETED", "result": "REVIEW", "related_sessions": [session, session]}
    made = fraud(related_session_insights=related)
    (duplicate,) = made.vendor_duplicates
    (linked,) = duplicate.linked
    assert (duplicate.link, linked.session_id, linked.decision) == (link, "other", "DECLINED")
    assert linked.seen_at == 1_779_000_000_000
    found = only(made, name)
    assert (found.outcome, found.reasons) == ("REVIEW", [relation] if relation else [])
    assert ("unmapped_value" in made.flags) is (relation == "HOUSEHOLD")


FIELDS = [
    ({"matched": ["CURP"], "unmatched": []}, "PASS", []),
    ({"matched": ["CURP"], "unmatched": ["NIN"]}, "REVIEW", ["unmatched", "unmatched:NIN"]),
    ({"matched": None, "unmatched": ["a b c"]}, "REVIEW", ["unmatched"]),
    ({"matched": [], "unmatched": []}, "NOT_APPLICABLE", ["not_run"]),
    ({"matched": True}, "PASS", []),
    ({"matched": True, "unmatched": False}, "PASS", []),
    ({"matched": False, "unmatched": True}, "REVIEW", ["unmatched"]),
    ({"matched": False}, "REVIEW", ["unmatched"]),
    ({"matched": False, "unmatched": False}, "NOT_APPLICABLE", ["not_run"]),
    ({"matched": None, "unmatched": None}, "NOT_APPLICABLE", ["not_run"]),
    (True, "PASS", []),
    (False, "REVIEW", ["unmatched"]),
]
FIELD_CHECKS = {
    "first_name": "name_match", "middle_name": "name_match", "last_name": "name_match",
    "second_last_name": "name_match", "full_name": "name_match",
    "birth_date": "birth_date_match", "gender": "gender_match", "id_number": "id_number_match",
    "personal_number": "id_number_match", "id_expiry_date": "document_dates_coherent",
    "id_issue_date": "document_dates_coherent", "blood_type": "vendor.aiprise.blood_type",
}  # fmt: skip


@pytest.mark.parametrize(("crosscheck", "outcome", "reasons"), FIELDS)
@pytest.mark.parametrize(("key", "name"), FIELD_CHECKS.items())
def test_crosschecked_fields(
    key: str, name: str, crosscheck: Any, outcome: str, reasons: list[str]
) -> None:
    found = only(draft(id_info={"field_info": {key: crosscheck}}), name)
    assert (found.outcome, found.reasons, found.instance) == (outcome, reasons, key)
    assert found.vendor_key == f"id_info.field_info.{key}"


def test_a_proof_of_address_identifies_nobody_and_the_first_document_names_the_person() -> None:
    tax = {"additional_info_response_type": "ID_INFO", "data": {"first_name": "Ada"}}
    bill = {"additional_info_response_type": "ADDRESS_VERIFICATION", "data": {}}
    made = draft(id_info={"first_name": "Ifeoma", "id_number": "A1"}, additional_info=[tax, bill])
    assert made.person is not None
    assert made.person.first_name == "Ifeoma"
    assert [d.identifies for d in made.documents] == [True, False]


@pytest.mark.parametrize("hash_", ["null", "unknown", "q7RmT0xW2cVb9LzK4eYd", 8137742])
def test_the_hash_of_the_browser_is_handed_on_as_it_is(hash_: Any) -> None:
    made = fraud(ip_insights={"unique_hash": hash_})
    assert [(d.fingerprint, d.device.strength) for d in made.devices] == [(str(hash_), "MEDIUM")]


@pytest.mark.parametrize("hash_", [None, "", "  "])
def test_no_hash_no_device(hash_: Any) -> None:
    assert fraud(ip_insights={"unique_hash": hash_}).devices == []
