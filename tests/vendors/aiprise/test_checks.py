"""AiPrise: every section's result and warnings."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision
from tests.vendors.aiprise.payloads import draft, only


@pytest.mark.parametrize(
    "status", ["NOT_STARTED", "SUBMITTED", "RUNNING", "PENDING", "COLLECTING", "PROCESSING"]
)
def test_a_section_that_runs_is_pending(status: str) -> None:
    made = draft(face_liveness_info={"status": status, "result": "APPROVED"})
    found = only(made, "liveness")
    assert (found.outcome, found.reasons, made.flags) == ("NOT_APPLICABLE", ["pending"], [])


HITS = """PEP SANCTION ADVERSE_MEDIA WARNING FITNESS_PROBITY CRIMINAL_RECORD LEGAL_BACKGROUND
UNKNOWN"""


@pytest.mark.parametrize("hit", HITS.split())
def test_kinds_of_hits_are_reasons(hit: str) -> None:
    section = {"result": "REVIEW", "entity_hits": [{"aml_hits": [{"hit_type": hit}]}]}
    made = draft(aml_info=section)
    assert only(made, "aml").reasons == ["aml_hits", hit]
    assert made.flags == []


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


SECTION = [
    ("COMPLETED", "APPROVED", "PASS", []),
    ("COMPLETED", "DECLINED", "FAIL", []),
    ("COMPLETED", "REVIEW", "REVIEW", []),
    ("COMPLETED", "UNKNOWN", "NOT_APPLICABLE", []),
    ("COMPLETED", "FOUND", "PASS", ["data_found"]),
    ("COMPLETED", "NOT_FOUND", "REVIEW", []),
    ("COMPLETED", None, "NOT_APPLICABLE", []),
    (None, "APPROVED", "PASS", []),
    ("PENDING", "APPROVED", "NOT_APPLICABLE", ["pending"]),
    ("RUNNING", None, "NOT_APPLICABLE", ["pending"]),
    ("NOT_STARTED", None, "NOT_APPLICABLE", ["pending"]),
    ("SUBMITTED", None, "NOT_APPLICABLE", ["pending"]),
    ("FAILED", "DECLINED", "REVIEW", ["CUSTOM_ERROR_CODE"]),
    ("COMPLETED", "ESCALATED", "NOT_APPLICABLE", ["unmapped"]),
    ("ARCHIVED", "APPROVED", "NOT_APPLICABLE", ["unmapped"]),
]


PLACES = {
    "document_authentic": lambda s: {"id_info": s},
    "face_match": lambda s: {"face_match_info": s},
    "liveness": lambda s: {"face_liveness_info": s},
    "aml": lambda s: {"aml_info": s},
    "business_registry": lambda s: {"business_info": s},
    "document_database_match": lambda s: {"id_info": {"lookup_details": {"lookup_list": [s]}}},
    "ip_not_anonymous": lambda s: {"fraud_insights": {"ip_insights": s}},
    "device_not_bot": lambda s: {"fraud_insights": {"device_insights": s}},
    "email_risk": lambda s: {"fraud_insights": {"email_insights": [s]}},
    "phone_risk": lambda s: {"fraud_insights": {"phone_insights": [s]}},
    "geolocation_consistent": lambda s: {"fraud_insights": {"geolocation_insights": s}},
    "subject_not_duplicate": lambda s: {"fraud_insights": {"related_session_insights": s}},
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize(("status", "result", "outcome", "reasons"), SECTION)
def test_every_section_follows_one_table(
    name: str, status: str | None, result: str | None, outcome: str, reasons: list[str]
) -> None:
    section = {"status": status, "result": result}
    if status == "FAILED":
        section["status_reasons"] = [{"code": "CUSTOM_ERROR_CODE", "message": "x"}]
    made = draft(**PLACES[name](section))
    found = only(made, name)
    assert (found.outcome, found.reasons) == (outcome, reasons)
    assert ("unmapped_value" in made.flags) is (reasons == ["unmapped"])
    assert made.decision is Decision.APPROVED


@pytest.mark.parametrize(
    "absent", [{}, {"id_info": None, "aml_info": None, "fraud_insights": None}]
)
def test_an_absent_section_is_no_check(absent: dict[str, None]) -> None:
    assert draft(**absent).checks == []


@pytest.mark.parametrize(
    ("given", "score", "kind", "reasons"),
    [
        (98.59, 0.9859, "VENDOR", []),
        ("98.59", 0.9859, "VENDOR", []),
        (0, 0.0, "VENDOR", []),
        (None, 1.0, "DERIVED", []),
        (150, 1.0, "DERIVED", ["invalid_value"]),
        ("high", 1.0, "DERIVED", ["invalid_value"]),
    ],
)
def test_face_match_score(given: Any, score: float, kind: str, reasons: list[str]) -> None:
    section = {"result": "APPROVED", "status": "COMPLETED", "face_match_score": given}
    found = only(draft(face_match_info=section), "face_match")
    assert (found.score, found.score_kind, found.reasons) == (score, kind, reasons)


def test_aml_hits_are_reasons_and_no_score() -> None:
    hits = [{"aml_hits": [{"hit_type": "SANCTION"}, {"hit_type": "PEP"}, {"hit_type": "x y"}]}]
    section = {"result": "APPROVED", "status": "COMPLETED", "num_hits": 2, "entity_hits": hits}
    found = only(draft(aml_info=section), "aml")
    assert (found.outcome, found.score, found.raw_value) == ("PASS", None, "2")
    assert found.reasons == ["aml_hits", "SANCTION", "PEP"]
    clear = {"result": "APPROVED", "num_hits": 0, "entity_hits": None}
    assert only(draft(aml_info=clear), "aml").reasons == []


def test_warnings_of_the_roll_up_join_the_check_that_is_there() -> None:
    ip = {"status": "COMPLETED", "result": "REVIEW", "warnings": [{"code": "VPN_DETECTED"}]}
    warnings = [{"code": c} for c in ("VPN_DETECTED", "BROWSER_PREVIOUSLY_SEEN", "NEW_CODE")]
    fraud = {"status": "COMPLETED", "result": "REVIEW", "warnings": warnings, "ip_insights": ip}
    made = draft(fraud_insights=fraud)
    assert [(c.name, c.outcome, c.reasons) for c in made.checks] == [
        ("ip_not_anonymous", "REVIEW", ["VPN_DETECTED"]),
        ("device_not_duplicate", "REVIEW", ["BROWSER_PREVIOUSLY_SEEN"]),
    ]
    assert made.reasons == ["NEW_CODE"]
    assert [d.link for d in made.vendor_duplicates] == ["DEVICE"]
    assert made.networks[0].is_anonymous is True
