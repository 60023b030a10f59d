"""AiPrise: e-mail addresses and phones."""

from __future__ import annotations

import pytest

from tests.vendors.aiprise.payloads import fraud


def test_data_of_brokers_is_not_the_applicants() -> None:
    person = {
        "addresses": [{"address_city": "Quito", "latitude": "-0.2", "longitude": "-78.5"}],
        "ip_addresses": [{"value": "186.4.0.1"}],
        "names": [{"value": "Rosa Quispe"}],
        "email_address": {"value": "rosa@example.com"},
        "phone_number": "+593991234567",
    }
    made = fraud(
        email_insights=[
            {"result": "FOUND", "email": "Ifeoma.Obi@Example.com", "persons": [person]}
        ],
        phone_insights=[{"result": "FOUND", "phone_number": "+2348031234567", "persons": [person]}],
    )
    assert (made.addresses, made.networks, made.person, made.devices) == ([], [], None, [])
    assert [c.value for c in made.contacts] == ["ifeoma.obi@example.com", "+2348031234567"]


REAL_PHONES = "mobile wireless landline fixed_line fixed_line_or_mobile"


@pytest.mark.parametrize(
    ("kind", "virtual"),
    [
        ("VOIP", True),
        ("VIRTUAL", True),
        ("NON_FIXED_VOIP", True),
        ("FIXED_VOIP", True),
        *((kind, False) for kind in REAL_PHONES.split()),
        ("HOLOGRAPHIC", None),
    ],
)
def test_virtual_phones(kind: str, virtual: bool | None) -> None:
    made = fraud(phone_insights=[{"phone_number": "+4915123456789", "phone_type": kind}])
    assert [c.is_virtual for c in made.contacts] == [virtual]
