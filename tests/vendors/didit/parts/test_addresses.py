"""Didit: addresses and their coordinates."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from streams.contracts.model import AddressRole
from tests.vendors.didit.payloads import bare, draft, places


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (0, 0),
        (91, 3),
        (-90.1, 3),
        (40, 180.5),
        (None, 3.0),
        (40.0, None),
        ("NaN", 3),
        ("x", "y"),
        (True, 3),
        ([], {}),
    ],
)
def test_invalid_coordinates_are_dropped(latitude: Any, longitude: Any) -> None:
    d = places(ip_city="Bilbao", latitude=latitude, longitude=longitude)
    assert (d.networks[0].latitude, d.networks[0].longitude) == (None, None)
    assert d.reasons == ["invalid_coordinates:ip_analyses[0]"]


def test_absent_and_borderline_coordinates_are_no_fault() -> None:
    d = places(ip_city="Bilbao", latitude=None, longitude=None, ip={"location": None})
    assert (d.networks[0].latitude, d.reasons) == (None, [])
    d = places(latitude=-90, longitude="180.0")
    assert (d.networks[0].latitude, d.networks[0].longitude, d.reasons) == (-90.0, 180.0, [])


def test_nested_location_stands_in_and_swapped_pairs_are_dropped() -> None:
    d = places(ip={"location": {"latitude": 43.2, "longitude": -2.9}})
    assert (d.networks[0].latitude, d.networks[0].longitude) == (43.2, -2.9)
    d = places(
        ip_city="X",
        latitude=-2.9,
        longitude=43.2,
        ip={"location": {"latitude": 43.2, "longitude": -2.9}},
    )
    assert d.networks[0].latitude is None
    assert d.reasons == ["invalid_coordinates:ip_analyses[0]"]


def test_document_location_first_then_the_ip_analysis_lends_its_own() -> None:
    lent = {"latitude": 43.30, "longitude": -2.99}
    own = {"latitude": 43.26, "longitude": -2.93}
    analysis = [
        {
            "status": "Approved",
            "id_document": {"location": lent},
            "poa_document": {"location": lent},
        }
    ]
    parsed = {
        "city": "Bilbao",
        "street_1": "Kale Nagusia 1",
        "region": "Bizkaia",
        "postal_code": 48001,
    }
    doc = {
        "status": "Approved",
        "issuing_state": "ESP",
        "parsed_address": parsed | {"document_location": own},
    }
    d = draft(bare(id_verifications=[doc], ip_analyses=analysis))
    id_address, poa_address = d.addresses
    assert msgspec.to_builtins(id_address) == {
        "role": "ID_DOCUMENT",
        "street": "Kale Nagusia 1",
        "city": "Bilbao",
        "region": "Bizkaia",
        "postal_code": "48001",
        "country": "ES",
        "latitude": 43.26,
        "longitude": -2.93,
        "source": "vendor",
    }
    assert (poa_address.role, poa_address.latitude, poa_address.country) == (
        "PROOF_OF_ADDRESS",
        43.30,
        None,
    )
    doc["parsed_address"] = parsed
    assert draft(bare(id_verifications=[doc], ip_analyses=analysis)).addresses[0].latitude == 43.30
    doc["parsed_address"] = None
    lone = draft(bare(id_verifications=[doc], ip_analyses=analysis)).addresses[0]
    assert (lone.role, lone.latitude, lone.country, lone.city) == ("ID_DOCUMENT", 43.30, "ES", None)


def test_proof_of_address_and_the_address_the_customer_gave() -> None:
    report = {
        "status": "Approved",
        "issuing_state": "PRT",
        "poa_address": "R. Augusta 5, Lisboa",
        "poa_formatted_address": "Rua Augusta 5, 1100-048 Lisboa, Portugal",
        "poa_parsed_address": {"city": "Lisboa", "country": "PT"},
        "expected_details_address": "Rua Augusta 5",
        "expected_details_parsed_address": {"city": "Lisbon"},
        "document_type": "utility_bill",
        "issue_date": "2026-04-15",
    }
    d = draft(bare(poa_verifications=[report]))
    assert [(a.role, a.formatted, a.city, a.country) for a in d.addresses] == [
        (AddressRole.PROOF_OF_ADDRESS, "Rua Augusta 5, 1100-048 Lisboa, Portugal", "Lisboa", "PT"),
        (AddressRole.DECLARED, "Rua Augusta 5", "Lisbon", None),
    ]
    (document,) = d.documents
    assert (document.document.type, document.identifies) == ("UTILITY_BILL", False)
