"""Internal bytes: one version byte, and readers one release older or newer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from streams.model import Rejection
from streams.worker.codec import VERSION, Packed, raw_record, rejected_headers


class Old(Struct, omit_defaults=True):
    key: str
    count: int = 0


class Inner(Struct, omit_defaults=True):
    name: str
    extra: str = "new"


class New(Struct, omit_defaults=True):
    key: str
    count: int = 0
    added: list[Inner] = []


def test_the_first_byte_is_the_version() -> None:
    assert Packed(Old).encode(Old("a"))[:1] == VERSION


def test_a_newer_reader_takes_defaults_for_what_an_older_one_did_not_write() -> None:
    assert Packed(New).decode(Packed(Old).encode(Old("a", 3))) == New("a", 3, [])


def test_an_older_reader_ignores_what_a_newer_one_added() -> None:
    written = Packed(New).encode(New("a", 3, [Inner("x", "y")]))
    assert Packed(Old).decode(written) == Old("a", 3)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x02\x80", VERSION, VERSION + b"\xc1"])
def test_what_this_version_cannot_read_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the many errors of one reader, all ValueErrors.
        Packed(Old).decode(data)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for packed in (VERSION + data, data):
        try:
            Packed(New).decode(packed)
        except ValueError:
            continue


def _consumed(**changes: object) -> SimpleNamespace:
    fields = {"topic": "idv.raw.didit", "partition": 1, "offset": 7, "timestamp": 99, "key": b"k",
              "value": b"v", "headers": (("a", b"\xff"), ("b", None))}  # fmt: skip
    return SimpleNamespace(**(fields | changes))


def test_a_rejected_record_keeps_its_headers_and_tells_why_and_where() -> None:
    headers = rejected_headers(raw_record(_consumed()), Rejection("invalid_json", "no object"))
    assert headers == [
        ("a", b"\xff"),
        ("b", b""),
        ("idv.error.code", b"invalid_json"),
        ("idv.error.stage", b"normalize"),
        ("idv.error.message", b"no object"),
        ("idv.error.timestamp", b"99"),
        ("__streams.errors.topic", b"idv.raw.didit"),
        ("__streams.errors.partition", b"1"),
        ("__streams.errors.offset", b"7"),
    ]


def test_a_tombstone_is_a_record_without_value() -> None:
    assert raw_record(_consumed(key=None, value=None)).value is None
