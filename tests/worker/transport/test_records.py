"""Batches that Kafka's client cannot read are read leniently."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from streams.worker.transport.records import Record, Records

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
HEADERS = [("a", b"1"), ("XXXXXX", None)]


def batch(codec: int = 0, *, count: int = 3, base: int = 40) -> bytearray:
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=0, producer_id=-1, producer_epoch=-1,
        base_sequence=-1, batch_size=1 << 20,
    )  # fmt: skip
    for number in range(count):
        headers = HEADERS if number == 1 else []
        builder.append(number, 1000 + number, b"k" if number else None, b"v%d" % number, headers)
    data = bytearray(builder.build())
    struct.pack_into(">q", data, 0, base)
    return data


def read(data: bytes) -> list[Any]:
    records, found = Records(bytes(data)), []
    assert records.size_in_bytes() == len(data)
    while records.has_next():
        found += list(records.next_batch())
    return found


def seen(record: Any) -> tuple[Any, ...]:
    return record.offset, record.timestamp, record.key, record.value, list(record.headers)


WHOLE = [
    (40, 1000, None, b"v0", []),
    (41, 1001, b"k", b"v1", HEADERS),
    (42, 1002, b"k", b"v2", []),
]


@pytest.mark.parametrize("codec", CODECS)
def test_ordinary_batches_are_read_as_the_client_reads_them(codec: str) -> None:
    assert [seen(r) for r in read(batch(CODECS[codec]))] == WHOLE


def test_a_header_name_that_is_no_text_costs_no_record() -> None:
    data = batch()
    at = data.find(b"XXXXXX")
    data[at : at + 6] = "prénom".encode("latin-1")
    found = [seen(r) for r in read(data + batch(base=43))]
    assert found[1] == (41, 1001, b"k", b"v1", [("a", b"1"), ("pr\\xe9nom", None)])
    assert [found[0], found[2]] == [WHOLE[0], WHOLE[2]]
    assert [offset for offset, *_ in found] == [40, 41, 42, 43, 44, 45]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_a_batch_that_cannot_be_decompressed_is_one_record_of_its_bytes(codec: str) -> None:
    data = batch(CODECS[codec])
    data[61:] = b"\xff" * (len(data) - 61)
    (found,) = read(data)
    assert isinstance(found, Record)
    assert seen(found) == (42, 1002, None, bytes(data), [])


def test_a_codec_that_nobody_knows() -> None:
    data = batch()
    data[22] |= 5
    assert [seen(r) for r in read(data)] == [(42, 1002, None, bytes(data), [])]


@given(st.integers(0, 3), st.integers(61, 400), st.integers(0, 255), st.integers(1, 8))
def test_no_byte_out_of_place_ends_a_worker(codec: int, at: int, byte: int, length: int) -> None:
    data = batch(codec)
    data[at : at + length] = bytes([byte]) * len(data[at : at + length])
    assert all(r.offset >= 40 for r in read(data) if isinstance(r, Record) and r.value == data)
