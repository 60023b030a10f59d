"""Points, borders, IP addresses and the gazetteer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import maxminddb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.pipeline.geo import geo
from streams.pipeline.geo.gazetteer import CITY_RADIUS_KM, Gazetteer

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)
HALF_WAY_ROUND = math.pi * geo.EARTH_RADIUS_KM


SHARED = Gazetteer()


@pytest.fixture
def places() -> Gazetteer:
    return SHARED


# -- distances ---------------------------------------------------------------------------------


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
    assert geo.great_circle_km(*a, *b) == pytest.approx(km, rel=1e-3, abs=0.05)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_distance_is_symmetric_and_on_the_globe(a: float, b: float, c: float, d: float) -> None:
    there, back = geo.great_circle_km(a, b, c, d), geo.great_circle_km(c, d, a, b)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0.0 <= there <= HALF_WAY_ROUND + 1e-6


@given(LATITUDES, LONGITUDES)
def test_a_place_is_no_distance_from_itself_and_far_from_its_antipode(a: float, b: float) -> None:
    assert geo.great_circle_km(a, b, a, b) == 0.0
    opposite = b - 180 if b > 0 else b + 180
    assert geo.great_circle_km(a, b, -a, opposite) == pytest.approx(HALF_WAY_ROUND, rel=1e-6)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_a_way_round_is_never_shorter(
    a: float, b: float, c: float, d: float, e: float, f: float
) -> None:
    direct = geo.great_circle_km(a, b, e, f)
    by_way = geo.great_circle_km(a, b, c, d) + geo.great_circle_km(c, d, e, f)
    assert direct <= by_way + 1e-3


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (0, 0), (0.0, -0.0), (None, 3.0), (3.0, None), (None, None), (90.1, 0), (-91, 5),
        (5, 180.5), (5, -181), (math.nan, 5), (5, math.nan), (math.inf, 5), (5, -math.inf),
        (139.69, 35.68),
    ],
)  # fmt: skip
def test_junk_is_no_place(latitude: Any, longitude: Any) -> None:
    assert geo.coordinates(latitude, longitude) is None


@pytest.mark.parametrize("pair", [(0.0, 6.6), (51.5, 0.0), (-90, 180), (90.0, -180.0)])
def test_edges_of_the_globe_are_places(pair: tuple[float, float]) -> None:
    assert geo.coordinates(*pair) == pair


# -- countries ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("ES", "PT", True), ("PT", "ES", True), ("ES", "DE", False), ("ES", "ES", False),
     ("GB", "IE", True), ("US", "MX", True), ("AU", "NZ", False), ("??", "ES", False)],
)  # fmt: skip
def test_neighbours(a: str, b: str, expected: bool) -> None:
    assert geo.are_neighbours(a, b) is expected
    assert geo.are_neighbours(b, a) is expected


# -- IP addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), (" 8.8.8.8 ", True),
        ("::ffff:8.8.8.8", True), ("::ffff:10.0.0.1", False), ("10.0.0.1", False),
        ("172.16.5.4", False), ("192.168.1.1", False), ("127.0.0.1", False), ("::1", False),
        ("169.254.1.1", False), ("fe80::1%eth0", False), ("100.64.0.1", False),
        ("203.0.113.42", False), ("192.0.2.1", False), ("198.51.100.7", False),
        ("2001:db8::1", False), ("224.0.0.1", False), ("ff02::1", False), ("0.0.0.0", False),
        ("255.255.255.255", False), ("fc00::1", False), ("111.22.333.44", False), ("", False),
        ("8.8.8", False), ("8.8.8.8/24", False), ("example.com", False),
    ],
)  # fmt: skip
def test_which_addresses_the_internet_routes(ip: str, expected: bool) -> None:
    assert geo.is_global(ip) is expected


@pytest.mark.parametrize(
    ("ip", "prefix"),
    [
        ("81.2.69.142", "81.2.69.0/24"),
        ("::ffff:81.2.69.142", "81.2.69.0/24"),
        ("2001:4860:4860:12::8888", "2001:4860:4860:12::/64"),
        ("999.1.1.1", None),
        ("", None),
    ],
)
def test_prefixes(ip: str, prefix: str | None) -> None:
    assert geo.network_prefix(ip) == prefix


@given(st.text(max_size=60))
def test_no_text_is_too_odd_for_an_address(value: str) -> None:
    assert geo.is_global(value) in (True, False)
    geo.network_prefix(value)


class Database:
    """Stands in for an opened database: what is tested is how its records are read."""

    def __init__(self, ip_version: int, record: Any) -> None:
        self.ip_version, self.record = ip_version, record

    def metadata(self) -> Database:
        return self

    def get(self, ip: str) -> Any:
        return self.record


def lookup(monkeypatch: pytest.MonkeyPatch, record: Any, ip_version: int = 6) -> geo.IpLookup:
    monkeypatch.setattr(maxminddb, "open_database", lambda _: Database(ip_version, record))
    return geo.database_lookup(Path("x.mmdb"))


RECORD = {
    "country": {"iso_code": "GB"},
    "city": {"names": {"en": "London"}},
    "subdivisions": [{"names": {"en": "England"}}],
    "location": {"latitude": 51.5, "longitude": -0.1, "accuracy_radius": 20},
}


def test_a_database_record_becomes_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    find = lookup(monkeypatch, RECORD)
    assert find("81.2.69.142") == geo.IpPlace("GB", "England", "London", 51.5, -0.1, 20)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (None, None),
        ("x", None),
        ({}, geo.IpPlace()),
        ({"country": {"iso_code": "GB"}}, geo.IpPlace("GB")),
        ({"country": None, "location": 3}, None),
        ({"location": {"latitude": "51", "longitude": True}}, None),
    ],
)  # fmt: skip
def test_a_poor_record_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, record: Any, expected: Any
) -> None:
    assert lookup(monkeypatch, record)("81.2.69.142") == expected


def test_a_database_is_not_asked_what_it_cannot_know(monkeypatch: pytest.MonkeyPatch) -> None:
    find = lookup(monkeypatch, RECORD, ip_version=4)
    assert [find(ip) for ip in ("10.0.0.1", "junk", "2001:4860:4860::8888")] == [None] * 3


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.mmdb"
    file.write_bytes(b"no database")
    with pytest.raises(maxminddb.InvalidDatabaseError):
        geo.database_lookup(file)
    with pytest.raises(OSError, match="missing"):
        geo.database_lookup(tmp_path / "missing.mmdb")


# -- the gazetteer -----------------------------------------------------------------------------


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
    """Portland in Oregon and in Maine, 4100 km apart, are of comparable size; a small Madrid in
    another state is not meant by anyone who does not name the state.
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
        away = geo.great_circle_km(texas.latitude, texas.longitude, latitude, longitude)
        assert away < texas.radius_km
    assert places.find("ES", None, "Sevilla")
    assert places.find("ES", None, "Sevilla").radius_km >= 200  # type: ignore[union-attr]


def test_a_town_too_small_to_be_held_is_not_taken_for_its_namesake(places: Gazetteer) -> None:
    """There is a Boston in Virginia; the one that the gazetteer holds is 700 km away."""
    assert places.find("US", "Boston", "VA") == places.find("US", None, "Virginia")


def test_a_region_is_not_taken_for_a_small_city_of_that_name(places: Gazetteer) -> None:
    """Hidalgo is a state around Pachuca, and a small city in Michoacán, 250 km away."""
    assert places.find("MX", "Ciudad Hidalgo")
    hidalgo = places.find("MX", None, "Hidalgo")
    assert hidalgo is None or hidalgo.radius_km > geo.great_circle_km(
        hidalgo.latitude, hidalgo.longitude, 20.12, -98.73
    )
    assert places.find("US", None, "Madrid") is None


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_text_is_too_odd_for_the_gazetteer(country: str, city: str, region: str) -> None:
    point = SHARED.find(country, city, region)
    assert point is None or geo.coordinates(point.latitude, point.longitude)


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
