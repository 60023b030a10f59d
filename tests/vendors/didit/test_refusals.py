"""Didit: what is refused, what only costs its own part, and what holds for any payload at all."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.contracts.model import Decision, Drop, Outcome, Rejection
from streams.vendors.base.draft import Draft
from streams.vendors.base.values import word
from streams.vendors.didit import normalize
from tests.support.json_fuzz import JSON, damaged, payloads, reversed_keys
from tests.vendors.didit.payloads import IDENTITY, bare, draft, envelope, the


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"status": "Approved"},
        {"status": "COMPLETED", "aiprise_summary": {"verification_result": "APPROVED"}},
        {"verification_session_id": "x", "status": "COMPLETED", "aiprise_summary": {}},
        {"summary": {"state": {"value": "ACCEPTED"}}, "selfies": [], "documents": []},
        {"journey_id": "j", "system_decision": "Complete"},
        {"event": "Finished Spot Check", "body": {"eventId": "1"}},
        {"event": "user_created", "data": {"summary": {}}},
        {"request_id": "r", "vendor_data": None},
        {"session_id": "x"},
        {"liveness": {"status": "Approved"}},
    ],
)
def test_unknown_shape(payload: dict[str, Any]) -> None:
    result = normalize(payload)
    assert isinstance(result, Rejection)
    assert result.code == "unknown_shape"


@pytest.mark.parametrize("missing", [None, "", "   "])
def test_missing_identity(missing: Any) -> None:
    payloads = [
        bare(session_id=missing),
        envelope(session_id=missing, decision={"session_id": missing, "status": "Approved"}),
        {"status": "Approved", "liveness_checks": []},
        {"request_id": missing, "face_search": {"status": "Approved"}},
    ]
    for payload in payloads:
        result = normalize(payload)
        assert isinstance(result, Rejection)
        assert result.code == "missing_identity"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (bare(session_id=["x"]), "session_id: expected string, got array"),
        (bare(session_id=True), "session_id: expected string, got boolean"),
        (bare(session_id=1.5), "session_id: expected string, got number"),
        (bare(status=1), "status: expected string, got integer"),
        (bare(status={"value": "Approved"}), "status: expected string, got object"),
        (envelope(status=False), "status: expected string, got boolean"),
        (envelope(decision={"status": []}), "decision.status: expected string, got array"),
        (envelope(decision="Approved"), "decision: expected object, got string"),
        (envelope(webhook_type=7), "webhook_type: expected string, got integer"),
        (
            {"request_id": {}, "face_search": {"status": "Approved"}},
            "request_id: expected string, got object",
        ),
        (
            {"request_id": "r", "age_estimation": {"status": 5}},
            "age_estimation.status: expected string, got integer",
        ),
    ],
)
def test_invalid_type(payload: dict[str, Any], message: str) -> None:
    assert normalize(payload) == Rejection("invalid_type", message)


def test_wrong_types_elsewhere_cost_only_their_own_part() -> None:
    payload = bare(
        vendor_data={"id": 1},
        workflow_id=["w"],
        id_verifications=[IDENTITY | {"expiration_date": 20310115}, "not a report", None],
        liveness_checks="Approved",
        face_matches=[{"status": 1, "score": 99}],
        aml_screenings=[
            {
                "status": "Approved",
                "warnings": [
                    {"risk": 5},
                    {"risk": "POSSIBLE_MATCH_FOUND", "log_type": "warning"},
                ],
            }
        ],
    )
    d = draft(payload)
    assert normalize(reversed_keys(payload)) == d
    assert d.decision is Decision.APPROVED
    assert d.flags == ["partial"]
    assert sorted(r for r in d.reasons if r.startswith("partial:")) == [
        "partial:aml_screenings[0].warnings[0].risk",
        "partial:face_matches[0].status",
        "partial:id_verifications[0].expiration_date",
        "partial:id_verifications[1]",
        "partial:liveness_checks",
        "partial:vendor_data",
        "partial:workflow_id",
    ]
    assert d.documents[0].document.expiry_date is None
    assert d.documents[0].number == "BAA000589"
    assert the(d, "face_match").outcome is Outcome.NOT_APPLICABLE
    assert the(d, "aml").reasons == ["POSSIBLE_MATCH_FOUND"]


def test_nothing_personal_and_no_link_to_media_in_what_is_logged() -> None:
    url = "https://storage.example.com/portrait.jpg?signature=1"
    report = IDENTITY | {
        "portrait_image": url,
        "front_image": url,
        "matches": [{"session_id": "x", "front_image_url": url}],
    }
    d = draft(
        bare(id_verifications=[report], liveness_checks=[{"status": "Approved", "video_url": url}])
    )
    assert "storage.example.com" not in msgspec.json.encode(d).decode()
    said = " ".join([*d.reasons, *d.flags, *(r for c in d.checks for r in c.reasons)])
    assert "Agirre" not in said
    assert "BAA000589" not in said


# -- properties --------------------------------------------------------------------------------

SESSION_LIKE = st.dictionaries(
    st.sampled_from(sorted({k for p in payloads("didit") for k in p})), JSON
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(damaged("didit"), SESSION_LIKE, st.dictionaries(st.text(max_size=8), JSON)))
def test_any_object_is_answered_and_key_order_does_not_matter(payload: dict[str, Any]) -> None:
    result = normalize(payload)
    assert isinstance(result, Draft | Rejection | Drop)
    assert normalize(reversed_keys(payload)) == result
    if isinstance(result, Draft):
        named = [(c.name, c.instance) for c in result.checks]
        assert len(named) == len(set(named))
        assert result.session_id.strip()
        msgspec.json.encode(result)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged("didit"))
def test_damage_never_makes_an_approval(payload: dict[str, Any]) -> None:
    result = normalize(payload)
    if isinstance(result, Draft) and result.decision is Decision.APPROVED:
        assert {word(v) for v in result.vendor_status.values()} == {"approved"}
