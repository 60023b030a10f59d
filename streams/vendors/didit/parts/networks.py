"""IP analyses: networks, devices, and the distances to the addresses as Didit computed them.

Source: Didit, Decision V3 report objects: IP analysis. V2 nests the three locations under
`locations_info`. A distance is km, or `{distance, direction}`; the direction is not used (published
payloads contradict themselves).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.contracts.model import AddressRole, Device, Network, Place, Strength
from streams.vendors.base.addresses import Point
from streams.vendors.base.draft import DraftDevice, Part, VendorDistance
from streams.vendors.base.operators import placeless_kind
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import boolean, identifier, number, text
from streams.vendors.didit import payload as p
from streams.vendors.didit import tables
from streams.vendors.didit.checks.reports import ByKind, Entry
from streams.vendors.didit.checks.warnings import risk_of
from streams.vendors.didit.parts.addresses import read_location

_NO_NETWORK, _NO_DEVICE = Network(), Device()
_ROLES = {
    "id_document": AddressRole.ID_DOCUMENT,
    "poa_document": AddressRole.PROOF_OF_ADDRESS,
}


def read_networks(reader: Reader, kinds: ByKind) -> tuple[list[Part], dict[AddressRole, Point]]:
    """The networks, devices and distances of all IP analyses; and where Didit locates the
    documents' addresses, by the first analysis that locates them.
    """
    found: list[Part] = []
    located: dict[AddressRole, Point] = {}
    distances: dict[tuple[str, str], VendorDistance] = {}
    for entry in kinds.get(p.IpAnalysis, ()):
        report, path = entry.report, entry.path
        assert isinstance(report, p.IpAnalysis)
        spots, points = _spots(reader, report, path)
        found += _network(reader, report, points.get("ip"), path)
        found += _device(entry, report)
        for name, role in _ROLES.items():
            if (point := points.get(name)) is not None:
                located.setdefault(role, point)
        for distance in _distances(reader, spots, path):
            distances.setdefault((distance.from_, distance.to), distance)
    return [*found, *distances.values()], located


def _spots(
    reader: Reader, report: p.IpAnalysis, path: str
) -> tuple[dict[str, p.Spot], dict[str, Point | None]]:
    """The spots of an analysis by their names, and their coordinates."""
    at = f"{path}.locations_info"
    nested = reader.part(report.locations_info, p.LocationsInfo, at)
    spots, points = {}, {}
    for name in ("ip", "id_document", "poa_document"):
        value, prefix = getattr(report, name), path
        if value is None:
            value, prefix = getattr(nested, name, None), at
        if (spot := reader.part(value, p.Spot, f"{prefix}.{name}")) is not None:
            spots[name] = spot
            points[name] = read_location(reader, spot.location, f"{path}.{name}.location")
    return spots, points


def _network(
    reader: Reader, report: p.IpAnalysis, nested: Point | None, path: str
) -> Sequence[Network]:
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
    return () if network == _NO_NETWORK else (network,)


def _operator(report: p.IpAnalysis) -> str | None:
    """The line's operator; the organisation behind it where that one's addresses have no place."""
    isp, organization = text(report.isp), text(report.organization)
    return organization if placeless_kind(organization) else isp or organization


def _device(entry: Entry, report: p.IpAnalysis) -> Sequence[DraftDevice]:
    fingerprint = identifier(report.device_fingerprint)
    bot = tables.AUTOMATION in map(risk_of, entry.warnings)
    known = Device(
        brand=text(report.device_brand),
        model=text(report.device_model),
        os=text(report.os_family),
        browser=text(report.browser_family),
        platform=text(report.platform),
        is_bot=True if bot else None,
    )
    if not fingerprint and known == _NO_DEVICE:
        return ()
    known.strength = Strength.STRONG if fingerprint else Strength.WEAK
    return (DraftDevice(known, fingerprint),)


# Each distance is given at both of its ends; the first that is there counts.
_ENDS = (
    (Place.IP, Place.ID_DOCUMENT, ("ip", "distance_from_id_document")),
    (Place.IP, Place.ID_DOCUMENT, ("id_document", "distance_from_ip")),
    (Place.IP, Place.PROOF_OF_ADDRESS, ("ip", "distance_from_poa_document")),
    (Place.IP, Place.PROOF_OF_ADDRESS, ("poa_document", "distance_from_ip")),
    (Place.ID_DOCUMENT, Place.PROOF_OF_ADDRESS, ("id_document", "distance_from_poa_document")),
    (Place.ID_DOCUMENT, Place.PROOF_OF_ADDRESS, ("poa_document", "distance_from_id_document")),
)


def _distances(reader: Reader, spots: dict[str, p.Spot], path: str) -> Iterator[VendorDistance]:
    for start, end, (spot, name) in _ENDS:
        value = getattr(spots.get(spot), name, None)
        if isinstance(value, dict):
            value = value.get("distance")
        if value is None:
            continue
        km = number(value)
        if km is None or km < 0:
            reader.note(f"{path}.{spot}.{name}")
        else:
            yield VendorDistance(start, end, km)
