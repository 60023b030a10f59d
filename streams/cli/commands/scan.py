"""Reads a topic from a given time to its current end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.cli.commands.terminal import fail

POLL_MS = 500

Progress = Callable[[int, int], None]
"""Called with the number of offsets read and their total."""


async def scan(
    consumer: AIOKafkaConsumer,
    topic: str,
    since: int | None = None,
    partition: int | None = None,
    progress: Progress | None = None,
    last: int | None = None,
) -> AsyncIterator[Any]:
    """The records of a topic up to its end at the time of the call, each partition in order.

    `since` (epoch ms) skips earlier records, `partition` selects one partition, and `last` limits
    the scan to about that many of the latest records.
    """
    tps = await partitions(consumer, topic)
    if partition is not None:
        tps = [tp for tp in tps if tp.partition == partition]
    consumer.assign(tps)
    ends = await consumer.end_offsets(tps)
    starts = await _starts(consumer, tps, since, ends)
    if last is not None:
        each = -(-last // len(tps))
        starts = {tp: max(start, ends[tp] - each) for tp, start in starts.items()}
    for tp, start in starts.items():
        consumer.seek(tp, start)
    total = sum(ends[tp] - starts[tp] for tp in tps)
    left = {tp for tp in tps if ends[tp] > starts[tp]}
    consumer.pause(*(tp for tp in tps if tp not in left))
    while left:
        fetched = await consumer.getmany(*left, timeout_ms=POLL_MS)
        for tp, records in fetched.items():
            for record in records:
                if record.offset < ends[tp]:
                    yield record
        # Positions, not records: compaction and markers leave gaps at the end.
        behind = {tp: min(await consumer.position(tp), ends[tp]) for tp in tps}
        left = {tp for tp in left if behind[tp] < ends[tp]}
        if progress is not None:
            progress(sum(behind[tp] - starts[tp] for tp in tps), total)


async def partitions(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """All partitions of a topic; exits with a message if it does not exist."""
    # `partitions_for_topic` of the consumer returns only assigned topics.
    cluster = await consumer._client.fetch_all_metadata()
    found = cluster.partitions_for_topic(topic)
    if not found:
        fail(f"there is no topic {topic}", hint="create the topics with `idv topics apply`")
    return [TopicPartition(topic, p) for p in sorted(found)]


async def _starts(
    consumer: AIOKafkaConsumer,
    tps: list[TopicPartition],
    since: int | None,
    ends: dict[TopicPartition, int],
) -> dict[TopicPartition, int]:
    first: dict[TopicPartition, int] = await consumer.beginning_offsets(tps)
    if since is None:
        return first
    found = await consumer.offsets_for_times(dict.fromkeys(tps, since))
    return {tp: found[tp].offset if found[tp] else ends[tp] for tp in tps}
