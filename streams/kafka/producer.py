"""Sends a batch of records and waits until Kafka has acknowledged all of them.

Records are sent in prebuilt batches, one or more per topic partition: a produce call per record
costs more than the rest of the runtime. Keys are partitioned like in the Java client (murmur2), so
all producers and consumers map a key to the same partition.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from streams.kafka.partitioner import partition_of


class Outgoing(NamedTuple):
    """A record to send. `partition` None: chosen by key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None


async def deliver(
    producer: AIOKafkaProducer, records: Iterable[Outgoing]
) -> dict[tuple[str, int], int]:
    """Send records, in order per partition, and await all acknowledgements.

    Returns the last offset written to each `(topic, partition)`. Raises the producer's error after
    its retries; the caller must then end the process, since some records may be written.
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
    """Send the batches of one partition in order; returns the offset of the last record."""
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
    batch.close()  # The batch is complete: the producer must not wait for more records.
    return await producer.send_batch(batch, tp[0], partition=tp[1]), count
