"""Look-ups in a user's own database of IP addresses, in MaxMind's format."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import maxminddb
import msgspec
from msgspec import Struct, field

from streams.vendors.base.addresses import ip_address, is_global


class IpPlace(Struct, frozen=True):
    """The place of an IP address in a database. `country` is alpha-2; degrees, km."""

    country: str | None = None
    region: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None


IpLookup = Callable[[str], IpPlace | None]
"""IP address → its place; None where the database has none."""


def database_lookup(path: Path) -> IpLookup:
    """A look-up in a city database of the MaxMind DB format (GeoIP2 City, GeoLite2 City, DB-IP).

    Raises OSError or `maxminddb.InvalidDatabaseError` where the file is not a database.
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
    """The fields of MaxMind's city record that `IpPlace` needs."""

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
