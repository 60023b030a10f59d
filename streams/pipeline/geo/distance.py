"""The distances between the places of one event: IP, documents, browser position, phone.

Two points give their great-circle distance less the uncertainty of both ends; else their countries
are compared. An anonymous, hosting or non-global IP gives no place.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from streams.contracts.model import (
    AddressRole,
    Band,
    ContactKind,
    Distance,
    Network,
    Place,
    Verification,
)
from streams.pipeline.geo.borders import are_neighbours
from streams.pipeline.geo.locate import CONTRADICTORY, placeless
from streams.pipeline.geo.points import COUNTRY_RADIUS_KM, great_circle_km
from streams.vendors.base.draft import VendorDistance


class Bands(Struct, frozen=True):
    """The upper ends of the bands in km of effective distance, inclusive; and the tolerance (the
    larger of the two) beyond which a vendor's own distance is marked as different.
    """

    pass_km: float = 100.0
    info_km: float = 500.0
    low_km: float = 1000.0
    vendor_tolerance_km: float = 25.0
    vendor_tolerance_share: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.pass_km <= self.info_km <= self.low_km:
            raise ValueError("pass_km, info_km and low_km must be in ascending order")


BANDS = Bands()

PAIRS = (
    (Place.IP, Place.ID_DOCUMENT),
    (Place.IP, Place.PROOF_OF_ADDRESS),
    (Place.IP, Place.GEOLOCATION),
    (Place.IP, Place.PHONE),
    (Place.ID_DOCUMENT, Place.PROOF_OF_ADDRESS),
)

_ROLES = {
    AddressRole.ID_DOCUMENT: Place.ID_DOCUMENT,
    AddressRole.PROOF_OF_ADDRESS: Place.PROOF_OF_ADDRESS,
    AddressRole.GEOLOCATION: Place.GEOLOCATION,
}
_IP, _PHONE = Place.IP, ContactKind.PHONE
_PASS, _INFO, _LOW, _MEDIUM = Band.PASS, Band.INFO, Band.LOW, Band.MEDIUM
_NOT_APPLICABLE = Band.NOT_APPLICABLE
_MOST_ENDS = 8  # per kind: a payload may hold any number
_ALARM = {band: i for i, band in enumerate((Band.NOT_APPLICABLE, *list(Band)[:-1]))}


class _End(Struct, frozen=True):
    country: str | None = None
    point: tuple[float, float] | None = None
    radius_km: float = 0.0
    hidden: str | None = None
    """Why there is no place (`anonymous_ip`, `satellite_ip`, `contradictory_coordinates`)."""


def distances(
    event: Verification,
    vendor_distances: Sequence[VendorDistance] = (),
    bands: Bands = BANDS,
) -> list[Distance]:
    """One finding per pair of known places, at most five.

    `event` comes from `locate.located`. Each network is compared with the nearest place of a kind,
    since only one must fit; the finding is that of the farthest network.
    """
    ends = _ends(event)
    by_vendor: dict[tuple[str, str], float] = {}
    for given in vendor_distances:
        by_vendor.setdefault((given.from_, given.to), given.km)
        by_vendor.setdefault((given.to, given.from_), given.km)
    found = []
    for start, end in PAIRS:
        row = None
        if start in ends and end in ends:
            row = _chosen(ends[start], ends[end], bands, farthest=start is _IP)
        vendor_km = by_vendor.get((start, end)) if by_vendor else None
        if row is None and vendor_km is not None:
            row = _Row(_NOT_APPLICABLE, ("vendor_only",))
        if row is not None:
            found.append(_distance(start, end, row, vendor_km, bands))
    return found


class _Row(Struct, frozen=True):
    band: Band
    reasons: tuple[str, ...] = ()
    km: float | None = None
    radius_km: float | None = None
    effective_km: float | None = None


def _chosen(starts: list[_End], ends: list[_End], bands: Bands, *, farthest: bool) -> _Row | None:
    """Compares each start with its nearest end; returns the farthest or the nearest row."""
    nearest = []
    for start in starts:
        rows = [row for end in ends if (row := _compare(start, end, bands))]
        if rows:
            nearest.append(rows[0] if len(rows) == 1 else min(rows, key=_weight))
    if len(nearest) < 2:
        return nearest[0] if nearest else None
    return max(nearest, key=_weight) if farthest else min(nearest, key=_weight)


def _weight(row: _Row) -> tuple[int, float]:
    return _ALARM[row.band], row.effective_km or 0.0


def _compare(a: _End, b: _End, bands: Bands) -> _Row | None:
    """The row of two ends; None where they cannot be compared."""
    if hidden := a.hidden or b.hidden:
        return _Row(_NOT_APPLICABLE, (hidden,))
    relation = _relation(a.country, b.country)
    if a.point and b.point:
        km = great_circle_km(*a.point, *b.point)
        radius = a.radius_km + b.radius_km
        effective = km - radius if km > radius else 0.0
        band = _band(effective, relation, bands)
        return _Row(band, (relation,) if relation else (), km, radius, effective)
    return _Row(_COUNTRY_BANDS[relation], ("country_only", relation)) if relation else None


_COUNTRY_BANDS = {
    "same_country": _PASS,
    "neighbour_country": _LOW,
    "other_country": _MEDIUM,
}


def _relation(a: str | None, b: str | None) -> str | None:
    if a is None or b is None:
        return None
    if a == b:
        return "same_country"
    return "neighbour_country" if are_neighbours(a, b) else "other_country"


def _band(effective_km: float, relation: str | None, bands: Bands) -> Band:
    """Beyond `info_km`: MEDIUM in another country, LOW in the same or a neighbouring one; where no
    country is known, LOW up to `low_km`, then MEDIUM.
    """
    if effective_km <= bands.pass_km:
        return _PASS
    if effective_km <= bands.info_km:
        return _INFO
    if relation in ("same_country", "neighbour_country"):
        return _LOW
    if relation == "other_country" or effective_km > bands.low_km:
        return _MEDIUM
    return _LOW


def _distance(
    start: Place, end: Place, row: _Row, vendor_km: float | None, bands: Bands
) -> Distance:
    reasons = row.reasons
    if row.km is not None and vendor_km is not None:
        tolerance = max(bands.vendor_tolerance_km, bands.vendor_tolerance_share * row.km)
        if abs(row.km - vendor_km) > tolerance:
            reasons = (*reasons, "vendor_distance_differs")
    return Distance(
        from_=start,
        to=end,
        km=_rounded(row.km),
        effective_km=_rounded(row.effective_km),
        radius_km=_rounded(row.radius_km),
        vendor_km=vendor_km,
        band=row.band,
        reason=",".join(reasons) or None,
    )


def _rounded(km: float | None) -> float | None:
    return None if km is None else round(km, 3)


def _ends(event: Verification) -> dict[Place, list[_End]]:
    """Every known place, by kind, in the vendor's order."""
    found: dict[Place, list[_End]] = {}
    junk = {r.removeprefix(CONTRADICTORY) for r in event.reasons if r.startswith(CONTRADICTORY)}
    for i, network in enumerate(event.networks):
        is_junk = f"networks[{i}]" in junk
        _add(found, _IP, _JUNK if is_junk else _network_end(network))
    for i, address in enumerate(event.addresses):
        if place := _ROLES.get(address.role):
            if f"addresses[{i}]" in junk:
                _add(found, place, _JUNK)
                continue
            point = _point(address.latitude, address.longitude, address.radius_km, address.country)
            _add(found, place, _End(address.country, point, address.radius_km or 0.0))
    for contact in event.contacts:
        if contact.kind is _PHONE and contact.country is not None:
            _add(found, Place.PHONE, _End(contact.country))
    return found


def _add(found: dict[Place, list[_End]], place: Place, end: _End) -> None:
    if end == _NOTHING:
        return
    ends = found.setdefault(place, [])
    if end not in ends and len(ends) < _MOST_ENDS:
        ends.append(end)


_NOTHING = _End()
_JUNK = _End(hidden=CONTRADICTORY.rstrip(":"))


def _network_end(network: Network) -> _End:
    if hidden := placeless(network):
        return _End(hidden=hidden)
    point = _point(network.latitude, network.longitude, network.radius_km, network.country)
    return _End(network.country, point, network.radius_km or 0.0)


def _point(
    latitude: float | None, longitude: float | None, radius_km: float | None, country: str | None
) -> tuple[float, float] | None:
    """The coordinates, unless they mean a whole country that is also named."""
    if latitude is None or longitude is None:
        return None
    if country and (radius_km or 0.0) >= COUNTRY_RADIUS_KM:
        return None
    return latitude, longitude
