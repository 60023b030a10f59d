"""Didit: errors that cost only their own part, and properties of any payload."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.contracts.model import Decision, Drop, Outcome, Rejection, SessionKind
from streams.vendors.base.draft import Draft
from streams.vendors.base.values import word
from streams.vendors.didit import normalize
from tests.support.json_fuzz import JSON, damaged, payloads, reversed_keys
from tests.vendors.didit.payloads import IDENTITY, bare, draft, the


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


def test_company_session() -> None:
    company = {
        "registry_status": "Dissolved",
        "registered_address": "Kade 1, Rotterdam",
        "country_code": "NL",
        "region": "NL-ZH",
    }
    items = [
        {"uuid": "d-1", "document_type": "shareholder_register", "status": "Approved"},
        {"uuid": "d-2", "document_type": "something_new", "status": "Declined"},
        {"uuid": "d-3", "document_type": None, "status": "Checked"},
    ]
    d = draft(
        bare(
            status="Declined",
            registry_checks=[{"status": "Declined", "node_id": "r", "company": company}],
            document_verifications=[{"status": "declined", "node_id": "k", "items": items}],
            key_people_checks=[
                {"status": "Approved", "node_id": "p", "ubo_kyc_summary": {"total": 1}}
            ],
        )
    )
    assert d.session_kind is SessionKind.BUSINESS
    assert [(c.name, c.outcome, c.instance, c.reasons) for c in d.checks] == [
        ("business_registry", "FAIL", "r", ["registry_status:dissolved"]),
        ("business_documents", "FAIL", "k", []),
        ("business_key_people", "PASS", "p", []),
    ]
    assert [
        (x.document.type, x.document.status, x.document.instance, x.identifies) for x in d.documents
    ] == [
        ("BUSINESS_DOCUMENT", "PASS", "d-1", False),
        ("BUSINESS_DOCUMENT", "FAIL", "d-2", False),
        (None, "NOT_APPLICABLE", "d-3", False),
    ]
    assert [(a.role, a.country, a.region) for a in d.addresses] == [("DECLARED", "NL", "NL-ZH")]
    assert d.person is None
    assert draft(bare(session_kind="user", registry_checks=[])).session_kind is SessionKind.PERSON


def test_biometric_authentication() -> None:
    d = draft(
        bare(
            workflow_type="BIOMETRIC_AUTHENTICATION",
            liveness_checks=[{"status": "Approved", "node_id": "auth", "score": 98.0}],
            face_matches=[
                {
                    "status": "Approved",
                    "node_id": "auth",
                    "score": 93.5,
                    "source_image_session_id": "enrolment",
                }
            ],
        )
    )
    assert [(c.name, c.instance, c.score) for c in d.checks] == [
        ("liveness", "auth", 0.98),
        ("face_match", "auth", 0.935),
    ]
    assert d.session_kind is SessionKind.PERSON
