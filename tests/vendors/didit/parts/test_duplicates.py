"""Didit: duplicates reported by the vendor."""

from __future__ import annotations

import msgspec
import pytest

from streams.contracts.model import LinkKind, Outcome
from tests.vendors.didit.payloads import SESSION, bare, draft, places, the


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


@pytest.mark.parametrize("array", ["liveness_checks", "face_matches"])
def test_matches_of_faces(array: str) -> None:
    match = {"session_id": "other", "vendor_data": "customer-8"}
    made = draft(bare(**{array: [{"status": "Approved", "matches": [match]}]}))
    assert [d.link for d in made.vendor_duplicates] == [LinkKind.FACE]
