"""Alice: rows of its vocabularies that no other case shows."""

from __future__ import annotations

from typing import Any

import pytest

from streams.vendors.alice import normalize
from streams.vendors.base.draft import Draft


def draft(**parts: Any) -> Draft:
    summary = parts.pop("summary", {})
    raw = {"user_id": "u-1", "summary": {"state": {"value": "ACCEPTED"}, **summary}, **parts}
    result = normalize(raw)
    assert isinstance(result, Draft)
    return result


def of_fields(**fields: str) -> Draft:
    listed = [{"name": name, "value": value} for name, value in fields.items()]
    return draft(documents=[{"id": "d", "summary_fields": listed}])


def test_na_without_a_slash() -> None:
    made = draft(summary={"result": {"document_read": "NA"}})
    assert [c.reasons for c in made.checks if c.name == "document_readable"] == [[]]


@pytest.mark.parametrize("side", ["front", "back", "internal"])
def test_fields_of_every_side(side: str) -> None:
    fields = [{"name": "document_number", "value": "C01X00T47"}]
    made = draft(documents=[{"id": "d", "sides": {side: {"fields": fields}}}])
    assert [d.number for d in made.documents] == ["C01X00T47"]


NUMBERS = "document_number id_number passport_number license_number personal_number"


@pytest.mark.parametrize("name", NUMBERS.split())
def test_names_of_the_number(name: str) -> None:
    assert of_fields(**{name: "C01X00T47"}).documents[0].number == "C01X00T47"


@pytest.mark.parametrize("name", ["expiration_date", "expiry_date"])
def test_names_of_the_expiry(name: str) -> None:
    assert str(of_fields(**{name: "2031-02-03"}).documents[0].document.expiry_date) == "2031-02-03"


@pytest.mark.parametrize("name", ["issue_date", "issuing_date"])
def test_names_of_the_issue(name: str) -> None:
    assert str(of_fields(**{name: "2021-02-03"}).documents[0].document.issue_date) == "2021-02-03"


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("full_name", "Ilse Vogt", "full_name"),
        ("name", "Ilse Vogt", "full_name"),
        ("sex", "F", "gender"),
        ("gender", "F", "gender"),
    ],
)
def test_names_of_personal_fields(name: str, value: str, part: str) -> None:
    person = of_fields(**{name: value}).person
    assert person is not None
    assert getattr(person, part) == value


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("address", "formatted"),
        ("full_address", "formatted"),
        ("street", "street"),
        ("address_street", "street"),
        ("city", "city"),
        ("address_city", "city"),
        ("municipality", "city"),
        ("region", "region"),
        ("province", "region"),
        ("state", "region"),
        ("address_region", "region"),
        ("postal_code", "postal_code"),
        ("zip_code", "postal_code"),
        ("address_postal_code", "postal_code"),
    ],
)
def test_names_of_address_fields(name: str, part: str) -> None:
    (address,) = of_fields(**{name: "Example"}).addresses
    assert getattr(address, part) == "Example"


@pytest.mark.parametrize("name", ["country", "address_country"])
def test_names_of_the_addresss_country(name: str) -> None:
    (address,) = of_fields(city="Graz", **{name: "AUT"}).addresses
    assert address.country == "AT"


@pytest.mark.parametrize(
    "model", ["unknown", "undefined", "null", "none", "N/A", "Generic", "other"]
)
def test_a_model_that_is_none_is_no_fingerprint(model: str) -> None:
    made = draft(summary={"devices": [{"platform": "android", "model": model}]})
    assert [(d.device.model, d.fingerprint) for d in made.devices] == [(None, None)]
