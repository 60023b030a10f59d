"""IP addresses and coordinates as vendors write them. Functions are total, as in `values`."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from socket import AF_INET, inet_pton
from typing import Any

from streams.vendors.base.values import number, text

Point = tuple[float, float]


def point(latitude: Any, longitude: Any) -> Point | None:
    """`(latitude, longitude)` in degrees, from numbers or texts."""
    return coordinates(number(latitude), number(longitude))


def coordinates(latitude: float | None, longitude: float | None) -> Point | None:
    """Both, where they name a point on Earth; None for half a pair, NaN, values out of range, which
    often are swapped ones, and (0, 0), which software writes that has no place.
    """
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    if -90 <= latitude <= 90 and -180 <= longitude <= 180:  # also false for NaN
        return latitude, longitude
    return None


# First numbers of IPv4 addresses of which some are not one host on the public internet (IANA's
# registries of special-purpose and multicast addresses); all the other addresses are.
_SPECIAL_IPV4 = frozenset({0, 10, 100, 127, 169, 172, 192, 198, 203, *range(224, 256)})


def ip(value: Any) -> tuple[str, bool] | None:
    """`(address, is it one host on the public internet)`; IPv4 inside IPv6 is taken out."""
    stripped = text(value)
    return _ip(stripped) if stripped and len(stripped) <= 64 else None


@lru_cache(maxsize=4096)
def _ip(value: str) -> tuple[str, bool] | None:
    try:
        if inet_pton(AF_INET, value)[0] not in _SPECIAL_IPV4:
            return value, True
    except (OSError, ValueError):
        pass  # IPv6, or no address
    address = ip_address(value)
    if address is None:
        return None
    return str(address), address.is_global and not address.is_multicast


def is_global(value: str) -> bool:
    """True where the internet routes the address to one host: not for private, loopback,
    link-local, carrier-grade NAT, documentation, reserved and multicast ones, nor for junk.
    """
    found = ip(value)
    return found is not None and found[1]


IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def ip_address(value: str) -> IpAddress | None:
    """The address, an IPv4 address inside IPv6 as IPv4; None for everything else."""
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=8192)
def network_prefix(value: str) -> str | None:
    """The network that one customer usually holds: /24 of IPv4, /64 of IPv6."""
    address = ip_address(value)
    if address is None:
        return None
    if address.version == 4:
        return f"{str(address).rpartition('.')[0]}.0/24"
    return str(ipaddress.ip_network(f"{address}/64", strict=False))
