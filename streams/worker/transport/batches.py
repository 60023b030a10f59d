"""Records of one partition as one event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from streams.worker.transport.offsets import InFlightBatch

BATCH_RECORDS = 500
BATCH_BYTES = 512 * 1024


class Batch(NamedTuple):
    """Records of one partition in offset order, delivered as the value of one Faust event.

    `generation` (of the consumer group) and `epoch` (number of seeks of the partition) date from
    before the fetch. `in_flight` is None for records of a changelog. `size` is in bytes.
    """

    records: Sequence[Any]
    generation: int
    epoch: int
    in_flight: InFlightBatch | None
    size: int = 0


def size_of(record: Any) -> int:
    """Bytes of a consumed record's value, key and headers."""
    size = len(record.value or b"") + len(record.key or b"")
    return (
        size + sum([len(k) + len(v or b"") for k, v in record.headers]) if record.headers else size
    )


def fold(
    records: Sequence[Any], max_records: int, max_bytes: int
) -> Iterator[tuple[list[Any], int]]:
    """Split the fetched records of one partition into batches of at least one record, each with its
    size in bytes.
    """
    chunk: list[Any] = []
    size = 0
    for record in records:
        length = size_of(record)
        if chunk and (len(chunk) >= max_records or size + length > max_bytes):
            yield chunk, size
            chunk, size = [], 0
        chunk.append(record)
        size += length
    if chunk:
        yield chunk, size
