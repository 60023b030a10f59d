"""IP addresses and coordinates: which of them name one host, one network, one point."""

from __future__ import annotations

import math
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.vendors.base import addresses
from streams.vendors.base.addresses import coordinates, is_global, network_prefix


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (0, 0), (0.0, -0.0), (None, 3.0), (3.0, None), (None, None), (90.1, 0), (-91, 5),
        (5, 180.5), (5, -181), (math.nan, 5), (5, math.nan), (math.inf, 5), (5, -math.inf),
        (139.69, 35.68),
    ],
)  # fmt: skip
def test_junk_is_no_place(latitude: Any, longitude: Any) -> None:
    assert coordinates(latitude, longitude) is None


@pytest.mark.parametrize("pair", [(0.0, 6.6), (51.5, 0.0), (-90, 180), (90.0, -180.0)])
def test_edges_of_the_globe_are_places(pair: tuple[float, float]) -> None:
    assert coordinates(*pair) == pair


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
    assert is_global(ip) is expected


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
    assert network_prefix(ip) == prefix


@given(st.text(max_size=60))
def test_no_text_is_too_odd_for_an_address(value: str) -> None:
    assert is_global(value) in (True, False)
    network_prefix(value)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("8.8.8.8", ("8.8.8.8", True)),
        (" 8.8.8.8 ", ("8.8.8.8", True)),
        ("::ffff:8.8.8.8", ("8.8.8.8", True)),
        ("::ffff:10.0.0.1", ("10.0.0.1", False)),
        ("2001:4860:4860::8888", ("2001:4860:4860::8888", True)),
        ("2001:4860:4860:0:0:0:0:8888", ("2001:4860:4860::8888", True)),
        ("203.0.113.42", ("203.0.113.42", False)),
        ("100.64.0.1", ("100.64.0.1", False)),
        ("127.0.0.1", ("127.0.0.1", False)),
        ("224.0.0.251", ("224.0.0.251", False)),
        ("239.1.1.1", ("239.1.1.1", False)),
        ("ff0e::1", ("ff0e::1", False)),
        ("fe80::1", ("fe80::1", False)),
        ("111.22.333.44", None),
        ("8.8.8.8:443", None),
        ("010.0.0.1", None),
        ("", None),
        (134744072, None),
    ],
)
def test_ip(raw: Any, expected: Any) -> None:
    assert addresses.ip(raw) == expected


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_ip_agrees_with_the_standard_library(address: IPv4Address | IPv6Address) -> None:
    mapped = getattr(address, "ipv4_mapped", None) or address
    expected = (str(mapped), mapped.is_global and not mapped.is_multicast)
    assert addresses.ip(str(address)) == expected


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (40.4, -3.7, (40.4, -3.7)),
        ("40.4", "-3.7", (40.4, -3.7)),
        (0, 12.5, (0.0, 12.5)),
        (0, 0, None),
        ("0.0", "0", None),
        (103.7, 1.35, None),
        (12, 181, None),
        (40.4, None, None),
        (True, 3, None),
    ],
)
def test_points(latitude: Any, longitude: Any, expected: Any) -> None:
    assert addresses.point(latitude, longitude) == expected
