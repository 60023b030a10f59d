"""Addresses that were read off documents, and where a browser reports that it is.

Source: AiPrise docs, "User Verification Response": extracted_address, geolocation_insights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streams.contracts.model import Address, AddressRole
from streams.vendors.aiprise import payload as p
from streams.vendors.aiprise.checks import section_checks
from streams.vendors.base.draft import Part
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import identifier, number


def read_address(reader: Reader, value: Any, role: AddressRole, path: str) -> Sequence[Address]:
    """The address of one document, if anything of it was read."""
    extracted = reader.part(value, p.ExtractedAddress, path)
    if extracted is None:
        return ()
    at = f"{path}.parsed_address"
    parsed = reader.part(extracted.parsed_address, p.ParsedAddress, at) or p.ParsedAddress()
    streets = (identifier(parsed.address_street_1), identifier(parsed.address_street_2))
    address = Address(
        role=role,
        formatted=identifier(extracted.full_address),
        street=", ".join(filter(None, streets)) or None,
        city=identifier(parsed.address_city),
        region=identifier(parsed.address_state),
        postal_code=identifier(parsed.address_zip_code),
        country=reader.country2(identifier(parsed.address_country), f"{at}.address_country"),
    )
    return () if address == Address(role=role) else (address,)


def read_geolocation(reader: Reader, value: Any, path: str) -> Sequence[Part]:
    """The browser's coordinates with its own accuracy as their radius."""
    insight = reader.part(value, p.Geolocation, path)
    if insight is None:
        return ()
    checks = section_checks(reader, "geolocation_consistent", insight, path)
    point = reader.point(insight.latitude, insight.longitude, path)
    if point is None:
        return checks
    metres = number(insight.accuracy)
    address = Address(
        role=AddressRole.GEOLOCATION,
        latitude=point[0],
        longitude=point[1],
        radius_km=round(metres / 1000, 3) if metres is not None and metres >= 0 else None,
        source="browser",
    )
    return *checks, address
