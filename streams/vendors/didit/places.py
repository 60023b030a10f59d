"""Where a session took place and where the applicant lives: networks, devices, addresses, and the
distances between them as Didit computed them.

Sources: Didit, Decision V3 report objects: IP analysis, ID verification, proof of address. V2
nests the three locations under `locations_info`. A distance is km, or `{distance, direction}`;
the direction is not used (published payloads contradict themselves).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from streams.contracts.model import Address, AddressRole, Device, Network, Place, Strength
from streams.vendors.base.countries import country2
from streams.vendors.base.draft import DraftDevice, VendorDistance
from streams.vendors.base.operators import placeless_kind
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import Point, boolean, identifier, number, text
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks import risk_of
from streams.vendors.didit.reports import ByKind, Entry
from streams.vendors.didit.tables import AUTOMATION


class Places(Struct):
    """All places of one decision."""

    networks: list[Network] = []
    devices: list[DraftDevice] = []
    addresses: list[Address] = []
    distances: list[VendorDistance] = []
    issuers: dict[AddressRole, str | None] = {}
    """The country (alpha-2) that issued the first document of each kind."""


def places_of(kinds: ByKind, reader: Reader) -> Places:
    """Addresses of the documents first; an IP analysis then lends them its coordinates."""
    places = Places()
    for kind, read in _READERS.items():
        for entry in kinds.get(kind, ()):
            read(entry, places, reader)
    return places


_UNPARSED, _NO_NETWORK, _NO_DEVICE = p.ParsedAddress(), Network(), Device()

# -- coordinates -------------------------------------------------------------------------------


def _location(value: Any, path: str, reader: Reader) -> Point | None:
    found = reader.part(value, p.Location, path)
    return reader.point(found.latitude, found.longitude, path) if found else None


def _located(address: Address, point: Point | None) -> Address:
    if point is not None and address.latitude is None:
        address.latitude, address.longitude = point
        address.source = "vendor"
    return address


# -- addresses ---------------------------------------------------------------------------------


def _address(
    role: AddressRole, formatted: str | None, raw: str | None, parsed: Any, issuer: str | None,
    path: str, places: Places, reader: Reader,
) -> None:  # fmt: skip
    """One address, if anything is known of it. Where it names no country, its document's issuer
    stands in, as Didit's own geocoding of documents does.
    """
    found = reader.part(parsed, p.ParsedAddress, path) or _UNPARSED
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
        location = _location(found.document_location, f"{path}.document_location", reader)
        _located(address, location)
    issued_in = country2(issuer)
    places.issuers.setdefault(role, issued_in)
    if address != Address(role=role):
        address.country = address.country or issued_in
        places.addresses.append(address)


def _id_address(entry: Entry, places: Places, reader: Reader) -> None:
    report, path = entry.report, entry.path
    assert isinstance(report, p.IdVerification)
    _address(
        AddressRole.ID_DOCUMENT, report.formatted_address, report.address, report.parsed_address,
        report.issuing_state, f"{path}.parsed_address", places, reader,
    )  # fmt: skip


def _poa_addresses(entry: Entry, places: Places, reader: Reader) -> None:
    report, path = entry.report, entry.path
    assert isinstance(report, p.PoaVerification)
    _address(
        AddressRole.PROOF_OF_ADDRESS, report.poa_formatted_address, report.poa_address,
        report.poa_parsed_address, report.issuing_state, f"{path}.poa_parsed_address", places,
        reader,
    )  # fmt: skip
    _address(
        AddressRole.DECLARED, report.expected_details_formatted_address,
        report.expected_details_address, report.expected_details_parsed_address, None,
        f"{path}.expected_details_parsed_address", places, reader,
    )  # fmt: skip


def _company_address(entry: Entry, places: Places, reader: Reader) -> None:
    report, path = entry.report, entry.path
    assert isinstance(report, p.RegistryCheck)
    company = reader.part(report.company, p.Company, f"{path}.company")
    if company and (formatted := text(company.registered_address)):
        places.addresses.append(
            Address(
                role=AddressRole.DECLARED,
                formatted=formatted,
                region=text(company.region),
                country=reader.country2(company.country_code, f"{path}.company.country_code"),
            )
        )


# -- IP analysis -------------------------------------------------------------------------------


def _ip_analysis(entry: Entry, places: Places, reader: Reader) -> None:
    report, path = entry.report, entry.path
    assert isinstance(report, p.IpAnalysis)
    nested = reader.part(report.locations_info, p.LocationsInfo, f"{path}.locations_info")
    spots: dict[str, p.Spot] = {}
    points: dict[str, Point | None] = {}
    for name in ("ip", "id_document", "poa_document"):
        value, prefix = getattr(report, name), path
        if value is None:
            value, prefix = getattr(nested, name, None), f"{path}.locations_info"
        spot = reader.part(value, p.Spot, f"{prefix}.{name}")
        if spot is not None:
            spots[name] = spot
            points[name] = _location(spot.location, f"{path}.{name}.location", reader)
    _network(report, points.get("ip"), path, places, reader)
    _device(entry, report, places)
    _lend(AddressRole.ID_DOCUMENT, points.get("id_document"), places)
    _lend(AddressRole.PROOF_OF_ADDRESS, points.get("poa_document"), places)
    if spots:
        _distances(spots, path, places, reader)


def _network(
    report: p.IpAnalysis, nested: Point | None, path: str, places: Places, reader: Reader
) -> None:
    point = reader.point(report.latitude, report.longitude, path)
    if point and nested and point != nested and point == (nested[1], nested[0]):
        # The two disagree on which is which, so neither can be trusted.
        reader.invalid("coordinates", path)
        point = nested = None
    latitude, longitude = point or nested or (None, None)
    ip, is_global = reader.ip(report.ip_address, f"{path}.ip_address")
    network = Network(
        ip=ip,
        is_global=is_global,
        country=reader.country2(report.ip_country_code, f"{path}.ip_country_code")
        or reader.country2(report.ip_country, f"{path}.ip_country"),
        region=text(report.ip_state),
        city=text(report.ip_city),
        latitude=latitude,
        longitude=longitude,
        isp=_operator(report),
        is_anonymous=boolean(report.is_vpn_or_tor),
        is_hosting=boolean(report.is_data_center),
        time_zone=text(report.time_zone),
    )
    if network != _NO_NETWORK:
        places.networks.append(network)


def _operator(report: p.IpAnalysis) -> str | None:
    """The line's operator; the organisation behind it where that is the one without a place."""
    isp, organization = text(report.isp), text(report.organization)
    return organization if placeless_kind(organization) else isp or organization


