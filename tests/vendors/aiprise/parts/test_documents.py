"""AiPrise: identity documents, proofs of address and crosschecked fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vendors.aiprise.payloads import draft, only

FIELDS = [
    ({"matched": ["CURP"], "unmatched": []}, "PASS", []),
    ({"matched": ["CURP"], "unmatched": ["NIN"]}, "REVIEW", ["unmatched", "unmatched:NIN"]),
    ({"matched": None, "unmatched": ["a b c"]}, "REVIEW", ["unmatched"]),
    ({"matched": [], "unmatched": []}, "NOT_APPLICABLE", ["not_run"]),
    ({"matched": True}, "PASS", []),
    ({"matched": True, "unmatched": False}, "PASS", []),
    ({"matched": False, "unmatched": True}, "REVIEW", ["unmatched"]),
    ({"matched": False}, "REVIEW", ["unmatched"]),
    ({"matched": False, "unmatched": False}, "NOT_APPLICABLE", ["not_run"]),
    ({"matched": None, "unmatched": None}, "NOT_APPLICABLE", ["not_run"]),
    (True, "PASS", []),
    (False, "REVIEW", ["unmatched"]),
]


FIELD_CHECKS = {
    "first_name": "name_match", "middle_name": "name_match", "last_name": "name_match",
    "second_last_name": "name_match", "full_name": "name_match",
    "birth_date": "birth_date_match", "gender": "gender_match", "id_number": "id_number_match",
    "personal_number": "id_number_match", "id_expiry_date": "document_dates_coherent",
    "id_issue_date": "document_dates_coherent", "blood_type": "vendor.aiprise.blood_type",
}  # fmt: skip


@pytest.mark.parametrize(("crosscheck", "outcome", "reasons"), FIELDS)
@pytest.mark.parametrize(("key", "name"), FIELD_CHECKS.items())
def test_crosschecked_fields(
    key: str, name: str, crosscheck: Any, outcome: str, reasons: list[str]
) -> None:
    found = only(draft(id_info={"field_info": {key: crosscheck}}), name)
    assert (found.outcome, found.reasons, found.instance) == (outcome, reasons, key)
    assert found.vendor_key == f"id_info.field_info.{key}"


def test_a_proof_of_address_identifies_nobody_and_the_first_document_names_the_person() -> None:
    tax = {"additional_info_response_type": "ID_INFO", "data": {"first_name": "Ada"}}
    bill = {"additional_info_response_type": "ADDRESS_VERIFICATION", "data": {}}
    made = draft(id_info={"first_name": "Ifeoma", "id_number": "A1"}, additional_info=[tax, bill])
    assert made.person is not None
    assert made.person.first_name == "Ifeoma"
    assert [d.identifies for d in made.documents] == [True, False]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("nationality", "nationality_match"),
        ("address", "address_match"),
        ("full_address", "address_match"),
        ("personal_number", "id_number_match"),
        ("middle_name", "name_match"),
    ],
)
def test_names_of_crosschecked_fields(field: str, name: str) -> None:
    made = draft(id_info={"field_info": {field: {"unmatched": ["BUREAU"]}}})
    assert (only(made, name).outcome, only(made, name).instance) == ("REVIEW", field)
