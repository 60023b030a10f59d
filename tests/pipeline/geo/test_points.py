"""Distances on the globe."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.pipeline.geo.points import EARTH_RADIUS_KM, great_circle_km

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)
HALF_WAY_ROUND = math.pi * EARTH_RADIUS_KM


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        ((0, 179.9), (0, -179.9), 22.2),  # across the antimeridian
        ((0, 0), (0, 180), 20015.1),  # the antipode
        ((90, 0), (-90, 0), 20015.1),
        ((90, 12), (90, -170), 0.0),  # a pole is one point at any longitude
        ((89, 0), (89, 180), 222.4),  # over the pole
        ((40.4168, -3.7038), (41.3874, 2.1686), 505.4),  # Madrid to Barcelona
        ((51.5074, -0.1278), (40.7128, -74.0060), 5570.2),  # London to New York
        ((-33.8688, 151.2093), (-34.6037, -58.3816), 11801.0),  # Sydney to Buenos Aires
    ],
)
def test_known_distances(a: tuple[float, float], b: tuple[float, float], km: float) -> None:
    assert great_circle_km(*a, *b) == pytest.approx(km, rel=1e-3, abs=0.05)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_distance_is_symmetric_and_on_the_globe(a: float, b: float, c: float, d: float) -> None:
    there, back = great_circle_km(a, b, c, d), great_circle_km(c, d, a, b)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0.0 <= there <= HALF_WAY_ROUND + 1e-6


@given(LATITUDES, LONGITUDES)
def test_a_place_is_no_distance_from_itself_and_far_from_its_antipode(a: float, b: float) -> None:
    assert great_circle_km(a, b, a, b) == 0.0
    opposite = b - 180 if b > 0 else b + 180
    assert great_circle_km(a, b, -a, opposite) == pytest.approx(HALF_WAY_ROUND, rel=1e-6)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_a_way_round_is_never_shorter(
    a: float, b: float, c: float, d: float, e: float, f: float
) -> None:
    direct = great_circle_km(a, b, e, f)
    by_way = great_circle_km(a, b, c, d) + great_circle_km(c, d, e, f)
    assert direct <= by_way + 1e-3
