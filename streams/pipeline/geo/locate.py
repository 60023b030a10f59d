"""The coordinates of an event's addresses and networks, with their uncertainty.

The vendor's own coordinates come first, then the gazetteer; for networks, then a database. Ends
without coordinates can still be compared by country.

Some networks never give the place of their user: addresses that are not routed, satellites, planes,
corporate proxies and relays (`vendors.base.operators`). A point outside its own country is junk:
the event gets the reason `contradictory_coordinates:<path>`.
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
from streams.vendors.base.addresses import coordinates, is_global
from streams.vendors.base.operators import placeless_kind


class Radii(Struct, frozen=True):
    """The uncertainty of a place in km, by its most precise named part.

    Fixed lines are located to about a city. Mobile lines are located at the operator's gateways,
    and a line of unknown kind may be mobile. Studies of the large IP databases found a median error
    of about 200 km for mobile and below 20 km for fixed lines.
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
    """The event with coordinates, radius and source where they can be found, and without junk
    coordinates. Returns new structs; does not change the given ones.
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
    """Removes each point that cannot lie in its country; yields the paths of these ends."""
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
    """By the most precise named part: the vendor's geocoder had that."""
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
    """By the vendor's coordinates, else by city and region, else by the database. A network without
    a place gets no point: see `placeless`.
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
    """Why a located network gives no place of its user (a word for reasons); None where it gives
    one.
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
    """The vendor's country wins: a database entry in another country is ignored."""
    if network.country and found.country and network.country != found.country:
        return network
    point = coordinates(found.latitude, found.longitude) or (None, None)
    # Without city and region a database gives a country's middle, with a small radius.
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
    """The radius of the vendor's coordinates. Without city and region these are the middle of a
    country: a farm in Kansas was the place of millions of addresses.
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
