"""Alice: what each check, word and number is, row by row from the page "Checks"."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision, Outcome, ScoreKind
from tests.vendors.alice.payloads import F, N, P, checks, draft, of_parts, report


def with_checks(level: str, key: str, value: Any) -> dict[str, Any]:
    found = [{"key": key, "detail": "", "value": value}]
    field = {"name": "expiration_date", "value": "2030-01-01", "score": 90, "checks": found}
    return {
        "summary": lambda: report({"checks": found}),
        "selfie": lambda: report(selfies=[{"id": "s", "checks": found}]),
        "document": lambda: report(documents=[{"id": "d", "checks": found}]),
        "field": lambda: report(documents=[{"id": "d", "summary_fields": [field]}]),
    }[level]()


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


@pytest.mark.parametrize("state", ["NOT_STARTED", "IN_PROGRESS", "SOMETHING_NEW"])
def test_nobody_has_looked_for_duplicates_before_the_end(state: str) -> None:
    given = report(duplicates=[])
    given["summary"]["state"] = {"value": state}
    (found,) = checks(draft(given), "subject_not_duplicate")
    assert (found.outcome, found.reasons) == (Outcome.NOT_APPLICABLE, ["pending"])


def test_na_without_a_slash() -> None:
    made = of_parts(summary={"result": {"document_read": "NA"}})
    assert [c.reasons for c in made.checks if c.name == "document_readable"] == [[]]


@pytest.mark.parametrize("side", ["front", "back", "internal"])
def test_fields_of_every_side(side: str) -> None:
    fields = [{"name": "document_number", "value": "C01X00T47"}]
    made = of_parts(documents=[{"id": "d", "sides": {side: {"fields": fields}}}])
    assert [d.number for d in made.documents] == ["C01X00T47"]
