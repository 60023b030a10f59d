"""Points on the globe and their distance."""

from __future__ import annotations

import math

from msgspec import Struct

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG). A sphere is off by at most 0.6 % from the ellipsoid."""

COUNTRY_RADIUS_KM = 1000.0
"""Coordinates at least this uncertain mean a whole country: only countries are compared."""


class Point(Struct, frozen=True):
    """A place in degrees, with its uncertainty and its source (`gazetteer`, `database`)."""

    latitude: float
    longitude: float
    radius_km: float
    source: str


def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Haversine distance in km of two points in degrees."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    # For antipodes, rounding may give more than 1, which the arc sine does not take.
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))
