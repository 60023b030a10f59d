"""Where the applicant lives: addresses of documents, of the applicant's own words and of companies.

Sources: Didit, Decision V3 report objects: ID verification, proof of address, registry check.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.model import Address, AddressRole
from streams.vendors.base.addresses import Point
from streams.vendors.base.countries import country2
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import identifier, text
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks.reports import ByKind

_UNPARSED = p.ParsedAddress()
_ID, _POA, _DECLARED = AddressRole.ID_DOCUMENT, AddressRole.PROOF_OF_ADDRESS, AddressRole.DECLARED


class OfDocument(Struct, frozen=True):
    """The address of one document, None where nothing is known of it but who issued that."""

    role: AddressRole
    address: Address | None
    issuer: str | None
    """Alpha-2."""


def read_addresses(reader: Reader, kinds: ByKind) -> list[OfDocument]:
    found = []
    for entry in kinds.get(p.IdVerification, ()):
        report = entry.report
        assert isinstance(report, p.IdVerification)
        texts, parsed = (report.formatted_address, report.address), report.parsed_address
        path = f"{entry.path}.parsed_address"
        found.append(_address(reader, _ID, texts, parsed, report.issuing_state, path))
    for entry in kinds.get(p.PoaVerification, ()):
        poa, path = entry.report, entry.path
        assert isinstance(poa, p.PoaVerification)
        texts, parsed = (poa.poa_formatted_address, poa.poa_address), poa.poa_parsed_address
        at = f"{path}.poa_parsed_address"
        found.append(_address(reader, _POA, texts, parsed, poa.issuing_state, at))
        texts = (poa.expected_details_formatted_address, poa.expected_details_address)
        parsed = poa.expected_details_parsed_address
        at = f"{path}.expected_details_parsed_address"
        found.append(_address(reader, _DECLARED, texts, parsed, None, at))
    for entry in kinds.get(p.RegistryCheck, ()):
        check, path = entry.report, f"{entry.path}.company"
        assert isinstance(check, p.RegistryCheck)
        company = reader.part(check.company, p.Company, path)
        if company and (formatted := text(company.registered_address)):
            country = reader.country2(company.country_code, f"{path}.country_code")
            region = text(company.region)
            address = Address(_DECLARED, formatted=formatted, region=region, country=country)
            found.append(OfDocument(_DECLARED, address, None))
    return found


def _address(
    reader: Reader,
    role: AddressRole,
    texts: tuple[str | None, str | None],
    parsed: Any,
    issuer: str | None,
    path: str,
) -> OfDocument:
    """Where it names no country, its document's issuer fills in, as Didit's own geocoding of
    documents does.
    """
    found = reader.part(parsed, p.ParsedAddress, path) or _UNPARSED
    formatted, raw = texts
    address = Address(
        role=role,
        formatted=text(formatted) or text(found.formatted_address) or text(raw),
        street=text(found.street) or text(found.street_1),
        city=text(found.city),
        region=text(found.region) or text(found.state),
        postal_code=identifier(found.postal_code),
        country=reader.country2(found.country, f"{path}.country"),
    )
    if found.document_location is not None:
        location = read_location(reader, found.document_location, f"{path}.document_location")
        address = _located(address, location)
    issued_in = country2(issuer)
    if address == Address(role=role):
        return OfDocument(role, None, issued_in)
    address.country = address.country or issued_in
    return OfDocument(role, address, issued_in)


def read_location(reader: Reader, value: Any, path: str) -> Point | None:
    found = reader.part(value, p.Location, path)
    return reader.point(found.latitude, found.longitude, path) if found else None


def _located(address: Address, point: Point | None) -> Address:
    if point is None or address.latitude is not None:
        return address
    return replace(address, latitude=point[0], longitude=point[1], source="vendor")


def with_points(known: list[OfDocument], points: dict[AddressRole, Point]) -> list[Address]:
    """All addresses. Didit's location of a document is that of the first address of its kind."""
    addresses = [of.address for of in known if of.address is not None]
    for role, point in points.items():
        for i, address in enumerate(addresses):
            if address.role is role:
                addresses[i] = _located(address, point)
                break
        else:
            issuer = next((of.issuer for of in known if of.role is role), None)
            addresses.append(_located(Address(role=role, country=issuer), point))
    return addresses
