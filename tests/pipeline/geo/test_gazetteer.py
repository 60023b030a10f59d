"""The gazetteer: cities and regions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.pipeline.geo.gazetteer import CITY_RADIUS_KM, Gazetteer
from streams.pipeline.geo.points import great_circle_km
from streams.vendors.base.addresses import coordinates

SHARED = Gazetteer()


@pytest.fixture
def places() -> Gazetteer:
    return SHARED


@pytest.mark.parametrize(
    ("query", "at"),
    [
        (("ES", "Madrid"), (40.42, -3.70)),
        (("ES", "  MADRID "), (40.42, -3.70)),
        (("ES", "Córdoba"), (37.89, -4.77)),
        (("ES", "Cordoba"), (37.89, -4.77)),
        (("AR", "Córdoba"), (-31.41, -64.18)),
        (("IT", "Roma"), (41.89, 12.51)),
        (("IT", "Rome"), (41.89, 12.51)),
        (("DE", "Muenchen"), (48.14, 11.58)),
        (("RU", "Москва"), (55.75, 37.62)),
        (("JP", "東京"), (35.69, 139.69)),
        (("US", "Washington"), (38.90, -77.04)),
        (("US", "Springfield", "IL"), (39.80, -89.64)),
        (("US", "Springfield", "Illinois"), (39.80, -89.64)),
        (("US", "Springfield, IL", "Missouri"), (37.22, -93.30)),
        (("US", "Springfield", "Massachusetts"), (42.10, -72.59)),
    ],
)
def test_cities_are_found(places: Gazetteer, query: Any, at: tuple[float, float]) -> None:
    point = places.find(*query)
    assert point is not None
    assert (point.latitude, point.longitude) == pytest.approx(at, abs=0.05)
    assert point.radius_km == CITY_RADIUS_KM
    assert point.source == "gazetteer"


@pytest.mark.parametrize(
    "query",
    [(None, "Madrid"), ("ES", None), ("ES", ""), ("ES", "Nowhere at all"), ("XX", "Madrid"),
     ("", "Madrid"), ("ES", "Madrid" * 1000), ("ES", "\x00"), ("US", None, "Atlantis")],
)  # fmt: skip
def test_what_nobody_knows_is_not_found(places: Gazetteer, query: Any) -> None:
    assert places.find(*query) is None


def test_the_radius_reaches_the_namesakes_that_may_be_meant(places: Gazetteer) -> None:
    """Portland in Oregon and in Maine, 4100 km apart, have a similar size; a small Madrid in
    another state is meant only together with the name of the state.
    """
    portland = places.find("US", "Portland")
    assert portland
    assert portland.radius_km > 4000
    assert places.find("US", "Portland", "OR").radius_km == CITY_RADIUS_KM  # type: ignore[union-attr]


def test_a_region_stands_for_its_people(places: Gazetteer) -> None:
    texas = places.find("US", None, "Texas")
    assert texas == places.find("US", "A ranch without a name", "TX")
    assert texas
    for latitude, longitude in ((29.76, -95.37), (31.76, -106.49)):  # Houston, El Paso
        away = great_circle_km(texas.latitude, texas.longitude, latitude, longitude)
        assert away < texas.radius_km
    assert places.find("ES", None, "Sevilla")
    assert places.find("ES", None, "Sevilla").radius_km >= 200  # type: ignore[union-attr]


def test_a_town_too_small_to_be_held_is_not_taken_for_its_namesake(places: Gazetteer) -> None:
    """There is a Boston in Virginia; the gazetteer has only one 700 km away."""
    assert places.find("US", "Boston", "VA") == places.find("US", None, "Virginia")


def test_a_region_is_not_taken_for_a_small_city_of_that_name(places: Gazetteer) -> None:
    """Hidalgo is a state around Pachuca, and a small city in Michoacán, 250 km away."""
    assert places.find("MX", "Ciudad Hidalgo")
    hidalgo = places.find("MX", None, "Hidalgo")
    assert hidalgo is None or hidalgo.radius_km > great_circle_km(
        hidalgo.latitude, hidalgo.longitude, 20.12, -98.73
    )
    assert places.find("US", None, "Madrid") is None


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_text_is_too_odd_for_the_gazetteer(country: str, city: str, region: str) -> None:
    point = SHARED.find(country, city, region)
    assert point is None or coordinates(point.latitude, point.longitude)


def test_the_gazetteer_is_small() -> None:
    assert len(SHARED) > 30_000
    held = sum(
        a.itemsize * len(a)
        for a in (
            SHARED._index._names,
            SHARED._index._latitudes,
            SHARED._index._longitudes,
            SHARED._index._populations,
        )
    )
    assert held < 5 * 2**20
