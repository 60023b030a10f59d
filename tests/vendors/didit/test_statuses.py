"""Didit: what each status and each report becomes, row by row from its documents."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision, Lifecycle, Outcome, ScoreKind
from tests.vendors.didit.payloads import bare, checks, draft, envelope, the

# -- statuses -----------------------------------------------------------------------------------

STATUSES = [
    # raw, session decision, session lifecycle, feature outcome, feature reasons
    ("Not Started", "PENDING", "NOT_STARTED", "NOT_APPLICABLE", ["not_run"]),
    ("In Progress", "PENDING", "IN_PROGRESS", "NOT_APPLICABLE", ["pending"]),
    ("Approved", "APPROVED", "COMPLETED", "PASS", []),
    ("Declined", "DECLINED", "COMPLETED", "FAIL", []),
    ("In Review", "REVIEW", "COMPLETED", "REVIEW", []),
    ("Expired", "EXPIRED", "EXPIRED", "NOT_APPLICABLE", ["not_run"]),
    ("Abandoned", "EXPIRED", "ABANDONED", "NOT_APPLICABLE", ["not_run"]),
    ("Kyc Expired", "EXPIRED", "VALIDITY_LAPSED", "REVIEW", []),
    ("Awaiting User", "PENDING", "AWAITING_USER", "NOT_APPLICABLE", ["pending"]),
    ("Not Finished", "PENDING", "IN_PROGRESS", "NOT_APPLICABLE", ["pending"]),
    ("Resub Requested", "PENDING", "AWAITING_USER", "NOT_APPLICABLE", ["pending"]),
    ("approved", "APPROVED", "COMPLETED", "PASS", []),
    ("declined", "DECLINED", "COMPLETED", "FAIL", []),
    ("in_review", "REVIEW", "COMPLETED", "REVIEW", []),
    ("not_finished", "PENDING", "IN_PROGRESS", "NOT_APPLICABLE", ["pending"]),
    ("  IN-REVIEW ", "REVIEW", "COMPLETED", "REVIEW", []),
]


@pytest.mark.parametrize(("raw", "decision", "lifecycle", "outcome", "reasons"), STATUSES)
def test_status(raw: str, decision: str, lifecycle: str, outcome: str, reasons: list[str]) -> None:
    d = draft(bare(status=raw, liveness_checks=[{"status": raw, "score": 91.5}]))
    assert (d.decision, d.lifecycle) == (decision, lifecycle)
    assert d.vendor_status == {"status": raw}
    assert d.flags == []
    check = the(d, "liveness")
    assert (check.outcome, check.reasons) == (outcome, reasons)


def test_resubmitted_means_two_things() -> None:
    d = draft(bare(status="Resubmitted", face_matches=[{"status": "Resubmitted", "score": 3}]))
    assert (d.decision, d.lifecycle) == (Decision.PENDING, Lifecycle.AWAITING_USER)
    assert d.may_regress
    assert d.checks == []


def test_superseded_reports_say_nothing_at_all() -> None:
    old = {
        "status": "Resubmitted",
        "node_id": "doc",
        "document_number": "OLD4711",
        "address": "Old Street 1",
        "warnings": [{"risk": "EXPIRED_DOCUMENT", "log_type": "error"}],
    }
    new = {"status": "Approved", "node_id": "doc", "document_number": "NEW4711"}
    d = draft(bare(id_verifications=[old, new]))
    assert [(c.name, c.outcome, c.instance) for c in d.checks] == [
        ("document_authentic", Outcome.PASS, "doc")
    ]
    assert [doc.number for doc in d.documents] == ["NEW4711"]
    assert (d.addresses, d.reasons) == ([], [])


@pytest.mark.parametrize("raw", ["Verified", "ACTIVE", "BLOCKED", "success", "approved!"])
def test_unknown_status_is_never_an_approval(raw: str) -> None:
    d = draft(bare(status=raw))
    assert (d.decision, d.lifecycle) == (Decision.UNDETERMINED, Lifecycle.UNKNOWN)
    assert d.flags == ["unmapped_value"]
    assert d.reasons == ["unmapped:status"]
    assert d.vendor_status == {"status": raw}


WITHOUT_STATUS = {key: value for key, value in bare(features=[]).items() if key != "status"}


@pytest.mark.parametrize("payload", [bare(status=None), bare(status=" "), WITHOUT_STATUS])
def test_status_absent(payload: dict[str, Any]) -> None:
    d = draft(payload)
    assert d.decision is Decision.UNDETERMINED
    assert (d.flags, d.reasons, d.vendor_status) == ([], ["missing:status"], {})


def test_unknown_feature_status() -> None:
    d = draft(bare(aml_screenings=[{"status": "Clear"}], liveness_checks=[{"status": None}]))
    assert (the(d, "aml").outcome, the(d, "aml").reasons) == ("NOT_APPLICABLE", ["unmapped"])
    assert (the(d, "liveness").outcome, the(d, "liveness").reasons) == ("NOT_APPLICABLE", [])
    assert d.decision is Decision.APPROVED
    assert d.flags == ["unmapped_value"]
    assert d.reasons == ["unmapped:aml_screenings.status"]


CONFLICTS = [
    ("Approved", "Declined", Decision.DECLINED),
    ("Declined", "Approved", Decision.DECLINED),
    ("Approved", "In Review", Decision.REVIEW),
    ("In Progress", "Approved", Decision.PENDING),
    ("Approved", "Expired", Decision.EXPIRED),
    ("Approved", "Frobnicated", Decision.UNDETERMINED),
    ("Frobnicated", "Approved", Decision.UNDETERMINED),
    ("In Review", "Declined", Decision.REVIEW),
    ("Declined", "In Review", Decision.DECLINED),
]


@pytest.mark.parametrize(("outer", "inner", "decision"), CONFLICTS)
def test_envelope_against_decision(outer: str, inner: str, decision: Decision) -> None:
    d = draft(envelope(status=outer, decision={"status": inner}))
    assert d.decision is decision
    assert "status_result_conflict" in d.flags
    assert d.vendor_status == {"status": outer, "decision.status": inner}


@pytest.mark.parametrize(("outer", "inner"), [("Approved", None), (None, "Approved")])
def test_one_status_missing_is_no_conflict(outer: str | None, inner: str | None) -> None:
    d = draft(envelope(status=outer, decision={"status": inner}))
    assert (d.decision, d.flags) == (Decision.APPROVED, [])


# -- features -----------------------------------------------------------------------------------

ARRAYS = [
    ("id_verifications", "document_authentic"),
    ("nfc_verifications", "document_chip_authentic"),
    ("liveness_checks", "liveness"),
    ("face_matches", "face_match"),
    ("poa_verifications", "address_document_valid"),
    ("phone_verifications", "phone_verified"),
    ("email_verifications", "email_verified"),
    ("aml_screenings", "aml"),
    ("database_validations", "document_database_match"),
    ("questionnaire_responses", "questionnaire"),
    ("registry_checks", "business_registry"),
    ("document_verifications", "business_documents"),
    ("key_people_checks", "business_key_people"),
]
SINGLES = [
    ("id_verification", "document_authentic"),
    ("kyc", "document_authentic"),
    ("nfc", "document_chip_authentic"),
    ("liveness", "liveness"),
    ("face_match", "face_match"),
    ("face", "face_match"),
    ("poa", "address_document_valid"),
    ("phone", "phone_verified"),
    ("email", "email_verified"),
    ("aml", "aml"),
    ("database_validation", "document_database_match"),
    ("questionnaire", "questionnaire"),
]


@pytest.mark.parametrize(("array", "name"), ARRAYS)
def test_every_array_with_several_nodes(array: str, name: str) -> None:
    reports = [
        {"status": "Approved", "node_id": "a"},
        {"status": "Declined", "node_id": "b"},
        {"status": "In Review", "node_id": "b"},
        {"status": "In Progress", "node_id": None},
        {"status": "Abandoned"},
        {"status": "Resubmitted", "node_id": "a"},
    ]
    d = draft(bare(**{array: reports}))
    assert [(c.outcome, c.instance) for c in checks(d, name)] == [
        ("PASS", "a"),
        ("FAIL", "b"),
        ("REVIEW", "b#2"),
        ("NOT_APPLICABLE", None),
        ("NOT_APPLICABLE", f"{array}#2"),
    ]
    assert {c.vendor_key for c in checks(d, name)} == {array}
    assert d.vendor_version == "v3"


@pytest.mark.parametrize(("key", "name"), SINGLES)
def test_every_single_object_of_v2(key: str, name: str) -> None:
    d = draft(bare(**{key: {"status": "In Review"}}))
    check = the(d, name)
    assert (check.outcome, check.vendor_key, check.instance) == ("REVIEW", key, None)
    assert d.vendor_version == "v2"


@pytest.mark.parametrize(("array", "name"), ARRAYS)
@pytest.mark.parametrize("value", [None, []])
def test_no_report_means_no_check(array: str, name: str, value: Any) -> None:
    assert draft(bare(**{array: value})).checks == []


@pytest.mark.parametrize(
    ("features", "array", "name"),
    [
        (["ID_VERIFICATION"], "id_verifications", "document_authentic"),
        (["OCR"], "id_verifications", "document_authentic"),
        (["NFC"], "nfc_verifications", "document_chip_authentic"),
        ([{"feature": "LIVENESS", "node_id": "x"}], "liveness_checks", "liveness"),
        (["FACE_MATCH"], "face_matches", "face_match"),
        (["POA"], "poa_verifications", "address_document_valid"),
        (["PHONE"], "phone_verifications", "phone_verified"),
        (["EMAIL_VERIFICATION"], "email_verifications", "email_verified"),
        (["AML"], "aml_screenings", "aml"),
        (["IP_ANALYSIS"], "ip_analyses", "ip_not_anonymous"),
        (["IP_ANALYSIS"], "ip_analyses", "ip_not_hosting"),
        (["DATABASE_VALIDATION"], "database_validations", "document_database_match"),
        (["QUESTIONNAIRE"], "questionnaire_responses", "questionnaire"),
        ("OCR + NFC + FACE", "nfc", "document_chip_authentic"),
    ],
)
def test_feature_of_the_workflow_without_report(features: Any, array: str, name: str) -> None:
    for empty in ([], None):
        check = the(draft(bare(features=features, **{array: empty})), name)
        assert (check.outcome, check.reasons) == (Outcome.NOT_APPLICABLE, ["not_run"])
    assert draft(bare(features=features)).checks == []


def test_a_feature_nobody_knows_yet() -> None:
    d = draft(bare(voice_checks=[{"status": "Declined", "node_id": "v"}], reviews=[]))
    check = the(d, "vendor.didit.voice_checks")
    assert (check.outcome, check.instance) == (Outcome.FAIL, "v")


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
