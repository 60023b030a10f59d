"""Encodes and decodes Kafka records and the internal types of the stages.

Internal values (stage messages and state) are msgpack after one version byte. Fields are named, so
a reader of version N reads values of N±1: it ignores unknown fields and uses defaults for missing
ones. An incompatible change gets a new version byte, and the old decoder stays for one release.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from streams.contracts.model import RawRecord, Rejection
from streams.kafka.dead_letters import APPENDED
from streams.pipeline.messages import Erasure

T = TypeVar("T")

VERSION = b"\x01"
# Control messages share topics with events; the version byte separates them.
CONTROL_VERSION = b"\x81"


class Packed(Generic[T]):
    """Encoder and decoder of one internal type."""

    def __init__(self, kind: type[T], version: bytes = VERSION) -> None:
        self._version = version
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(kind)

    def encode(self, value: T) -> bytes:
        return self._version + self._encoder.encode(value)

    def decode(self, data: bytes) -> T:
        """Raises ValueError or an error of msgspec for bytes of another version."""
        if data[:1] != self._version:
            raise ValueError(f"unknown version byte {data[:1].hex() or 'none'}")
        return self._decoder.decode(memoryview(data)[1:])


ERASURES = Packed(Erasure, CONTROL_VERSION)


def decoded(packed: Packed[T], value: bytes | None) -> T | None:
    """The decoded value; None for bytes that cannot be decoded."""
    try:
        return packed.decode(value or b"")
    except (ValueError, msgspec.MsgspecError):
        return None


def raw_record(record: Any) -> RawRecord:
    """Convert a consumer record of the Kafka client."""
    return RawRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple([(key, value or b"") for key, value in record.headers]),
    )


def rejected_headers(record: RawRecord, why: Rejection) -> list[tuple[str, bytes]]:
    """The record's own headers, then the reason and origin (names of KIP-1034)."""
    values = (
        why.code, why.stage, why.message,
        record.timestamp, record.topic, record.partition, record.offset,
    )  # fmt: skip
    encoded = (str(value).encode() for value in values)
    return [*record.headers, *zip(APPENDED, encoded, strict=True)]
