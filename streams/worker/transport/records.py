r"""Parses record batches so that a malformed one cannot end a worker.

Kafka's client fails on a header name that is not UTF-8, and on a batch that cannot be decompressed:
at every restart, since the offset never passes the batch. Here such a batch is parsed again,
leniently. In a header name, other bytes become `\xe9`. An unreadable batch becomes one record with
the batch's bytes as value, at the batch's last offset, so that it is rejected like other values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import structlog
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords

log = structlog.get_logger()

# Record batch, version 2: base offset, length, and among others magic, attributes, first and
# largest timestamp. The records begin at byte 61.
_OVERHEAD = 12
_MAGIC, _ATTRIBUTES = 16, slice(21, 23)
_FIRST_TIMESTAMP, _MAX_TIMESTAMP = slice(27, 35), slice(35, 43)
_COUNT, _HEADER_SIZE = slice(57, 61), 61
_CODEC, _LOG_APPEND_TIME = 0x07, 0x08
_DECODERS: dict[int, Callable[[bytes], bytes]] = {
    0: bytes, 1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode,
}  # fmt: skip


class Record(NamedTuple):
    """A record with the attributes of the client's record class."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    checksum: None = None


class Records:
    """Replaces the client's `MemoryRecords`: the batches of one partition in a response."""

    def __init__(self, data: bytes) -> None:
        self._batches = MemoryRecords(data)
        self._data = memoryview(data)
        self._at = 0

    def size_in_bytes(self) -> int:
        return len(self._data)

    def has_next(self) -> bool:
        return bool(self._batches.has_next())

    def next_batch(self) -> Batch:
        start = self._at
        length = _integer(self._data[start + 8 : start + _OVERHEAD])
        self._at = start + _OVERHEAD + length
        return Batch(self._batches.next_batch(), self._data[start : self._at])


class Batch:
    """The client's batch with its bytes."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        """The one record of a control batch."""
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        count = 0
        try:
            for record in self._batch:
                yield record
                count += 1
            return
        except Exception as error:
            why = type(error).__name__
        yield from self._lenient(count, why)

    def _lenient(self, skip: int, why: str) -> Iterator[Record]:
        """The records after those that were yielded already."""
        try:
            records = list(_read(self._batch.base_offset, self._data))
        except Exception:
            records = []
        if len(records) > skip:
            yield from records[skip:]
            return
        last = self._batch.next_offset - 1
        log.error("batch cannot be read", offset=last, bytes=len(self._data), error=why)
        yield Record(last, _integer(self._data[_MAX_TIMESTAMP]), 0, None, bytes(self._data), [])


def _integer(data: memoryview) -> int:
    return int.from_bytes(data, "big", signed=True)


def _read(base_offset: int, batch: memoryview) -> Iterator[Record]:
    """The records of a batch of version 2. Raises for malformed bytes."""
    if batch[_MAGIC] != 2:
        raise ValueError("an older version")
    attributes = _integer(batch[_ATTRIBUTES])
    appended = bool(attributes & _LOG_APPEND_TIME)
    first, largest = _integer(batch[_FIRST_TIMESTAMP]), _integer(batch[_MAX_TIMESTAMP])
    data = _DECODERS[attributes & _CODEC](bytes(batch[_HEADER_SIZE:]))
    at = 0
    for _ in range(_integer(batch[_COUNT])):
        length, at = _varint(data, at)
        end = at + length
        timestamp, at = _varint(data, at + 1)  # after the record's attributes
        offset, at = _varint(data, at)
        key, at = _bytes(data, at)
        value, at = _bytes(data, at)
        count, at = _varint(data, at)
        headers = []
        for _ in range(count):
            name, at = _bytes(data, at)
            content, at = _bytes(data, at)
            headers.append(((name or b"").decode(errors="backslashreplace"), content))
        if at != end:
            raise ValueError("a record of another length")
        yield Record(
            base_offset + offset, largest if appended else first + timestamp, int(appended),
            key, value, headers,
        )  # fmt: skip


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A zigzag-encoded number and its end position."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7


def _bytes(data: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = _varint(data, at)
    if length < 0:
        return None, at
    if at + length > len(data):
        raise ValueError("longer than the batch")
    return data[at : at + length], at + length


def install() -> None:
    """Replace the parser of all consumers in this process."""
    fetcher.MemoryRecords = Records
