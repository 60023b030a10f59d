"""Alice, row by row: what each state, word, check and device of a report must become.

The tables here are written from Alice's pages "Report" and "Checks", not from the module's own.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.contracts.model import (
    Check,
    DecidedBy,
    Decision,
    Lifecycle,
    LinkKind,
    Outcome,
    Rejection,
    ScoreKind,
    Strength,
)
from streams.vendors.alice import normalize
from streams.vendors.base.draft import Draft
from tests.support.json_fuzz import JSON, damaged, payloads, reversed_keys

USER = "0f4b2c1d-7a3e-4b8c-9d5f-6e1a2b3c4d5e"
P, F, R, N = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW, Outcome.NOT_APPLICABLE


def report(summary: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    return {
        "id": "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d",
        "user_id": USER,
        "version": 1,
        "created_at": "2026-04-01T09:00:00Z",
        "summary": {"state": {"value": "ACCEPTED"}, **(summary or {})},
        "selfies": [],
        "documents": [],
        **parts,
    }


def draft(payload: dict[str, Any]) -> Draft:
    result = normalize(payload)
    assert isinstance(result, Draft), result
    return result


def checks(d: Draft, name: str) -> list[Check]:
    return [c for c in d.checks if c.name == name]


def outcomes(d: Draft) -> dict[str, Outcome]:
    return {c.name: c.outcome for c in d.checks}


def with_checks(level: str, key: str, value: Any) -> dict[str, Any]:
    found = [{"key": key, "detail": "", "value": value}]
    field = {"name": "expiration_date", "value": "2030-01-01", "score": 90, "checks": found}
    return {
        "summary": lambda: report({"checks": found}),
        "selfie": lambda: report(selfies=[{"id": "s", "checks": found}]),
        "document": lambda: report(documents=[{"id": "d", "checks": found}]),
        "field": lambda: report(documents=[{"id": "d", "summary_fields": [field]}]),
    }[level]()


# -- the verdict --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "decision", "lifecycle"),
    [
        ("NOT_STARTED", Decision.PENDING, Lifecycle.NOT_STARTED),
        ("INPROGRESS", Decision.PENDING, Lifecycle.IN_PROGRESS),
        ("IN_PROGRESS", Decision.PENDING, Lifecycle.IN_PROGRESS),
        ("TO_REVIEW", Decision.REVIEW, Lifecycle.COMPLETED),
        ("REJECTED", Decision.DECLINED, Lifecycle.COMPLETED),
        ("ACCEPTED", Decision.APPROVED, Lifecycle.COMPLETED),
        (" accepted ", Decision.APPROVED, Lifecycle.COMPLETED),
        ("To Review", Decision.REVIEW, Lifecycle.COMPLETED),
    ],
)
def test_state(raw: str, decision: Decision, lifecycle: Lifecycle) -> None:
    d = draft(report({"state": {"value": raw}}))
    assert (d.decision, d.lifecycle, d.flags) == (decision, lifecycle, [])
    assert d.vendor_status == {"state": raw.strip()}
    assert d.decided_by is DecidedBy.UNKNOWN


@pytest.mark.parametrize("raw", ["ACCEPTED_2", "APPROVED", "ok", "1", "ACCEPT ED"])
def test_an_unknown_state_is_never_an_approval(raw: str) -> None:
    d = draft(report({"state": {"value": raw}}))
    assert (d.decision, d.lifecycle) == (Decision.UNDETERMINED, Lifecycle.UNKNOWN)
    assert d.flags == ["unmapped_value"]
    assert d.reasons == ["unmapped:summary.state.value"]


@pytest.mark.parametrize("state", [None, {}, {"value": None}, {"value": ""}, {"value": "  "}])
def test_without_a_state_no_check_makes_a_verdict(state: Any) -> None:
    result = {"selfie_security": "ok", "document_security": "ok"}
    d = draft(report({"state": state, "result": result}, selfies=[{"id": "s", "liveness": 100}]))
    assert d.decision is Decision.UNDETERMINED
    assert d.reasons == ["missing:summary.state.value"]
    assert d.flags == []


def test_without_a_state_and_anything_captured_the_user_has_yet_to_begin() -> None:
    assert draft(report({"state": None})).decision is Decision.PENDING
    no_lists = {"user_id": USER, "version": 1, "summary": {"state": None}}
    assert draft(no_lists).decision is Decision.UNDETERMINED


# -- checks -------------------------------------------------------------------------------------

CHECKS = [
    ("summary", "only_one_device_check", "single_device", None),
    ("summary", "only_one_ip_check", "single_ip", None),
    ("selfie", "liveness", "liveness", "s"),
    ("selfie", "only_one_face", "single_face", "s"),
    ("document", "authentic_nfc_chip", "document_chip_authentic", "d"),
    ("document", "checked_info_code", "document_machine_code", "d"),
    ("document", "coherent_document_dates", "document_dates_coherent", "d"),
    ("document", "consistent_document", "document_data_consistent", "d"),
    ("document", "expected_document", "document_type_expected", "d"),
    ("document", "face_in_front_side", "document_face_present", "d"),
    ("document", "face_matching", "face_match", "d"),
    ("document", "not_a_forged_document", "document_authentic", "d"),
    ("document", "not_a_printed_document", "document_not_printed", "d"),
    ("document", "not_a_screen_document", "document_not_screen", "d"),
    ("document", "not_a_synthetic_document", "document_not_synthetic", "d"),
    ("document", "uncompromised_document", "document_not_compromised", "d"),
    ("document", "unexpired_document", "document_not_expired", "d"),
    ("field", "checked_field", "field_checksum", "expiration_date"),
    ("field", "expected_field", "field_expected", "expiration_date"),
    ("field", "complete_mrz_name", "field_name_in_mrz", "expiration_date"),
    ("field", "consistent_field", "field_consistent", "expiration_date"),
    ("field", "over_18", "minimum_age", "expiration_date"),
    ("field", "unexpired_date", "field_date_not_expired", "expiration_date"),
    ("field", "valid_date_format", "field_date_format", "expiration_date"),
    ("field", "valid_date_range", "field_date_range", "expiration_date"),
    ("summary", "brand_new", "vendor.alice.brand_new", None),
    ("selfie", "brand_new", "vendor.alice.brand_new", "s"),
    ("document", "brand_new", "vendor.alice.brand_new", "d"),
    ("field", "brand_new", "vendor.alice.brand_new", "expiration_date"),
]
VALUES = [
    (100, P, 1.0),
    (50, P, 0.5),
    (50.0, P, 0.5),
    ("50", P, 0.5),
    (49.99999, F, 0.5),  # the score is rounded, the outcome is not
    (49, F, 0.49),
    (0, F, 0.0),
    (None, N, None),
]


@pytest.mark.parametrize(("level", "key", "name", "instance"), CHECKS)
@pytest.mark.parametrize(("value", "outcome", "score"), VALUES)
def test_check(
    level: str, key: str, name: str, instance: str | None, value: Any, outcome: Any, score: Any
) -> None:
    found = checks(draft(with_checks(level, key, value)), name)
    assert len(found) == 1
    (c,) = found
    assert (c.outcome, c.score, c.instance, c.vendor_key) == (outcome, score, instance, key)
    assert c.score_kind is (None if value is None else ScoreKind.VENDOR)
    assert c.reasons == []


@pytest.mark.parametrize("value", [True, False, 100.01, -0.5, "high", "", [50], {"value": 50}])
@pytest.mark.parametrize("level", ["summary", "selfie", "document", "field"])
def test_an_impossible_value_fails_nobody(level: str, value: Any) -> None:
    found = checks(draft(with_checks(level, "brand_new", value)), "vendor.alice.brand_new")
    assert [(c.outcome, c.score, c.reasons) for c in found] == [(N, None, ["invalid_value"])]


@pytest.mark.parametrize(
    ("raw", "outcome", "reasons"),
    [
        ("ok", P, []),
        ("OK", P, []),
        ("ko", F, []),
        ("n/a", N, []),
        ("N/A", N, []),
        ("", N, []),
        (None, N, []),
        ("maybe", N, ["unmapped"]),
        (5, N, ["unmapped"]),
    ],
)
@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("selfie_security", "biometric_security"),
        ("document_security", "document_security"),
        ("document_read", "document_readable"),
        ("process_security", "process_integrity"),
    ],
)
def test_summary_result(key: str, name: str, raw: Any, outcome: Outcome, reasons: Any) -> None:
    d = draft(report({"result": {key: raw}}))
    (c,) = checks(d, name)
    assert (c.outcome, c.reasons) == (outcome, reasons)
    assert ("unmapped_value" in d.flags) == bool(reasons)
    assert all(x.outcome is N for x in d.checks if x.name != name)
    assert d.decision is Decision.APPROVED


# -- one fact in three places -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("in_checks", "in_selfie", "in_summary", "raw", "key"),
    [
        (80, 20, 30, "80", "liveness"),
        (None, 60, 30, "60", "liveness"),
        ("absent", 60, 30, "60", "liveness"),
        (None, None, 70, "70", "face_liveness"),
        ("absent", None, 70, "70", "face_liveness"),
        (0, 99, 99, "0", "liveness"),
        (None, None, None, None, "liveness"),
    ],
)
def test_liveness_is_told_once(
    in_checks: Any, in_selfie: Any, in_summary: Any, raw: str | None, key: str
) -> None:
    own = [] if in_checks == "absent" else [{"key": "liveness", "value": in_checks}]
    selfie = {"id": "s", "checks": own, "liveness": in_selfie, "voided": False}
    d = draft(report({"face_liveness": in_summary}, selfies=[selfie]))
    assert [(c.raw_value, c.vendor_key) for c in checks(d, "liveness")] == [(raw, key)]


def test_a_voided_selfie_leaves_liveness_to_the_summary() -> None:
    voided = {"id": "s", "checks": [{"key": "liveness", "value": 1}], "voided": True}
    d = draft(report({"face_liveness": 88}, selfies=[voided]))
    assert [c.raw_value for c in checks(d, "liveness")] == ["88"]


@pytest.mark.parametrize(("faces", "outcome"), [(1, P), (1.0, P), (0, F), (3, F)])
def test_number_of_faces_stands_in_for_only_one_face(faces: float, outcome: Outcome) -> None:
    d = draft(report(selfies=[{"id": "s", "number_of_faces": faces}]))
    assert [c.outcome for c in checks(d, "single_face")] == [outcome]
    given_too = {"id": "s", "number_of_faces": 3, "checks": [{"key": "only_one_face", "value": 99}]}
    assert [c.outcome for c in checks(draft(report(selfies=[given_too])), "single_face")] == [P]


def fields_with(value: int) -> list[dict[str, Any]]:
    return [
        {
            "name": "birth_date",
            "value": "2000-01-01",
            "checks": [{"key": "over_18", "value": value}],
        }
    ]


@pytest.mark.parametrize(
    ("best", "of_side", "of_user", "raw"),
    [
        (90, 10, 20, "90"),
        (None, 10, 20, "10"),
        (None, None, 20, "20"),
    ],
)
def test_field_checks_come_from_one_place(best: Any, of_side: Any, of_user: Any, raw: str) -> None:
    document: dict[str, Any] = {"id": "d"}
    if best is not None:
        document["summary_fields"] = fields_with(best)
    if of_side is not None:
        document["sides"] = {"front": None, "back": {"fields": fields_with(of_side)}}
    d = draft(report({"user_data": fields_with(of_user)}, documents=[document]))
    assert [c.raw_value for c in checks(d, "minimum_age")] == [raw]


@pytest.mark.parametrize(
    ("of_document", "expected"),
    [("absent", ("0", "unexpired_date")), (100, ("100", "unexpired_document"))],
)
def test_an_expired_date_stands_for_its_document(of_document: Any, expected: Any) -> None:
    payload = with_checks("field", "unexpired_date", 0)
    if of_document != "absent":
        payload["documents"][0]["checks"] = [{"key": "unexpired_document", "value": of_document}]
    found = checks(draft(payload), "document_not_expired")
    assert [(c.raw_value, c.vendor_key) for c in found] == [expected]
    assert found[0].instance == "d"


# -- duplicates, devices, people ----------------------------------------------------------------


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


@pytest.mark.parametrize("state", ["NOT_STARTED", "IN_PROGRESS", "SOMETHING_NEW"])
def test_nobody_has_looked_for_duplicates_before_the_end(state: str) -> None:
    given = report(duplicates=[])
    given["summary"]["state"] = {"value": state}
    (found,) = checks(draft(given), "subject_not_duplicate")
    assert (found.outcome, found.reasons) == (Outcome.NOT_APPLICABLE, ["pending"])


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


# -- delivery -----------------------------------------------------------------------------------


def test_the_session_is_the_user_and_the_event_the_report() -> None:
    first, second = draft(report()), draft(report(id="another-report"))
    assert first.session_id == second.session_id == first.subject_id == first.vendor_subject_id
    assert first.vendor_event_id != second.vendor_event_id
    assert first.may_regress
    assert first.occurred_at == 1_775_034_000_000  # 2026-04-01T09:00:00Z


STATE = {"state": {"value": "ACCEPTED"}}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "unknown_shape"),
        ({"user_id": USER}, "unknown_shape"),
        ({"event": "user_created", "data": {"user_id": USER}}, "unknown_shape"),
        ({"report": [report()]}, "unknown_shape"),
        ({"summary": {"total": 3}}, "unknown_shape"),
        ({**report(), "aiprise_summary": {}}, "unknown_shape"),
        ({**report(), "journey_id": "j"}, "unknown_shape"),
        ({"summary": STATE}, "missing_identity"),
        ({"summary": STATE, "user_id": None, "selfies": []}, "missing_identity"),
        ({"data": {"summary": STATE, "user_id": ""}}, "missing_identity"),
        ({"summary": STATE, "user_id": 1.5}, "invalid_type"),
        ({"summary": "done", "user_id": USER}, "invalid_type"),
        ({"summary": {"state": "ACCEPTED"}, "user_id": USER}, "invalid_type"),
        ({"summary": {"state": {"value": True}}, "user_id": USER}, "invalid_type"),
    ],
)
def test_rejection(payload: dict[str, Any], code: str) -> None:
    result = normalize(payload)
    assert isinstance(result, Rejection)
    assert result.code == code


def test_a_rejection_names_paths_and_types_only() -> None:
    result = normalize(report({"state": {"value": ["Irune"]}}))
    assert isinstance(result, Rejection)
    assert result.message == "summary.state.value: expected string | null, got array"


@pytest.mark.parametrize("name", ["report", "data"])
def test_a_webhook_is_its_report(name: str) -> None:
    assert normalize({"event": "x", name: report()}) == normalize(report())


def test_no_media_address_gets_into_an_event() -> None:
    for payload in payloads("alice"):
        if isinstance(result := normalize(payload), Draft):
            assert b"http" not in msgspec.json.encode(result)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(damaged("alice") | st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_no_object_crashes_it_and_key_order_is_nothing(payload: dict[str, Any]) -> None:
    result = normalize(payload)
    again = normalize(reversed_keys(payload))
    if isinstance(result, Rejection):
        assert isinstance(again, Rejection)
        assert again.code == result.code  # of two wrong types either may be named
        assert result.code in {"unknown_shape", "missing_identity", "invalid_type"}
    else:
        assert isinstance(result, Draft)
        assert again == result
        if result.decision is Decision.APPROVED:
            assert result.vendor_status["state"].casefold() == "accepted"
