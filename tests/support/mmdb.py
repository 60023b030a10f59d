"""Writes a database of the MaxMind DB format (version 2.0), as small as tests need it.

Source: MaxMind DB File Format Specification: binary search tree, data section, metadata.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_METADATA = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_BITS = 128
_V4_IN_V6 = 96


def write(path: Path, records: Mapping[str, Mapping[str, Any]]) -> Path:
    """A city database with a record per network (CIDR, IPv4 or IPv6); none lies in another."""
    nodes: list[list[int | bytes | None]] = [[None, None]]
    for cidr, record in records.items():
        network = ipaddress.ip_network(cidr)
        length = network.prefixlen + (_V4_IN_V6 if network.version == 4 else 0)
        bits = f"{int(network.network_address):0{_BITS}b}"[:length]
        node = 0
        for bit in map(int, bits[:-1]):
            following = nodes[node][bit]
            if not isinstance(following, int):
                following = len(nodes)
                nodes.append([None, None])
                nodes[node][bit] = following
            node = following
        nodes[node][int(bits[-1])] = _encoded(record)
    path.write_bytes(_file(nodes))
    return path


def _file(nodes: list[list[int | bytes | None]]) -> bytes:
    data, tree = bytearray(), bytearray()
    for node in nodes:
        for child in node:
            if isinstance(child, bytes):
                value = len(nodes) + len(_SEPARATOR) + len(data)
                data += child
            else:
                value = len(nodes) if child is None else child
            tree += struct.pack(">I", value)
    metadata = {
        "binary_format_major_version": _uint(5, 2), "binary_format_minor_version": _uint(5, 0),
        "build_epoch": _uint(9, 1), "database_type": "Test-City",
        "description": {"en": "made in a test"}, "ip_version": _uint(5, 6), "languages": ["en"],
        "node_count": _uint(6, len(nodes)), "record_size": _uint(5, 32),
    }  # fmt: skip
    return bytes(tree) + _SEPARATOR + bytes(data) + _METADATA + _encoded(metadata)


def _encoded(value: Any) -> bytes:
    match value:
        case str():
            text = value.encode()
            return _control(2, len(text)) + text
        case float():
            return _control(3, 8) + struct.pack(">d", value)
        case int():
            return _uint(6, value)
        case bytes():  # encoded already
            return value
        case Mapping():
            items = b"".join(_encoded(k) + _encoded(v) for k, v in value.items())
            return _control(7, len(value)) + items
        case list():
            return _control(11, len(value)) + b"".join(map(_encoded, value))
    raise TypeError(type(value).__name__)


def _uint(kind: int, value: int) -> bytes:
    """Of the kinds 5 (16 bits), 6 (32) and 9 (64): readers insist on those of the metadata."""
    digits = value.to_bytes((value.bit_length() + 7) // 8)
    return _control(kind, len(digits)) + digits


def _control(kind: int, size: int) -> bytes:
    more = b"" if size < 29 else bytes([size - 29])
    short = min(size, 29)
    return (bytes([kind << 5 | short]) if kind <= 7 else bytes([short, kind - 7])) + more
