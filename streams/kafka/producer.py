"""Sends a batch's records and waits until every one of them is acknowledged.

Records are put into prebuilt batches, one or more per topic partition, since a produce call per
record costs more than all else that the runtime does. Keys are partitioned as Java's client does
(murmur2), so that other producers and consumers agree on where a key lives.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from streams.kafka.partitioner import partition_of


class Outgoing(NamedTuple):
    """A record to send. `partition` None: by key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None


async def deliver(
    producer: AIOKafkaProducer, records: Iterable[Outgoing]
) -> dict[tuple[str, int], int]:
    """Send records, in order per partition, and await all acknowledgements.

    Returns the last offset written in each `(topic, partition)`. Raises what the producer raises
    once it has given up; the caller must then end the process, since part may be written.
    """
    by_partition: dict[tuple[str, int], list[Outgoing]] = defaultdict(list)
    counts: dict[str, int] = {}
    for record in records:
        topic, partition = record.topic, record.partition
        if partition is None:
            if topic not in counts:
                counts[topic] = await _partition_count(producer, topic)
            partition = partition_of(record.key or b"", counts[topic])
        by_partition[topic, partition].append(record)
    written = await asyncio.gather(
        *(_deliver_to(producer, tp, group) for tp, group in by_partition.items())
    )
    return dict(zip(by_partition, written, strict=True))


async def _partition_count(producer: AIOKafkaProducer, topic: str) -> int:
    known = producer.client.cluster.partitions_for_topic(topic)
    return len(known or await producer.partitions_for(topic))


async def _deliver_to(
    producer: AIOKafkaProducer, tp: tuple[str, int], records: Sequence[Outgoing]
) -> int:
    """The offset of the last record. Batches of one partition are sent one after the other."""
    pending: list[tuple[Any, int]] = []
    batch = producer.create_batch()
    for record in records:
        while not _append(batch, record):
            pending.append(await _send(producer, tp, batch))
            batch = producer.create_batch()
    pending.append(await _send(producer, tp, batch))
    written = await asyncio.gather(*(future for future, _ in pending))
    return int(written[-1].offset) + pending[-1][1] - 1


def _append(batch: Any, record: Outgoing) -> bool:
    added = batch.append(
        timestamp=None, key=record.key, value=record.value, headers=list(record.headers)
    )
    return added is not None


async def _send(producer: AIOKafkaProducer, tp: tuple[str, int], batch: Any) -> tuple[Any, int]:
    count = batch.record_count()
    batch.close()  # No waiting for more: the records of this partition are all there.
    return await producer.send_batch(batch, tp[0], partition=tp[1]), count