def _device(entry: Entry, report: p.IpAnalysis, places: Places) -> None:
    fingerprint = identifier(report.device_fingerprint)
    bot = AUTOMATION in map(risk_of, entry.warnings)
    known = Device(
        brand=text(report.device_brand),
        model=text(report.device_model),
        os=text(report.os_family),
        browser=text(report.browser_family),
        platform=text(report.platform),
        is_bot=True if bot else None,
    )
    if fingerprint or known != _NO_DEVICE:
        known.strength = Strength.STRONG if fingerprint else Strength.WEAK
        places.devices.append(DraftDevice(known, fingerprint))


def _lend(role: AddressRole, point: Point | None, places: Places) -> None:
    """Didit's location of a document goes to the first address of that kind."""
    if point is None:
        return
    first = next((a for a in places.addresses if a.role is role), None)
    if first is None:
        first = Address(role=role, country=places.issuers.get(role))
        places.addresses.append(first)
    _located(first, point)


# Each distance stands at both of its ends; the first that is given counts.
_ENDS = (
    (Place.IP, Place.ID_DOCUMENT, ("ip", "distance_from_id_document")),
    (Place.IP, Place.ID_DOCUMENT, ("id_document", "distance_from_ip")),
    (Place.IP, Place.PROOF_OF_ADDRESS, ("ip", "distance_from_poa_document")),
    (Place.IP, Place.PROOF_OF_ADDRESS, ("poa_document", "distance_from_ip")),
    (Place.ID_DOCUMENT, Place.PROOF_OF_ADDRESS, ("id_document", "distance_from_poa_document")),
    (Place.ID_DOCUMENT, Place.PROOF_OF_ADDRESS, ("poa_document", "distance_from_id_document")),
)


def _distances(spots: dict[str, p.Spot], path: str, places: Places, reader: Reader) -> None:
    known = {(d.from_, d.to) for d in places.distances}
    for start, end, (spot, name) in _ENDS:
        value = getattr(spots.get(spot), name, None)
        if value is None:
            continue
        if isinstance(value, dict):
            value = value.get("distance")
        km = number(value)
        if value is not None and (km is None or km < 0):
            reader.note(f"{path}.{spot}.{name}")
        elif km is not None and (start, end) not in known:
            known.add((start, end))
            places.distances.append(VendorDistance(start, end, km))


_READERS: dict[type[p.Report], Callable[[Entry, Places, Reader], None]] = {
    p.IdVerification: _id_address,
    p.PoaVerification: _poa_addresses,
    p.RegistryCheck: _company_address,
    p.IpAnalysis: _ip_analysis,
}
"""In the order in which they are read."""
