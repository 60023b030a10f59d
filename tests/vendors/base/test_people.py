"""Phones, e-mail addresses, document types and names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.contracts.model import DocumentType
from streams.vendors.base import people


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("+34 612 345 678", None, ("+34612345678", "ES")),
        ("0034612345678", None, ("+34612345678", "ES")),
        ("612345678", "ES", ("+34612345678", "ES")),
        ("(212) 555-0123", "US", ("+12125550123", "US")),
        ("+1 416 555 0123", None, ("+14165550123", "CA")),
        ("+883510012345678", None, ("+883510012345678", None)),
        ("612345678", None, None),
        ("+34", None, None),
        ("not a number", "ES", None),
        ("9" * 50, "US", None),
        (None, "US", None),
    ],
)
def test_phones(raw: Any, region: str | None, expected: Any) -> None:
    assert people.phone(raw, region) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Ilse.Vogt@Example.COM ", "ilse.vogt@example.com"),
        ("[email\xa0protected]", None),
        ("a@b", None),
        ("@example.com", None),
        ("a b@example.com", None),
        ("a@" + "x" * 300 + ".com", None),
    ],
)
def test_emails(raw: str, expected: str | None) -> None:
    assert people.email(raw) == expected


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("Passport", DocumentType.PASSPORT),
        ("Identity Card", DocumentType.ID_CARD),
        ("ID Card", DocumentType.ID_CARD),
        ("idcard", DocumentType.ID_CARD),
        ("DRIVER_LICENSE", DocumentType.DRIVER_LICENSE),
        ("driverlicense", DocumentType.DRIVER_LICENSE),
        ("Residence Permit", DocumentType.RESIDENCE_PERMIT),
        ("utility_bill", DocumentType.UTILITY_BILL),
        ("library card", DocumentType.OTHER),
        (" ", None),
        (None, None),
    ],
)
def test_document_types(raw: Any, kind: DocumentType | None) -> None:
    assert people.document_type(raw) is kind


@given(st.text(max_size=30))
@example("𝕬İﬁ")
def test_a_folded_name_is_its_own(name: str) -> None:
    assert people.fold(people.fold(name)) == people.fold(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [("José María", "JOSE MARIA"), ("O'Brien-Smith", "o brien smith"), ("Müller", "MÜLLER")],
)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert people.fold(one) == people.fold(other)
