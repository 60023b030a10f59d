"""Didit: person, documents, contacts, reported duplicates, one-shot results."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from streams.contracts.model import Decision, LinkKind, Outcome
from streams.vendors.base.draft import Draft
from tests.vendors.didit.payloads import IDENTITY, SESSION, bare, checks, draft, places, the

# -- person, documents, contacts ----------------------------------------------------------------


def test_the_approved_document_names_the_person() -> None:
    other = IDENTITY | {
        "status": "Declined",
        "node_id": "second",
        "first_name": "Wrong",
        "document_number": "ZZ91",
    }
    d = draft(bare(id_verifications=[other, IDENTITY]))
    assert d.person is not None
    assert msgspec.to_builtins(d.person) == {
        "first_name": "Nerea",
        "last_name": "Agirre Lasa",
        "full_name": "Nerea Agirre Lasa",
        "birth_date": "1988-11-30",
        "gender": "F",
        "nationality": "ESP",
    }
    assert [(x.number, x.document.status) for x in d.documents] == [
        ("ZZ91", "FAIL"),
        ("BAA000589", "PASS"),
    ]
    assert msgspec.to_builtins(d.documents[1].document) == {
        "type": "ID_CARD",
        "issuing_country": "ESP",
        "issue_date": "2021-01-15",
        "expiry_date": "2031-01-15",
        "status": "PASS",
        "instance": "first_id_verification",
    }


FLAT_CHIP = {
    "document_number": "C0PP12345",
    "name": "IDOIA",
    "surname": "ELIZALDE",
    "country": "D",
    "sex": "F",
}
GROUPED_CHIP = {
    "DG1": {
        "document_number": "C0PP12345",
        "given_names": "IDOIA",
        "surname": "ELIZALDE",
        "country": "D",
    }
}


@pytest.mark.parametrize("chip", [FLAT_CHIP, GROUPED_CHIP])
def test_a_chip_speaks_where_no_document_does(chip: dict[str, Any]) -> None:
    report = {"status": "Approved", "chip_data": chip}
    d = draft(bare(nfc_verifications=[report]))
    assert d.person is not None
    assert (d.person.first_name, d.person.last_name) == ("IDOIA", "ELIZALDE")
    assert [(x.number, x.document.issuing_country) for x in d.documents] == [("C0PP12345", "DEU")]
    beside = draft(bare(nfc_verifications=[report], id_verifications=[IDENTITY]))
    assert [x.number for x in beside.documents] == ["BAA000589"]


@pytest.mark.parametrize(
    ("report", "value", "country"),
    [
        ({"full_number": "+34612345678", "country_code": "ES"}, "+34612345678", "ES"),
        ({"full_number": 34612345678, "phone_number_prefix": 34}, "+34612345678", "ES"),
        ({"phone_number_prefix": "+351", "phone_number": "912345678"}, "+351912345678", "PT"),
        ({"phone_number": "612345678", "country_code": "ES"}, "+34612345678", "ES"),
    ],
)
def test_phone(report: dict[str, Any], value: str, country: str) -> None:
    d = draft(bare(phone_verifications=[{"status": "Approved", "is_virtual": False, **report}]))
    (contact,) = d.contacts
    assert (contact.value, contact.country, contact.verified) == (value, country, True)
    assert (contact.is_virtual, contact.is_disposable) == (False, None)


@pytest.mark.parametrize(
    ("status", "verified_at", "verified"),
    [
        ("Approved", None, True),
        ("Declined", "2026-05-17T10:15:22Z", False),
        ("In Review", "2026-05-17T10:15:22Z", True),
        ("Awaiting User", None, None),
    ],
)
def test_email(status: str, verified_at: str | None, verified: bool | None) -> None:
    report = {
        "status": status,
        "email": " Nerea@Example.com",
        "is_disposable": False,
        "verified_at": verified_at,
    }
    (contact,) = draft(bare(email_verifications=[report])).contacts
    assert (contact.value, contact.verified, contact.is_disposable) == (
        "nerea@example.com",
        verified,
        False,
    )


def test_unreadable_contacts_are_left_out() -> None:
    d = draft(
        bare(
            email={"status": "Approved", "email": "[email protected]"},
            phone={"status": "Approved", "full_number": "n/a"},
        )
    )
    assert d.contacts == []
    assert d.decision is Decision.APPROVED


# -- duplicates that Didit reports --------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        ("id_verifications", LinkKind.DOCUMENT),
        ("liveness_checks", LinkKind.FACE),
        ("phone_verifications", LinkKind.PHONE),
        ("email_verifications", LinkKind.EMAIL),
        ("ip_analyses", LinkKind.IP),
    ],
)
def test_matches(array: str, kind: LinkKind) -> None:
    matches = [
        {
            "session_id": "other",
            "vendor_data": "customer-8",
            "verification_date": "2024-11-04T09:14:02Z",
            "status": "Declined",
        },
        {"session_id": "retry", "vendor_data": "customer-7"},
        {"session_id": SESSION, "vendor_data": None},
        {"session_id": "anonymous", "vendor_data": None, "similarity_percentage": 97.1},
        {"match_image_url": "https://storage.example.com/x.jpg"},
    ]
    d = draft(bare(**{array: [{"status": "Approved", "matches": matches}]}))
    (found,) = d.vendor_duplicates
    assert found.link is kind
    assert [msgspec.to_builtins(x) for x in found.linked] == [
        {
            "vendor": "didit",
            "session_id": "other",
            "subject_id": "customer-8",
            "decision": "DECLINED",
            "seen_at": 1_730_711_642_000,
        },
        {"vendor": "didit", "session_id": "anonymous"},
    ]


@pytest.mark.parametrize("vendor_data", ["customer-7", None])
def test_no_match_of_a_known_other_subject_is_no_duplicate(vendor_data: str | None) -> None:
    matches = [{"session_id": "x", "vendor_data": vendor_data}]
    report = [{"status": "Approved", "matches": matches}]
    assert draft(bare(liveness_checks=report)).vendor_duplicates == []
    assert draft(bare(liveness_checks=report, vendor_data=None)).vendor_duplicates == []


def test_a_device_match_within_an_ip_analysis() -> None:
    matches = [
        {"session_id": "x", "vendor_data": "customer-9", "device_fingerprint": "f2a31c9d77e0"}
    ]
    (found,) = places(matches=matches).vendor_duplicates
    assert found.link is LinkKind.DEVICE


@pytest.mark.parametrize("log_type", ["error", "warning", "information"])
@pytest.mark.parametrize(
    ("array", "risk", "kind"),
    [
        ("liveness_checks", "DUPLICATED_FACE", LinkKind.FACE),
        ("liveness_checks", "POSSIBLE_DUPLICATED_FACE", LinkKind.FACE),
        ("id_verifications", "POSSIBLE_DUPLICATED_USER", LinkKind.SUBJECT),
        ("ip_analyses", "DUPLICATED_DEVICE_FINGERPRINT", LinkKind.DEVICE),
        ("ip_analyses", "DEVICE_RECOVERED_HIGH_CONFIDENCE", LinkKind.DEVICE),
        ("ip_analyses", "DUPLICATED_IP_ADDRESS", LinkKind.IP),
        ("phone_verifications", "DUPLICATED_PHONE_NUMBER", LinkKind.PHONE),
        ("email_verifications", "DUPLICATED_EMAIL", LinkKind.EMAIL),
    ],
)
def test_warnings_that_report_duplicates(
    array: str, risk: str, kind: LinkKind, log_type: str
) -> None:
    warning = {
        "risk": risk,
        "log_type": log_type,
        "additional_data": {"duplicated_session_id": "earlier"},
    }
    d = draft(bare(**{array: [{"status": "Approved", "warnings": [warning]}]}))
    (found,) = d.vendor_duplicates
    assert (found.link, found.reason, [x.session_id for x in found.linked]) == (
        kind,
        risk,
        ["earlier"],
    )
    warning["additional_data"] = None
    (found,) = draft(
        bare(**{array: [{"status": "Approved", "warnings": [warning]}]})
    ).vendor_duplicates
    assert found.linked == []


def test_a_warning_about_ones_own_retry_is_no_duplicate() -> None:
    matches = [{"session_id": "retry", "vendor_data": "customer-7"}]
    for named in ({"duplicated_session_id": "retry"}, None):
        warning = {"risk": "DUPLICATED_FACE", "log_type": "warning", "additional_data": named}
        d = draft(
            bare(
                liveness_checks=[{"status": "In Review", "matches": matches, "warnings": [warning]}]
            )
        )
        assert d.vendor_duplicates == []
        assert the(d, "face_not_duplicate").outcome is Outcome.REVIEW  # the vendor's word stands


# -- standalone results -------------------------------------------------------------------------


def search(**fields: Any) -> Draft:
    return draft(
        {
            "request_id": "req-1",
            "vendor_data": "customer-7",
            "created_at": "2026-05-17T10:22:13Z",
            "face_search": fields,
        }
    )


FACE = {
    "session_id": "other",
    "similarity": 96.42,
    "vendor_data": "customer-8",
    "verification_date": "2024-11-04T09:14:02Z",
}


@pytest.mark.parametrize(
    ("status", "matches", "outcome"),
    [
        ("Approved", [FACE], "REVIEW"),
        ("Approved", [], "REVIEW"),
        ("In Review", [FACE], "REVIEW"),
        ("In Review", [], "REVIEW"),
        ("Declined", [FACE], "REVIEW"),
        ("Declined", [], "PASS"),
        ("In Progress", [], "NOT_APPLICABLE"),
        ("Found", [FACE], "NOT_APPLICABLE"),
    ],
)
def test_face_search_is_a_look_up(status: str, matches: list[Any], outcome: str) -> None:
    d = search(status=status, total_matches=len(matches), matches=matches)
    assert (d.session_id, d.decision) == ("req-1", Decision.UNDETERMINED)
    assert "not_a_decision" in d.flags
    assert the(d, "face_not_duplicate").outcome == outcome
    assert [x.link for x in d.vendor_duplicates] == ([LinkKind.FACE] if matches else [])
    assert d.occurred_at == 1_779_013_333_000


@pytest.mark.parametrize("vendor_data", ["customer-7", None])
def test_a_found_face_of_the_same_or_an_unknown_subject_is_no_duplicate(
    vendor_data: str | None,
) -> None:
    d = search(status="Approved", total_matches=1, matches=[FACE | {"vendor_data": vendor_data}])
    assert the(d, "face_not_duplicate").outcome is Outcome.REVIEW
    assert d.vendor_duplicates == []


@pytest.mark.parametrize(
    ("status", "decision", "outcome", "liveness"),
    [
        ("Approved", "APPROVED", "PASS", ["PASS"]),
        ("Declined", "DECLINED", "FAIL", []),
        ("In Review", "REVIEW", "REVIEW", []),
        ("Old enough", "UNDETERMINED", "NOT_APPLICABLE", []),
    ],
)
def test_age_estimation(status: str, decision: str, outcome: str, liveness: list[str]) -> None:
    report = {"status": status, "score": 97.0, "age_estimation": 17.4}
    d = draft({"request_id": 77, "age_estimation": report, "vendor_data": None})
    assert (d.session_id, d.decision, the(d, "minimum_age").outcome) == ("77", decision, outcome)
    assert [c.outcome for c in checks(d, "liveness")] == liveness
    assert not d.ordered


def test_age_estimation_warnings() -> None:
    warnings = [
        {"risk": "AGE_BELOW_MINIMUM", "log_type": "error"},
        {"risk": "LIVENESS_FACE_ATTACK", "log_type": "error"},
    ]
    d = draft({"request_id": "r", "age_estimation": {"status": "Declined", "warnings": warnings}})
    assert the(d, "minimum_age").reasons == ["AGE_BELOW_MINIMUM"]
    assert the(d, "liveness").outcome is Outcome.FAIL
    assert d.reasons == ["AGE_BELOW_MINIMUM", "LIVENESS_FACE_ATTACK"]


def test_another_standalone_result() -> None:
    d = draft(
        {"request_id": "r", "id_verification": IDENTITY, "created_at": "2026-05-17T10:22:13Z"}
    )
    assert (d.session_id, d.decision, d.vendor_version) == ("r", Decision.APPROVED, "v2")
    assert (the(d, "document_authentic").outcome, len(d.documents)) == (Outcome.PASS, 1)
