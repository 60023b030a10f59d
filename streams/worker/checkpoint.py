"""The delivery barrier: the order of writes that prevents data loss.

Outputs acknowledged → changelog records acknowledged → one write of state per partition → acks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import faust
from faust.types import TP

from streams.contracts.model import RawRecord
from streams.kafka.producer import Outgoing, deliver


class Work(Protocol):
    """One partition's part of a microbatch: its outputs, state changes and counts."""

    outputs: list[Outgoing]

    def process(self, record: RawRecord, now: int) -> None:
        """Process one record; never raises because of its content."""

    def changes(self) -> dict[bytes, bytes | None]:
        """The state to store; None deletes a key."""

    def count(self, now: int) -> None:
        """Count the delivered outputs; `now` is epoch ms."""


async def checkpoint(
    app: Any,
    table: faust.Table[bytes, bytes] | None,
    events: Sequence[Any],
    works: Mapping[TP, Work],
) -> bool:
    """Deliver, store and acknowledge the work of `events`, all of one generation of the consumer
    group. False, with nothing acknowledged, if their partitions belong to another worker, which
    will process them again. If it raises, the outcome is unknown and the caller must end the
    process.
    """
    consumer, producer = app.consumer, app.producer._ensure_producer()

    async def is_ours() -> bool:
        held = await consumer.lease.wait()
        return bool(held and events[0].message.generation_id == app.consumer_generation_id)

    def abandon() -> bool:
        for event in events:
            consumer.abandon(event.message)
        return False

    # 1. Outputs, acknowledged by Kafka. Two owners would send the same ids.
    if not await is_ours():
        return abandon()
    if outputs := [output for work in works.values() for output in work.outputs]:
        await deliver(producer, outputs)

    changes = {tp.partition: new for tp, work in works.items() if (new := work.changes())}
    if changes and table is not None:
        # 2. Changelog records, acknowledged. Two owners would overwrite each other's state.
        if not await is_ours():
            return abandon()
        topic = table.changelog_topic_name
        changelog = [
            Outgoing(topic, key, value, partition=partition)
            for partition, values in changes.items()
            for key, value in values.items()
        ]
        written = await deliver(producer, changelog)

        # 3. State, one write per partition, together with its changelog offset.
        for partition, values in changes.items():
            table.data.write(partition, values, written[topic, partition])  # type: ignore[attr-defined]

    # 4. Acks: from now on the offsets may be committed.
    for event in events:
        event.ack()
    return True
