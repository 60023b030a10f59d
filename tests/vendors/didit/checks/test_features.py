"""Didit: what each report becomes, row by row from its documents."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Outcome, ScoreKind
from tests.vendors.didit.payloads import bare, checks, draft, the


@pytest.mark.parametrize(
    ("match_type", "score"),
    [
        ("exact", 1.0),
        ("full", 1.0),
        ("exact_match", 1.0),
        ("full_match", 1.0),
        ("partial", 0.5),
        ("partial_match", 0.5),
        ("none", 0.0),
        ("no_match", 0.0),
    ],
)
def test_match_types(match_type: str, score: float) -> None:
    report = {"status": "In Review", "match_type": match_type}
    found = the(draft(bare(database_validations=[report])), "document_database_match")
    assert (found.outcome, found.score, found.score_kind) == ("REVIEW", score, "VENDOR")


@pytest.mark.parametrize(
    ("array", "score", "expected"),
    [
        ("liveness_checks", 92.41, 0.9241),
        ("liveness_checks", 0, 0.0),
        ("face_matches", 97.83, 0.9783),
        ("face_matches", 100, 1.0),
    ],
)
def test_confidence(array: str, score: float, expected: float) -> None:
    (check,) = draft(bare(**{array: [{"status": "In Review", "score": score}]})).checks
    assert (check.score, check.score_kind) == (expected, ScoreKind.VENDOR)
    assert check.outcome is Outcome.REVIEW  # the status decides, no threshold of ours
    assert check.raw_value == str(score)


@pytest.mark.parametrize("score", [None, 140, -1, "n/a"])
def test_no_confidence(score: Any) -> None:
    (check,) = draft(bare(liveness_checks=[{"status": "Approved", "score": score}])).checks
    assert (check.outcome, check.score, check.score_kind) == ("PASS", 1.0, ScoreKind.DERIVED)
    assert check.reasons == ([] if score is None else ["invalid_value"])


def test_aml_score_is_a_risk() -> None:
    check = the(
        draft(bare(aml_screenings=[{"status": "Approved", "score": 42.7, "total_hits": 2}])), "aml"
    )
    assert (check.outcome, check.score, check.score_kind) == (Outcome.PASS, None, None)
    assert (check.raw_value, check.reasons) == ("42.7", ["hits:2"])


@pytest.mark.parametrize(
    ("authenticity", "outcome", "score"),
    [
        ({"sod_integrity": True, "dg_integrity": True}, "PASS", 1.0),
        ({"sod_integrity": True, "dg_integrity": False}, "REVIEW", 0.0),
        ({"sod_integrity": False, "dg_integrity": None}, "REVIEW", 0.0),
    ],
)
def test_chip(authenticity: dict[str, Any], outcome: str, score: float) -> None:
    d = draft(bare(nfc_verifications=[{"status": "Approved", "authenticity": authenticity}]))
    check = the(d, "document_chip_authentic")
    assert (check.outcome, check.score, check.score_kind) == (outcome, score, ScoreKind.VENDOR)


@pytest.mark.parametrize(
    ("match_type", "score"),
    [
        ("exact", 1.0),
        ("full_match", 1.0),
        ("partial", 0.5),
        ("partial_match", 0.5),
        ("none", 0.0),
        ("no_match", 0.0),
    ],
)
def test_database_match_type(match_type: str, score: float) -> None:
    d = draft(bare(database_validations=[{"status": "In Review", "match_type": match_type}]))
    check = the(d, "document_database_match")
    assert (check.outcome, check.score, check.raw_value) == ("REVIEW", score, match_type)


@pytest.mark.parametrize(
    ("array", "field", "name"),
    [
        ("phone_verifications", "is_disposable", "phone_risk"),
        ("phone_verifications", "is_virtual", "phone_risk"),
        ("email_verifications", "is_breached", "email_risk"),
        ("email_verifications", "is_disposable", "email_risk"),
        ("email_verifications", "is_undeliverable", "email_risk"),
        ("ip_analyses", "is_vpn_or_tor", "ip_not_anonymous"),
        ("ip_analyses", "is_data_center", "ip_not_hosting"),
    ],
)
def test_facts_ask_for_review_and_null_says_nothing(array: str, field: str, name: str) -> None:
    for value, outcome in ((True, "REVIEW"), (False, "PASS")):
        d = draft(bare(**{array: [{"status": "Approved", field: value}]}))
        assert the(d, name).outcome == outcome
    unknown = checks(draft(bare(**{array: [{"status": "Approved", field: None}]})), name)
    assert [c.outcome for c in unknown] in ([], [Outcome.NOT_APPLICABLE])


def test_name_match_scores_of_a_proof_of_address() -> None:
    report = {
        "status": "Approved",
        "name_match_score_id_verification": 36.84,
        "name_match_score_expected_details": 94.0,
    }
    d = draft(bare(poa_verifications=[report]))
    assert (the(d, "address_name_match").outcome, the(d, "address_name_match").score) == (
        "PASS",
        0.3684,
    )
    assert the(d, "name_match").score == 0.94
    report |= {"status": "Declined"}
    report["warnings"] = [{"risk": "NAME_MISMATCH_ID_VERIFICATION", "log_type": "error"}]
    d = draft(bare(poa_verifications=[report]))
    assert the(d, "address_name_match").outcome is Outcome.FAIL
    assert the(d, "name_match").outcome is Outcome.NOT_APPLICABLE
