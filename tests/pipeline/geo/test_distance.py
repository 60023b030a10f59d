"""The places of an event, their distances, and the findings."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.model import (
    Address,
    AddressRole,
    Band,
    Contact,
    ContactKind,
    Decision,
    Distance,
    Network,
    Place,
    RawRef,
    Verification,
)
from streams.pipeline.geo.database import IpPlace
from streams.pipeline.geo.distance import PAIRS, Bands, distances
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.geo.locate import Radii, locate_address, locate_network, located
from streams.pipeline.geo.points import COUNTRY_RADIUS_KM, EARTH_RADIUS_KM, great_circle_km
from streams.vendors.base.draft import VendorDistance

PLACES = Gazetteer()
KM_PER_DEGREE = EARTH_RADIUS_KM * 3.141592653589793 / 180
ID, POA = AddressRole.ID_DOCUMENT, AddressRole.PROOF_OF_ADDRESS


def event(**fields: Any) -> Verification:
    return Verification(
        event_id="e",
        event_type="verification.approved",
        vendor="didit",
        session_id="s",
        decision=Decision.APPROVED,
        raw=RawRef("idv.raw.didit", 0, 0, ""),
        ingested_at=0,
        occurred_at=0,
        **fields,
    )


def ip(country: str | None = None, **fields: Any) -> Network:
    return Network(ip="81.2.69.142", country=country, **fields)


def network(country: str | None, longitude: float, radius: float = 0.0, **fields: Any) -> Network:
    return ip(country, latitude=0.0, longitude=longitude, radius_km=radius, **fields)


def address(role: AddressRole, country: str | None, longitude: float, radius: float = 0) -> Address:
    return Address(role, country=country, latitude=0.0, longitude=longitude, radius_km=radius)


def only(found: list[Distance]) -> Distance:
    assert len(found) == 1
    return found[0]


# -- bands -------------------------------------------------------------------------------------

SAME, NEXT, FAR, UNKNOWN = ("ES", "ES"), ("ES", "PT"), ("ES", "NG"), ("ES", None)


@pytest.mark.parametrize(
    ("countries", "km", "band"),
    [
        (SAME, 0, Band.PASS), (SAME, 99.9, Band.PASS), (SAME, 100.1, Band.INFO),
        (SAME, 499.9, Band.INFO), (SAME, 500.1, Band.LOW), (SAME, 1000.1, Band.LOW),
        (SAME, 9000, Band.LOW),
        (NEXT, 99.9, Band.PASS), (NEXT, 100.1, Band.INFO), (NEXT, 499.9, Band.INFO),
        (NEXT, 500.1, Band.LOW), (NEXT, 1000.1, Band.LOW), (NEXT, 9000, Band.LOW),
        (FAR, 99.9, Band.PASS), (FAR, 100.1, Band.INFO), (FAR, 499.9, Band.INFO),
        (FAR, 500.1, Band.MEDIUM), (FAR, 1000.1, Band.MEDIUM), (FAR, 9000, Band.MEDIUM),
        (UNKNOWN, 99.9, Band.PASS), (UNKNOWN, 100.1, Band.INFO), (UNKNOWN, 499.9, Band.INFO),
        (UNKNOWN, 500.1, Band.LOW), (UNKNOWN, 999.9, Band.LOW), (UNKNOWN, 1000.1, Band.MEDIUM),
    ],
)  # fmt: skip
def test_bands(countries: tuple[str, str | None], km: float, band: Band) -> None:
    here, there = countries
    found = only(
        distances(
            event(
                networks=[network(here, 1.0, radius=30.0)],
                addresses=[address(ID, there, 1.0 + (km + 50) / KM_PER_DEGREE, radius=20.0)],
            )
        )
    )
    assert found.band is band
    assert found.km == pytest.approx(km + 50, abs=0.01)
    assert found.radius_km == 50.0
    assert found.effective_km == pytest.approx(km, abs=0.01)


def test_the_bands_are_settings_and_end_inclusively() -> None:
    places = event(networks=[network("ES", 1.0)], addresses=[address(ID, "ES", 2.0)])
    km = great_circle_km(0.0, 1.0, 0.0, 2.0)
    less = math.nextafter(km, 0)
    assert only(distances(places, bands=Bands(pass_km=km))).band is Band.PASS
    assert only(distances(places, bands=Bands(pass_km=less, info_km=km))).band is Band.INFO
    assert only(distances(places, bands=Bands(pass_km=less, info_km=less))).band is Band.LOW
    for unusable in ({"pass_km": -1.0}, {"info_km": 99.0}, {"low_km": 499.0}):
        with pytest.raises(ValueError, match="ascending order"):
            Bands(**unusable)


@given(st.floats(0.01, 179), st.floats(0, 900), st.floats(0, 900))
def test_uncertainty_never_makes_a_distance_worse(degrees: float, a: float, b: float) -> None:
    def effective(radius: float) -> float:
        found = distances(
            event(
                networks=[network(None, 0.5, radius)], addresses=[address(ID, None, 0.5 + degrees)]
            )
        )
        assert only(found).effective_km is not None
        return found[0].effective_km or 0.0

    less, more = sorted((a, b))
    assert 0.0 <= effective(more) <= effective(less)


# -- countries, hidden networks, the vendor's figures ------------------------------------------


@pytest.mark.parametrize(
    ("here", "there", "band", "reason"),
    [
        ("ES", "ES", Band.PASS, "country_only,same_country"),
        ("ES", "PT", Band.LOW, "country_only,neighbour_country"),
        ("ES", "NG", Band.MEDIUM, "country_only,other_country"),
    ],
)
def test_countries_speak_where_nothing_else_does(
    here: str, there: str, band: Band, reason: str
) -> None:
    contacts = [Contact(ContactKind.PHONE, country=there), Contact(ContactKind.EMAIL, country="XX")]
    found = only(distances(event(networks=[ip(here)], contacts=contacts)))
    assert found == Distance(Place.IP, Place.PHONE, band=band, reason=reason)


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({"is_anonymous": True}, "anonymous_ip"),
        ({"is_hosting": True}, "hosting_ip"),
        ({"is_anonymous": True, "is_hosting": True}, "anonymous_ip"),
    ],
)
def test_a_hidden_network_has_no_distance(flags: dict[str, bool], reason: str) -> None:
    hidden = event(networks=[network("NG", 3.0, **flags)], addresses=[address(ID, "ES", 90.0)])
    found = only(distances(hidden, [VendorDistance("IP", "ID_DOCUMENT", 5.0)]))
    assert found == Distance(
        Place.IP, Place.ID_DOCUMENT, vendor_km=5.0, band=Band.NOT_APPLICABLE, reason=reason
    )


@pytest.mark.parametrize(
    ("vendor_km", "differs"),
    [(1000, False), (901, False), (1099, False), (899, True), (1101, True), (0, True)],
)
def test_the_vendors_distance_is_kept_and_compared(vendor_km: float, differs: bool) -> None:
    far = event(
        networks=[network("ES", 1.0)], addresses=[address(ID, "ES", 1.0 + 1000 / KM_PER_DEGREE)]
    )
    found = only(distances(far, [VendorDistance("ID_DOCUMENT", "IP", vendor_km)]))
    assert found.vendor_km == vendor_km
    assert found.band is Band.LOW
    assert ("vendor_distance_differs" in (found.reason or "")) is differs


@pytest.mark.parametrize(("vendor_km", "differs"), [(24.9, False), (25.1, True)])
def test_small_differences_are_nobodys_fault(vendor_km: float, differs: bool) -> None:
    near = event(networks=[network("ES", 1.0)], addresses=[address(ID, "ES", 1.0)])
    found = only(distances(near, [VendorDistance("IP", "ID_DOCUMENT", vendor_km)]))
    assert ("vendor_distance_differs" in (found.reason or "")) is differs


def test_a_distance_that_only_the_vendor_knows_is_kept_and_raises_nothing() -> None:
    found = distances(event(), [VendorDistance("IP", "PROOF_OF_ADDRESS", 4000.0)])
    assert only(found) == Distance(
        Place.IP, Place.PROOF_OF_ADDRESS, vendor_km=4000.0, reason="vendor_only"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"networks": [ip("ES")]},
        {"networks": [ip()], "addresses": [address(ID, "ES", 1.0)]},
        {"networks": [ip("ES")], "addresses": [Address(ID)]},
        {"networks": [network(None, 1.0)], "contacts": [Contact(ContactKind.PHONE, country="ES")]},
        {"networks": [ip("ES")], "addresses": [Address(AddressRole.DECLARED, country="NG")]},
    ],
    ids=["nothing", "one end", "no place", "no address", "nothing in common", "declared"],
)
def test_nothing_known_is_no_finding(fields: dict[str, Any]) -> None:
    assert distances(event(**fields)) == []


def test_every_pair_in_order() -> None:
    found = distances(
        event(
            networks=[network("ES", 1.0)],
            addresses=[
                address(AddressRole.GEOLOCATION, None, 1.0),
                address(POA, "ES", 2.0),
                address(ID, "ES", 1.0),
            ],
            contacts=[Contact(ContactKind.PHONE, country="ES")],
        )
    )
    assert [(d.from_, d.to) for d in found] == list(PAIRS)


def test_the_farthest_network_speaks_of_the_nearest_address() -> None:
    found = only(
        distances(
            event(
                networks=[network("ES", 1.0), network("NG", 40.0)],
                addresses=[address(ID, "ES", 1.0), address(ID, "NG", 20.0)],
            )
        )
    )
    assert found.km == pytest.approx(20 * KM_PER_DEGREE, rel=1e-6)


def test_any_number_of_places_is_no_explosion() -> None:
    many = event(
        networks=[network("ES", i / 10) for i in range(1, 3000)],
        addresses=[address(role, "ES", i / 10) for role in AddressRole for i in range(1, 3000)],
        contacts=[Contact(ContactKind.PHONE, country="ES")] * 3000,
    )
    assert len(distances(many)) == len(PAIRS) <= 16


# -- where places are --------------------------------------------------------------------------

MADRID = {"latitude": 40.4, "longitude": -3.7}


@pytest.mark.parametrize(
    ("given", "radius", "source"),
    [
        ({**MADRID, "street": "Calle Mayor 1", "city": "Madrid"}, 1.0, "vendor"),
        ({**MADRID, "postal_code": "28001", "city": "Madrid"}, 10.0, "vendor"),
        ({**MADRID, "city": "Madrid"}, 25.0, "vendor"),
        ({**MADRID, "region": "Madrid"}, 200.0, "vendor"),
        (MADRID, 25.0, "vendor"),
        ({**MADRID, "radius_km": 3.0}, 3.0, "vendor"),
        ({**MADRID, "source": "database"}, 25.0, "database"),
        ({"country": "ES", "city": "Madrid"}, 25.0, "gazetteer"),
        ({"latitude": 200.0, "longitude": 3.0, "country": "ES", "city": "Madrid"}, 25.0,
         "gazetteer"),
        ({"country": "ES"}, None, None),
        ({"city": "Madrid"}, None, None),
        ({"latitude": 0.0, "longitude": 0.0, "radius_km": 5.0, "source": "vendor"}, None, None),
    ],
)  # fmt: skip
def test_addresses(given: dict[str, Any], radius: float | None, source: str | None) -> None:
    found = locate_address(Address(ID, **given), PLACES)
    assert (found.radius_km, found.source) == (radius, source)
    assert (found.latitude is None) is (radius is None)
    if found.latitude is not None:
        assert found.latitude == pytest.approx(40.4, abs=0.05)


def test_a_browser_is_its_own_source() -> None:
    position = Address(AddressRole.GEOLOCATION, **MADRID, radius_km=0.03)
    found = locate_address(position, PLACES)
    assert (found.source, found.radius_km) == ("browser", 0.03)


@pytest.mark.parametrize(
    ("given", "radius"),
    [
        ({**MADRID, "city": "Madrid"}, 200.0),
        ({**MADRID, "city": "Madrid", "connection_type": "mobile"}, 200.0),
        ({**MADRID, "city": "Madrid", "connection_type": "Cable/DSL"}, 50.0),
        ({**MADRID, "region": "Madrid"}, 300.0),
        ({**MADRID, "country": "ES"}, COUNTRY_RADIUS_KM),
        ({**MADRID, "radius_km": 20.0}, 20.0),
        ({"country": "ES", "city": "Madrid"}, 200.0),
        ({"country": "ES", "city": "Madrid", "connection_type": "broadband"}, 50.0),
        ({"country": "ES", "region": "Sevilla"}, 300.0),
        ({"country": "US", "city": "Portland"}, 4106.0),
        ({"country": "ES"}, None),
        ({"latitude": 95.0, "longitude": 1.0, "country": "ES"}, None),
    ],
)
def test_networks(given: dict[str, Any], radius: float | None) -> None:
    found = locate_network(Network(ip="81.2.69.142", **given), PLACES)
    assert found.radius_km == radius
    assert (found.latitude is None) is (radius is None)
    assert found.is_global is True


@pytest.mark.parametrize("ip", ["203.0.113.42", "10.1.2.3", "100.64.0.1", "fd00::1"])
def test_an_unrouted_address_has_no_place_whoever_gives_one(ip: str) -> None:
    found = locate_network(Network(ip=ip, city="Madrid", **MADRID), PLACES)
    assert (found.is_global, found.latitude, found.radius_km) == (False, None, None)


@pytest.mark.parametrize(
    ("isp", "kind"),
    [
        ("Intelsat US LLC", "satellite"),
        ("AS64294 Cabin Net", "in_flight"),
        ("Zscaler, Inc.", "corporate_proxy"),
        ("iCloud Private Relay", "privacy_relay"),
        ("Euskal Net", None),
    ],
)
def test_operators_without_a_place(isp: str, kind: str | None) -> None:
    found = locate_network(Network(ip="81.2.69.142", isp=isp, city="Madrid", **MADRID), PLACES)
    assert found.connection_type == kind
    assert (found.latitude is None) is (kind is not None)


def test_a_point_outside_of_its_country_is_junk() -> None:
    """Latitude and longitude of Berlin swapped."""
    network = Network(ip="81.2.69.142", country="DE", city="Berlin", latitude=13.4, longitude=52.5)
    home = Address(ID, country="DE", city="Berlin")
    made = located(event(networks=[network], addresses=[home]), PLACES)
    assert made.networks[0].latitude is None
    assert made.reasons == ["contradictory_coordinates:networks[0]"]
    assert only(distances(made)).reason == "contradictory_coordinates"


def test_the_middle_of_a_country_counts_as_the_country() -> None:
    """Coordinates without a city or region: geolocation of the country only."""
    kansas = Network(ip="81.2.69.142", country="US", latitude=37.751, longitude=-97.822)
    home = Address(ID, country="US", city="New York City")
    found = only(distances(located(event(networks=[kansas], addresses=[home]), PLACES)))
    assert found == Distance(
        Place.IP, Place.ID_DOCUMENT, band=Band.PASS, reason="country_only,same_country"
    )


def database(place: IpPlace | None) -> Any:
    def look_up(ip: str) -> IpPlace | None:
        assert ip == "81.2.69.142", "only routed addresses are looked up"
        return place

    return look_up


@pytest.mark.parametrize(
    ("given", "place", "expected"),
    [
        ({}, IpPlace("ES", "Madrid", "Madrid", 40.4, -3.7, 20), ("ES", "Madrid", 40.4, 200.0)),
        ({}, IpPlace("ES", "Madrid", "Madrid", 40.4, -3.7, 500), ("ES", "Madrid", 40.4, 500)),
        ({"connection_type": "cable"}, IpPlace("ES", None, "Madrid", 40.4, -3.7, 5),
         ("ES", "Madrid", 40.4, 50.0)),
        ({}, IpPlace("ES", None, None, 40.0, -4.0, 200), ("ES", None, 40.0, COUNTRY_RADIUS_KM)),
        ({}, IpPlace("ES"), ("ES", None, None, None)),
        ({"country": "ES"}, IpPlace("NG", None, "Lagos", 6.4, 3.4), ("ES", None, None, None)),
        ({}, None, (None, None, None, None)),
        ({"ip": "10.0.0.1"}, None, (None, None, None, None)),
        ({**MADRID, "city": "Madrid"}, IpPlace("NG"), (None, "Madrid", 40.4, 200.0)),
    ],
)  # fmt: skip
def test_a_database_fills_what_the_vendor_leaves_open(
    given: dict[str, Any], place: IpPlace | None, expected: tuple[Any, ...]
) -> None:
    network_ = Network(**{"ip": "81.2.69.142", **given})
    found = locate_network(network_, PLACES, database(place))
    assert (found.country, found.city, found.latitude, found.radius_km) == expected


def test_radii_are_settings() -> None:
    radii = Radii(city=7.0, ip_other=9.0)
    assert locate_address(Address(ID, **MADRID), PLACES, radii).radius_km == 7.0
    assert locate_network(ip(city="Madrid", **MADRID), PLACES, radii=radii).radius_km == 9.0


def test_what_was_given_stays_as_it_was() -> None:
    given = event(
        networks=[ip("ES", city="Madrid")],
        addresses=[Address(ID, country="ES", city="Madrid", latitude=999.0, longitude=0.0)],
    )
    before = msgspec.json.encode(given)
    found = located(given, PLACES)
    distances(found)
    assert msgspec.json.encode(given) == before
    assert found.addresses[0].latitude == pytest.approx(40.4, abs=0.05)
    assert located(found, PLACES) == found, "locating twice changes nothing"


COORDINATE = st.none() | st.floats() | st.sampled_from([0.0, 90.0, -180.0, 180.0])
TEXT = (
    st.none() | st.sampled_from(["ES", "PT", "Madrid", "Portland", "US", ""]) | st.text(max_size=5)
)


@given(
    st.lists(st.builds(Network, ip=TEXT, country=TEXT, city=TEXT, region=TEXT, latitude=COORDINATE,
                       longitude=COORDINATE, radius_km=COORDINATE), max_size=3),
    st.lists(st.builds(Address, role=st.sampled_from(AddressRole), country=TEXT, city=TEXT,
                       latitude=COORDINATE, longitude=COORDINATE, radius_km=COORDINATE),
             max_size=4),
    st.lists(st.builds(Contact, kind=st.sampled_from(ContactKind), country=TEXT), max_size=2),
)  # fmt: skip
def test_no_place_is_too_odd(
    networks: list[Network], addresses: list[Address], contacts: list[Contact]
) -> None:
    found = distances(
        located(event(networks=networks, addresses=addresses, contacts=contacts), PLACES)
    )
    for distance in found:
        if distance.km is not None:
            assert 0.0 <= distance.km <= 20_016
            assert distance.effective_km is not None
            assert distance.radius_km is not None
            assert distance.radius_km >= 0.0
        assert distance.band is not Band.NOT_APPLICABLE or distance.reason
