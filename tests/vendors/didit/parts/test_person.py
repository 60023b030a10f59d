"""Didit: the person, from documents and chips."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.vendors.didit.payloads import IDENTITY, bare, draft


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
