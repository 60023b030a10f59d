"""Records of one partition as one event: what is fetched together is worked on together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from streams.worker.watermarks import Span

BATCH_RECORDS = 500
BATCH_BYTES = 512 * 1024


class Batch(NamedTuple):
    """Records of one partition in offset order, delivered as the value of one Faust event.

    `generation` is that of the consumer group, and `epoch` counts the seeks of the partition,
    before they were fetched. `span` is None for records of a changelog.
    """

    records: Sequence[Any]
    generation: int
    epoch: int
    span: Span | None


def fold(records: Sequence[Any], max_records: int, max_bytes: int) -> Iterator[list[Any]]:
    """Cut the fetched records of one partition into batches; each holds at least one record."""
    chunk: list[Any] = []
    size = 0
    for record in records:
        length = len(record.value or b"")
        if chunk and (len(chunk) >= max_records or size + length > max_bytes):
            yield chunk
            chunk, size = [], 0
        chunk.append(record)
        size += length
    if chunk:
        yield chunk
