"""Which offset each partition may commit: batches in flight, in the order of their delivery.

Only the acknowledged head of a partition's queue moves its committable offset, so a commit never
passes over a batch that is still at work. The queue follows delivery, not offset arithmetic, so
compaction and transaction markers leave no gaps to guess about.
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
    """What of a partition is not done yet. `oldest` is the timestamp of the first such record
    (epoch milliseconds), known once it is delivered.
    """

    records: int
    oldest: int | None


class OffsetTracker:
    """For each partition: the batches delivered and not yet acknowledged, and what to commit."""

    def __init__(self) -> None:
        self._queues: dict[TP, deque[InFlightBatch]] = defaultdict(deque)
        self._committable: dict[TP, int] = {}

    def deliver(self, tp: TP, batch: InFlightBatch) -> None:
        self._queues[tp].append(batch)

    def ack(self, tp: TP, batch: InFlightBatch) -> None:
        """Mark a batch done; move the committable offset over the acknowledged head of the queue.

        A batch of an earlier assignment is in no queue any more, so its late ack moves nothing.
        """
        batch.acked = True
        queue = self._queues.get(tp)
        while queue and queue[0].acked:
            self._committable[tp] = queue.popleft().commit

    def committable(self, tp: TP) -> int | None:
        """The next offset to read after all that is done, or None where nothing is."""
        return self._committable.get(tp)

    def oldest(self, tp: TP) -> int | None:
        """Timestamp of the first record that is delivered and not acknowledged."""
        queue = self._queues.get(tp)
        return queue[0].timestamp if queue else None

    def partitions(self) -> list[TP]:
        return list(self._committable)

    def in_flight(self) -> int:
        return sum(map(len, self._queues.values()))

    def size(self) -> int:
        """Bytes of all that is delivered and not yet done."""
        return sum(batch.size for queue in self._queues.values() for batch in queue)

    def forget(self, tps: Iterable[TP]) -> None:
        """Drop the batches of partitions: they are read again from the committed offset."""
        for tp in tps:
            self._queues.pop(tp, None)
            self._committable.pop(tp, None)

    def forget_all(self) -> None:
        self.forget([*self._queues, *self._committable])
