"""Didit: networks, devices and the vendor's distances."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from streams.contracts.model import Strength
from tests.vendors.didit.payloads import bare, checks, draft, places

FLOATS = {
    "ip": {"distance_from_id_document": 3.4, "distance_from_poa_document": 1.1},
    "id_document": {"distance_from_ip": 3.4, "distance_from_poa_document": 4.0},
    "poa_document": {"distance_from_ip": 1.1, "distance_from_id_document": 4.0},
}


OBJECTS = {
    spot: {name: {"distance": km, "direction": "S"} for name, km in ends.items()}
    for spot, ends in FLOATS.items()
}


ONE_SIDED = {
    "id_document": {"distance_from_ip": 3.4},
    "poa_document": {"distance_from_ip": {"distance": 1.1}, "distance_from_id_document": 4},
}


@pytest.mark.parametrize("spots", [FLOATS, OBJECTS, ONE_SIDED])
@pytest.mark.parametrize("nest", [lambda s: s, lambda s: {"locations_info": s}])
def test_distances_in_every_form(spots: dict[str, Any], nest: Any) -> None:
    d = places(**nest(spots))
    assert [(x.from_, x.to, x.km) for x in d.vendor_distances] == [
        ("IP", "ID_DOCUMENT", 3.4),
        ("IP", "PROOF_OF_ADDRESS", 1.1),
        ("ID_DOCUMENT", "PROOF_OF_ADDRESS", 4.0),
    ]
    assert d.flags == []


@pytest.mark.parametrize("value", [-3, True, [], "far", {"distance": "far"}])
def test_impossible_distance(value: Any) -> None:
    d = places(ip={"distance_from_id_document": value})
    assert d.vendor_distances == []
    assert d.flags == ["partial"]
    assert d.reasons == ["partial:ip_analyses[0].ip.distance_from_id_document"]


@pytest.mark.parametrize("value", [None, {"distance": None, "direction": None}, {}])
def test_no_distance(value: Any) -> None:
    d = places(ip={"distance_from_id_document": value}, id_document=None)
    assert (d.vendor_distances, d.flags) == ([], [])


def test_network_and_device() -> None:
    d = places(
        ip_address="85.51.20.7",
        ip_country="Spain",
        ip_country_code="ES",
        ip_state="Bizkaia",
        ip_city="Bilbao",
        latitude=43.263,
        longitude=-2.935,
        isp=None,
        organization="Euskal Net",
        is_vpn_or_tor=False,
        is_data_center=None,
        time_zone="Europe/Madrid",
        time_zone_offset=-8,
        device_fingerprint=" f2a31c9d77e0 ",
        device_brand="Apple",
        device_model="iPhone",
        os_family="iOS",
        browser_family="Mobile Safari",
        platform="mobile",
        warnings=[{"risk": "AUTOMATION_FRAMEWORK_DETECTED", "log_type": "information"}],
    )
    (network,) = d.networks
    assert msgspec.to_builtins(network) == {
        "ip": "85.51.20.7",
        "is_global": True,
        "country": "ES",
        "region": "Bizkaia",
        "city": "Bilbao",
        "latitude": 43.263,
        "longitude": -2.935,
        "isp": "Euskal Net",
        "is_anonymous": False,
        "time_zone": "Europe/Madrid",
    }
    (device,) = d.devices
    assert device.fingerprint == "f2a31c9d77e0"
    assert msgspec.to_builtins(device.device) == {
        "strength": "STRONG",
        "brand": "Apple",
        "model": "iPhone",
        "os": "iOS",
        "browser": "Mobile Safari",
        "platform": "mobile",
        "is_bot": True,
    }


def test_a_device_without_fingerprint_is_weak_and_none_is_none() -> None:
    (device,) = places(device_fingerprint=None, os_family="Windows").devices
    assert (device.fingerprint, device.device.strength) == (None, Strength.WEAK)
    assert places(device_fingerprint=None, ip_address="85.51.20.7").devices == []


@pytest.mark.parametrize(
    ("given_ip", "ip", "is_global"),
    [
        ("85.51.20.7", "85.51.20.7", True),
        ("203.0.113.42", "203.0.113.42", False),
        ("10.1.2.3", "10.1.2.3", False),
        ("100.64.0.9", "100.64.0.9", False),
        ("::ffff:85.51.20.7", "85.51.20.7", True),
        ("::ffff:192.168.1.4", "192.168.1.4", False),
        ("2A02:9000:0:0::1", "2a02:9000::1", True),
    ],
)
def test_ip(given_ip: str, ip: str, is_global: bool) -> None:
    (network,) = places(ip_address=given_ip).networks
    assert (network.ip, network.is_global) == (ip, is_global)


@pytest.mark.parametrize("bad", ["111.22.333.44", "localhost", "1.2.3"])
def test_invalid_ip_leaves_the_rest_of_the_network(bad: str) -> None:
    d = places(ip_address=bad, latitude=43.2, longitude=-2.9, ip_country_code="ES")
    (network,) = d.networks
    assert (network.ip, network.is_global, network.country) == (None, None, "ES")
    assert (network.latitude, network.longitude) == (43.2, -2.9)
    assert d.reasons == ["invalid_ip:ip_analyses[0].ip_address"]
    assert bad not in str(d.reasons)


def test_several_networks_each_with_its_own_device() -> None:
    reports = [
        {
            "status": "Approved",
            "node_id": "a",
            "ip_address": "85.51.20.7",
            "device_fingerprint": "aaaabbbb1",
        },
        {
            "status": "Approved",
            "node_id": "a",
            "ip_address": "2.139.1.1",
            "device_fingerprint": "aaaabbbb2",
        },
    ]
    d = draft(bare(ip_analyses=reports))
    assert [n.ip for n in d.networks] == ["85.51.20.7", "2.139.1.1"]
    assert [x.fingerprint for x in d.devices] == ["aaaabbbb1", "aaaabbbb2"]
    assert [c.instance for c in checks(d, "ip_not_anonymous")] == ["a", "a#2"]
