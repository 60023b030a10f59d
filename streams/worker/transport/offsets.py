"""Tracks batches in flight and the committable offset of each partition.

Only the acknowledged head of a partition's queue advances its committable offset, so a commit never
passes an unfinished batch. The queue follows deliveries, not offset arithmetic, so gaps from
compaction and transaction markers do not matter.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import NamedTuple

from faust.types import TP


class InFlightBatch:
    """One delivered batch: the offset to commit once it and all before it are acknowledged.

    `timestamp` is that of its first record (epoch milliseconds), `size` in bytes.
    """

    __slots__ = ("acked", "commit", "size", "timestamp")

    def __init__(self, commit: int, timestamp: int, size: int = 0) -> None:
        self.commit = commit
        self.timestamp = timestamp
        self.size = size
        self.acked = False


class Lag(NamedTuple):
    """Unfinished records of a partition. `oldest` is the timestamp of the first one (epoch
    milliseconds); None until it is delivered.
    """

    records: int
    oldest: int | None


class OffsetTracker:
    """Per partition: unacknowledged batches and the offset to commit."""

    def __init__(self) -> None:
        self._queues: dict[TP, deque[InFlightBatch]] = defaultdict(deque)
        self._committable: dict[TP, int] = {}

    def deliver(self, tp: TP, batch: InFlightBatch) -> None:
        self._queues[tp].append(batch)

    def ack(self, tp: TP, batch: InFlightBatch) -> None:
        """Mark a batch done; advance the committable offset over the acknowledged queue head.

        A batch of an earlier assignment is not in the queue, so its late ack has no effect.
        """
        batch.acked = True
        queue = self._queues.get(tp)
        while queue and queue[0].acked:
            self._committable[tp] = queue.popleft().commit

    def committable(self, tp: TP) -> int | None:
        """The offset after all finished records; None if there are none."""
        return self._committable.get(tp)

    def oldest(self, tp: TP) -> int | None:
        """Timestamp of the first delivered, unacknowledged record."""
        queue = self._queues.get(tp)
        return queue[0].timestamp if queue else None

    def partitions(self) -> list[TP]:
        return list(self._committable)

    def in_flight(self) -> int:
        return sum(map(len, self._queues.values()))

    def size(self) -> int:
        """Bytes of all unfinished batches."""
        return sum(batch.size for queue in self._queues.values() for batch in queue)

    def forget(self, tps: Iterable[TP]) -> None:
        """Drop the batches of partitions; they are read again from the committed offset."""
        for tp in tps:
            self._queues.pop(tp, None)
            self._committable.pop(tp, None)

    def forget_all(self) -> None:
        self.forget([*self._queues, *self._committable])
