"""IDWise: rules, selfie, face match and AML, row by row from its pages."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Check, Decision, Outcome, ScoreKind
from streams.vendors.base.draft import Draft
from tests.vendors.idwise.payloads import F, N, P, R, draft, of_fields, outcomes, spot


def checks(d: Draft, name: str) -> list[Check]:
    return [c for c in d.checks if c.name == name]


QUALITY = [
    "FACE_TOO_CLOSE",
    "FACE_CLOSE_TO_BORDER",
    "FACE_CROPPED",
    "FACE_IS_OCCLUDED",
    "FACE_TOO_SMALL",
    "FACE_ANGLE_TOO_LARGE",
    "BAD_QUALITY_IMAGE",
]


CODES = [
    ("NOT_LIVE", F, None),
    ("FACE_NOT_FOUND", R, "single_face"),
    ("TOO_MANY_FACES", R, "single_face"),
    *((code, R, "face_quality") for code in QUALITY),
]


@pytest.mark.parametrize(("code", "outcome", "beside"), CODES)
@pytest.mark.parametrize("is_live", [False, None])
def test_liveness_code(code: str, outcome: Outcome, beside: str | None, is_live: Any) -> None:
    selfie = {"status": "Refer", "is_live": is_live, "liveness_status_code": code}
    d = draft(spot(selfie=selfie, system_decision="Refer"))
    (liveness,) = checks(d, "liveness")
    assert (liveness.outcome, liveness.reasons) == (outcome, [code])
    failed = {c.name for c in d.checks if c.outcome is F} - {"liveness", "biometric_security"}
    assert failed == ({beside} if beside else set())
    assert d.decision is Decision.REVIEW


@pytest.mark.parametrize(("code", "_", "beside"), CODES)
def test_liveness_code_under_a_failed_rule(code: str, _: Any, beside: str | None) -> None:
    selfie = {"status": "Refer", "is_live": False, "liveness_status_code": code}
    d = draft(spot(selfie=selfie, rule_results={"selfie_liveness": {"result": "Failed"}}))
    (liveness,) = checks(d, "liveness")
    assert (liveness.outcome, liveness.reasons) == (F, [code])
    if beside:
        assert outcomes(d)[beside] is F


@pytest.mark.parametrize(
    ("is_live", "rule", "outcome"),
    [
        (True, None, P),
        (False, None, F),
        (None, None, N),
        (None, "Passed", P),
        (None, "Failed", F),
        (True, "Failed", F),
        (False, "Passed", F),  # two that contradict each other: the worse one
        (True, "CouldNotApply", P),
        (None, "CouldNotApply", N),
        (True, "Passed", P),
    ],
)
def test_liveness_without_a_code(is_live: Any, rule: str | None, outcome: Outcome) -> None:
    rules = {"selfie_liveness": {"result": rule}} if rule else None
    d = draft(spot(selfie={"is_live": is_live}, rule_results=rules))
    assert [c.outcome for c in checks(d, "liveness")] == [outcome]


def test_liveness_is_told_once_however_its_rule_is_written() -> None:
    for key in ("selfie_liveness", "SELFIE_LIVENESS", "Selfie Liveness"):
        d = draft(spot(selfie={"is_live": True}, rule_results={key: {"result": "Failed"}}))
        assert [(c.outcome, c.vendor_key) for c in checks(d, "liveness")] == [(F, key)]


def test_an_unknown_code_asks_for_a_look() -> None:
    d = draft(spot(selfie={"is_live": True, "liveness_status_code": "FACE_IS_MASKED"}))
    assert [(c.outcome, c.reasons) for c in checks(d, "liveness")] == [
        (R, ["FACE_IS_MASKED", "unmapped"])
    ]
    assert d.flags == ["unmapped_value"]


@pytest.mark.parametrize(
    ("status", "is_live", "outcome"),
    [
        ("Complete", True, P),
        ("Refer", False, F),
        ("Refer", True, R),
        ("Refer", None, R),
        ("Not Started", None, N),
        ("NOT_STARTED", None, N),
        ("Paused", True, N),
    ],
)
def test_selfie_status(status: str, is_live: Any, outcome: Outcome) -> None:
    d = draft(spot(selfie={"status": status, "is_live": is_live}))
    assert outcomes(d)["biometric_security"] is outcome


@pytest.mark.parametrize("selfie", [None, "absent"])
def test_no_selfie_no_check(selfie: Any) -> None:
    assert draft(spot(**({} if selfie else {"selfie": None}))).checks == []


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("selfie_liveness", "liveness"),
        ("document_validation", "document_authentic"),
        ("same_subject", "face_match"),
        ("no_duplicate_documents", "document_not_duplicate"),
        ("no_duplicate_applicant", "subject_not_duplicate"),
        ("no_aml_records", "aml"),
        ("unrecognized_document", "document_supported"),
        ("proof_policy", "document_type_expected"),
        ("expired_document", "document_not_expired"),
        ("my_own_rule", "vendor.idwise.my_own_rule"),
    ],
)
@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("Passed", P),
        ("Failed", F),
        ("CouldNotApply", N),
        ("Could Not Apply", N),
        ("Undetermined", N),
        (None, N),
        ("Whatever", N),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_rule(key: str, name: str, result: Any, outcome: Outcome, as_text: bool) -> None:
    given_ = result if as_text and result is not None else {"name": "…", "result": result}
    (c,) = draft(spot(rule_results={key: given_})).checks
    assert (c.name, c.outcome, c.vendor_key, c.raw_value) == (name, outcome, key, result)
    assert c.reasons == (["unmapped"] if result == "Whatever" else [])


@pytest.mark.parametrize(
    ("result", "details", "outcome", "reasons"),
    [
        ("Passed", ["Passed", "Failed"], P, ["detail_failed:selfie"]),
        ("CouldNotApply", ["Failed"], N, ["detail_failed:selfie"]),
        ("Failed", ["Failed"], F, []),
        ("Failed", ["Passed"], F, []),
        ("Passed", ["Passed"], P, []),
    ],
)
def test_the_rule_goes_before_its_details(
    result: str, details: list[str], outcome: Outcome, reasons: list[str]
) -> None:
    about = {"object_key": "selfie", "instance_key": "0"}
    given_ = [{"title": "Selfie", "result": r, "reference_object": about} for r in details]
    d = draft(spot(rule_results={"selfie_liveness": {"result": result, "details": given_}}))
    assert [(c.outcome, c.reasons) for c in d.checks] == [(outcome, reasons)]


@pytest.mark.parametrize(
    ("match", "outcome", "score", "kind", "reasons"),
    [
        ({"is_matched": True, "score": 96.4}, P, 0.964, ScoreKind.VENDOR, []),
        ({"is_matched": False, "score": 0}, F, 0.0, ScoreKind.VENDOR, []),
        ({"is_matched": True, "score": None}, P, 1.0, ScoreKind.DERIVED, []),
        ({"is_matched": False}, F, 0.0, ScoreKind.DERIVED, []),
        ({"is_matched": None, "score": None}, N, None, None, []),
        ({"is_matched": None, "score": 0}, N, None, None, []),
        ({"is_matched": True, "score": 130}, P, 1.0, ScoreKind.DERIVED, ["invalid_value"]),
        ({"is_matched": [], "score": None}, N, None, None, ["invalid_value"]),
    ],
)
def test_face_match(match: Any, outcome: Any, score: Any, kind: Any, reasons: Any) -> None:
    (c,) = draft(spot(spot_checks={"applicant_selfie_face_match": match})).checks
    assert (c.name, c.outcome, c.score, c.score_kind) == ("face_match", outcome, score, kind)
    assert c.reasons == reasons


@pytest.mark.parametrize(
    ("aml", "outcome", "reasons"),
    [
        ({"applicability": "Applicable", "matches": []}, P, []),
        ({"applicability": "Applicable", "matches": None}, P, []),
        ({"applicability": "Applicable", "matches": [{}]}, R, []),
        ({"applicability": "Not Ready Yet", "matches": [{}]}, N, ["pending"]),
        ({"applicability": "Skipped"}, N, ["not_run"]),
        ({"applicability": "Disabled"}, N, ["not_run"]),
        ({"applicability": None}, N, []),
        ({"applicability": "Perhaps"}, N, ["unmapped"]),
    ],
)
def test_aml(aml: Any, outcome: Outcome, reasons: list[str]) -> None:
    found = checks(draft(spot(aml=aml)), "aml")
    assert [(c.outcome, c.reasons) for c in found] == [(outcome, reasons)]


def test_the_aml_rule_goes_before_the_matches() -> None:
    aml = {"applicability": "Applicable", "matches": [{}]}
    d = draft(spot(aml=aml, rule_results={"no_aml_records": {"result": "Failed"}}))
    assert [(c.outcome, c.vendor_key) for c in checks(d, "aml")] == [(F, "no_aml_records")]


def test_a_blank_status_of_a_selfie_says_nothing() -> None:
    made = of_fields(system_decision="Refer", selfie={"status": " ", "is_live": True})
    (found,) = [c for c in made.checks if c.name == "biometric_security"]
    assert (found.outcome, found.reasons, made.flags) == ("NOT_APPLICABLE", [], [])
