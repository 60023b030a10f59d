"""Didit: phones and e-mail addresses."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision
from tests.vendors.didit.payloads import bare, draft


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
