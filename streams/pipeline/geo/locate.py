"""Where the addresses and networks of an event are: coordinates, and how far they can be trusted.

The vendor's own coordinates come first, then the gazetteer, for networks then a database. What
remains without coordinates can still be compared by country.

Some networks are no place of their user, whoever gives one: addresses that are not routed, and
those of satellites, planes, corporate proxies and relays (`vendors.base.operators`). A point
outside of the country that is named beside it is junk: the event gets the reason
`contradictory_coordinates:<path>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.model import Address, AddressRole, Network, Verification
from streams.pipeline.geo.database import IpLookup, IpPlace
from streams.pipeline.geo.extents import is_outside
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.geo.points import COUNTRY_RADIUS_KM
from streams.vendors.base.operators import placeless_kind
from streams.vendors.base.values import coordinates, is_global


class Radii(Struct, frozen=True):
    """How far off a place may be, in km, by how precisely it is named.

    Fixed lines are located to about a city. Mobile ones surface at the operator's gateways, and
    where the kind of line is unknown it may be one: studies of the large IP databases put their
    median error at about 200 km for mobile and below 20 km for fixed lines.
    """

    street: float = 1.0
    postal_code: float = 10.0
    city: float = 25.0
    region: float = 200.0
    ip_fixed: float = 50.0
    ip_other: float = 200.0
    ip_region: float = 300.0


RADII = Radii()

_FIXED = (
    "broadband",
    "cable",
    "dsl",
    "fiber",
    "fibre",
    "fixed",
    "corporate",
    "residential",
    "wired",
)


def located(
    event: Verification,
    places: Gazetteer,
    ip_lookup: IpLookup | None = None,
    radii: Radii = RADII,
) -> Verification:
    """The event with coordinates, radius and source filled in where they can be known, and without
    coordinates that name no place. Returns new structs; leaves the given ones as they are.
    """
    addresses = [locate_address(a, places, radii) for a in event.addresses]
    networks = [locate_network(n, places, ip_lookup, radii) for n in event.networks]
    junk = [*_without_junk(addresses, "addresses"), *_without_junk(networks, "networks")]
    return replace(
        event,
        addresses=addresses,
        networks=networks,
        reasons=[*event.reasons, *(f"{CONTRADICTORY}{path}" for path in junk)],
    )


CONTRADICTORY = "contradictory_coordinates:"


def _without_junk(ends: Sequence[Address | Network], name: str) -> Iterator[str]:
    """Takes the point from each end whose country it cannot lie in; gives the paths of these."""
    for i, end in enumerate(ends):
        point = coordinates(end.latitude, end.longitude)
        if point and end.country and is_outside(end.country, *point):
            end.latitude = end.longitude = end.radius_km = None
            yield f"{name}[{i}]"


def locate_address(address: Address, places: Gazetteer, radii: Radii = RADII) -> Address:
    """By the vendor's coordinates, else by city and region."""
    if coordinates(address.latitude, address.longitude):
        by_browser = address.role is AddressRole.GEOLOCATION
        return replace(
            address,
            radius_km=_given(address.radius_km) or _address_radius(address, radii),
            source=address.source or ("browser" if by_browser else "vendor"),
        )
    point = places.find(address.country, address.city, address.region)
    if point is None:
        return replace(address, latitude=None, longitude=None, radius_km=None, source=None)
    return replace(
        address,
        latitude=point.latitude,
        longitude=point.longitude,
        radius_km=point.radius_km,
        source=point.source,
    )


def _address_radius(address: Address, radii: Radii) -> float:
    """By the finest part that is named: that is what the vendor's geocoder had."""
    for named, radius in (
        (address.street, radii.street),
        (address.postal_code, radii.postal_code),
        (address.city, radii.city),
        (address.region, radii.region),
    ):
        if named:
            return radius
    return radii.city


def locate_network(
    network: Network,
    places: Gazetteer,
    ip_lookup: IpLookup | None = None,
    radii: Radii = RADII,
) -> Network:
    """By the vendor's coordinates, else by city and region, else by the database. Without a point
    where the network has no place: see `placeless`.
    """
    routed = is_global(network.ip) if network.ip else network.is_global
    kind = placeless_kind(network.isp, network.connection_type)
    if routed is False or kind:
        return replace(
            network,
            is_global=routed,
            connection_type=kind or network.connection_type,
            latitude=None,
            longitude=None,
            radius_km=None,
        )
    if coordinates(network.latitude, network.longitude):
        radius = _given(network.radius_km) or _seen_radius(network, radii)
        return replace(network, is_global=routed, radius_km=radius)
    if point := places.find(network.country, network.city, network.region):
        least = _line_radius(network, radii) if network.city else radii.ip_region
        return replace(
            network,
            is_global=routed,
            latitude=point.latitude,
            longitude=point.longitude,
            radius_km=max(least, point.radius_km),
        )
    network = replace(network, is_global=routed, latitude=None, longitude=None, radius_km=None)
    if network.ip and routed and ip_lookup and (found := ip_lookup(network.ip)):
        return _from_database(network, found, _line_radius(network, radii))
    return network


def placeless(network: Network) -> str | None:
    """Why nothing is known of where a located network's user is: a word for reasons; None where
    something is.
    """
    if network.is_anonymous:
        return "anonymous_ip"
    if network.is_hosting:
        return "hosting_ip"
    if network.is_global is False:
        return "non_global_ip"
    kind = placeless_kind(None, network.connection_type)
    return f"{kind}_ip" if kind else None


def _from_database(network: Network, found: IpPlace, line: float) -> Network:
    """The vendor's country wins: where the database sees another, its place is not taken."""
    if network.country and found.country and network.country != found.country:
        return network
    point = coordinates(found.latitude, found.longitude) or (None, None)
    # A database gives a country's middle, with a small radius, where it knows no more.
    least = line if found.city or found.region else COUNTRY_RADIUS_KM
    return replace(
        network,
        country=network.country or found.country,
        region=network.region or found.region,
        city=network.city or found.city,
        latitude=point[0],
        longitude=point[1],
        radius_km=None if point[0] is None else max(least, found.radius_km or 0.0),
    )


def _seen_radius(network: Network, radii: Radii) -> float:
    """Of the vendor's coordinates. Without city and region they are the middle of a country (the
    farm in Kansas that became home to millions of addresses).
    """
    if network.city:
        return _line_radius(network, radii)
    return radii.ip_region if network.region else COUNTRY_RADIUS_KM


def _line_radius(network: Network, radii: Radii) -> float:
    line = network.connection_type
    return radii.ip_fixed if line and _is_fixed(line) else radii.ip_other


@lru_cache(maxsize=256)
def _is_fixed(connection_type: str) -> bool:
    kind = connection_type.casefold()
    return any(word in kind for word in _FIXED)


def _given(radius: float | None) -> float | None:
    return radius if radius is not None and 0 < radius < inf else None
