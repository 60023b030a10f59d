"""Alice: people, documents, addresses, devices, networks and duplicates of a report."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision, LinkKind, Outcome, Strength
from streams.vendors.base.draft import Draft
from tests.vendors.alice.payloads import USER, P, R, checks, draft, of_parts, report


@pytest.mark.parametrize(
    ("given_", "outcome", "linked"),
    [
        ([], [P], None),
        ({}, [P], None),
        (None, [], None),
        ([{"user_id": "u-2"}], [R], ["u-2"]),
        ([{"user_id": "u-2"}, {"user_id": "u-2"}, {"user_id": USER}], [R], ["u-2"]),
        ({"u-3": {"score": 90}}, [R], ["u-3"]),
        (["something"], [R], []),
        ([{"user_id": ["u"]}], [R], []),
    ],
)
def test_duplicates(given_: Any, outcome: list[Outcome], linked: list[str] | None) -> None:
    d = draft(report(duplicates=given_))
    assert [c.outcome for c in checks(d, "subject_not_duplicate")] == outcome
    assert d.decision is Decision.APPROVED
    if linked is None:
        assert d.vendor_duplicates == []
    else:
        (found,) = d.vendor_duplicates
        assert found.link is LinkKind.SUBJECT
        assert [(x.vendor, x.session_id, x.subject_id) for x in found.linked] == [
            ("alice", u, u) for u in linked
        ]


@pytest.mark.parametrize(
    ("device", "fingerprint", "strength"),
    [
        (("android", "14", "Pixel 8"), "android|14|Pixel 8", Strength.WEAK),
        (("ios", None, "iPhone18,3"), "ios||iPhone18,3", Strength.WEAK),
        (("ios", 19, "iPhone18,3"), "ios|19|iPhone18,3", Strength.WEAK),
        (("android", "14", None), None, None),
        (("android", "14", " "), None, None),
        (("android", "14", "Unknown"), None, None),
    ],
)
def test_fingerprint(device: tuple[Any, ...], fingerprint: str | None, strength: Any) -> None:
    names = ("platform", "platform_version", "model")
    d = draft(report({"devices": [dict(zip(names, device, strict=True))]}))
    (found,) = d.devices
    assert (found.fingerprint, found.device.strength) == (fingerprint, strength)


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("83.44.120.9", ("83.44.120.9", True)),
        (" 83.44.120.9 ", ("83.44.120.9", True)),
        ("::ffff:83.44.120.9", ("83.44.120.9", True)),
        ("::ffff:10.0.0.1", ("10.0.0.1", False)),
        ("2A02:9000:0::1", ("2a02:9000::1", True)),
        ("192.168.1.4", ("192.168.1.4", False)),
        ("100.64.7.7", ("100.64.7.7", False)),
        ("203.0.113.42", ("203.0.113.42", False)),
        ("127.0.0.1", ("127.0.0.1", False)),
        ("224.0.0.251", ("224.0.0.251", False)),
    ],
)
def test_ip(ip: str, expected: tuple[str, bool]) -> None:
    (network,) = draft(report({"devices": [{"ip": ip}]})).networks
    assert (network.ip, network.is_global) == expected


def test_each_ip_once() -> None:
    ips = ["83.44.120.9", "2a02:9000::1", "::ffff:83.44.120.9", "83.44.120.10"]
    d = draft(report({"devices": [{"ip": ip} for ip in ips]}))
    assert [n.ip for n in d.networks] == ["83.44.120.9", "2a02:9000::1", "83.44.120.10"]


@pytest.mark.parametrize("ip", ["111.22.333.44", "localhost", "1.2.3", "83.44.120.9:443"])
def test_an_unreadable_ip_is_a_reason_that_does_not_quote_it(ip: str) -> None:
    d = draft(report({"devices": [{"ip": ip, "model": "Pixel 8"}]}))
    assert d.networks == []
    assert d.reasons == ["invalid_ip:summary.devices[0].ip"]
    assert len(d.devices) == 1


def test_a_device_seen_in_the_summary_and_in_events_is_one() -> None:
    device = {"agent": "a", "platform": "ios", "model": "iPhone18,3", "ip": "83.44.120.9"}
    events = [
        {"id": str(i), "device": device, "occurred_on": f"2026-04-01T0{i}:00:00Z"} for i in (3, 2)
    ]
    d = draft(report({"devices": [device]}, events=events))
    assert (len(d.devices), len(d.networks)) == (1, 1)
    assert d.started_at == 1_775_008_800_000  # 2026-04-01T02:00:00Z


def test_what_was_read_goes_before_what_the_company_gave() -> None:
    external = {"first_name": "Given", "last_name": "Name", "email": "Given@Example.org"}
    read = [{"name": "first_name", "value": "Read"}]
    both = draft(report({"external_user_data": external, "user_data": read}))
    assert both.person is not None
    assert (both.person.first_name, both.person.last_name) == ("Read", None)
    whole = [{"name": "full_name", "value": "Read Whole"}]
    named = draft(report({"external_user_data": external, "user_data": whole})).person
    assert named is not None
    assert (named.first_name, named.full_name) == (None, "Read Whole")
    given_only = draft(report({"external_user_data": external}))
    assert given_only.person is not None
    assert (given_only.person.first_name, given_only.person.last_name) == ("Given", "Name")
    assert [c.value for c in given_only.contacts] == ["given@example.org"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("idcard", "ID_CARD"),
        ("driverlicense", "DRIVER_LICENSE"),
        ("residencepermit", "RESIDENCE_PERMIT"),
        ("passport", "PASSPORT"),
        ("healthinsurancecard", "HEALTH_INSURANCE_CARD"),
    ],
)
def test_document_type(raw: str, expected: str) -> None:
    fields = [{"name": "document_number", "value": "AB123456"}]
    meta = {"type": raw, "issuing_country": "PRT", "completed": True, "voided": False}
    (found,) = draft(
        report(documents=[{"id": "d", "meta": meta, "summary_fields": fields}])
    ).documents
    assert found.document.type == expected
    assert (found.document.issuing_country, found.number) == ("PRT", "AB123456")
    assert found.identifies


@pytest.mark.parametrize("flag", [{"voided": True}, {"sides": True}, {"voided": "true"}])
def test_a_voided_document_leaves_no_trace(flag: dict[str, Any]) -> None:
    meta = {"type": "passport", "issuing_country": "PRT", **flag}
    document = {"id": "d", "meta": meta, "checks": [{"key": "unexpired_document", "value": 0}]}
    d = draft(report(documents=[document]))
    assert (d.documents, d.checks) == ([], [])


def test_a_trusted_document_identifies_nobody() -> None:
    trusted = [{"id": "o", "meta": {"category": "Proof of residence"}}]
    (found,) = draft(report(other_trusted_documents=trusted)).documents
    assert not found.identifies
    assert (found.document.type, found.document.instance) == ("OTHER", "o")


def of_fields(**fields: str) -> Draft:
    listed = [{"name": name, "value": value} for name, value in fields.items()]
    return of_parts(documents=[{"id": "d", "summary_fields": listed}])


NUMBERS = "document_number id_number passport_number license_number personal_number"


@pytest.mark.parametrize("name", NUMBERS.split())
def test_names_of_the_number(name: str) -> None:
    assert of_fields(**{name: "C01X00T47"}).documents[0].number == "C01X00T47"


@pytest.mark.parametrize("name", ["expiration_date", "expiry_date"])
def test_names_of_the_expiry(name: str) -> None:
    assert str(of_fields(**{name: "2031-02-03"}).documents[0].document.expiry_date) == "2031-02-03"


@pytest.mark.parametrize("name", ["issue_date", "issuing_date"])
def test_names_of_the_issue(name: str) -> None:
    assert str(of_fields(**{name: "2021-02-03"}).documents[0].document.issue_date) == "2021-02-03"


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("full_name", "Ilse Vogt", "full_name"),
        ("name", "Ilse Vogt", "full_name"),
        ("sex", "F", "gender"),
        ("gender", "F", "gender"),
    ],
)
def test_names_of_personal_fields(name: str, value: str, part: str) -> None:
    person = of_fields(**{name: value}).person
    assert person is not None
    assert getattr(person, part) == value


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("address", "formatted"),
        ("full_address", "formatted"),
        ("street", "street"),
        ("address_street", "street"),
        ("city", "city"),
        ("address_city", "city"),
        ("municipality", "city"),
        ("region", "region"),
        ("province", "region"),
        ("state", "region"),
        ("address_region", "region"),
        ("postal_code", "postal_code"),
        ("zip_code", "postal_code"),
        ("address_postal_code", "postal_code"),
    ],
)
def test_names_of_address_fields(name: str, part: str) -> None:
    (address,) = of_fields(**{name: "Example"}).addresses
    assert getattr(address, part) == "Example"


@pytest.mark.parametrize("name", ["country", "address_country"])
def test_names_of_the_addresss_country(name: str) -> None:
    (address,) = of_fields(city="Graz", **{name: "AUT"}).addresses
    assert address.country == "AT"


@pytest.mark.parametrize(
    "model", ["unknown", "undefined", "null", "none", "N/A", "Generic", "other"]
)
def test_a_model_that_is_none_is_no_fingerprint(model: str) -> None:
    made = of_parts(summary={"devices": [{"platform": "android", "model": model}]})
    assert [(d.device.model, d.fingerprint) for d in made.devices] == [(None, None)]
