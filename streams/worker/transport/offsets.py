"""How far each partition is done: delivered batches as spans in order, and the offset to commit.

Every delivered batch is a span in its partition's queue; only the acknowledged head of the queue
moves the watermark, so a commit can never pass over a batch that is still at work. Spans follow
delivery, not offset arithmetic, so compaction and transaction markers leave no gaps to guess about.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import NamedTuple

from faust.types import TP


class Span:
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


class Watermarks:
    """For each partition: the batches delivered and not yet acknowledged, and what to commit."""

    def __init__(self) -> None:
        self._spans: dict[TP, deque[Span]] = defaultdict(deque)
        self._committable: dict[TP, int] = {}

    def deliver(self, tp: TP, span: Span) -> None:
        self._spans[tp].append(span)

    def ack(self, tp: TP, span: Span) -> None:
        """Mark a span; move the watermark over the acknowledged head of the partition's queue.

        A span of an earlier assignment is in no queue any more, so its late ack moves nothing.
        """
        span.acked = True
        spans = self._spans.get(tp)
        while spans and spans[0].acked:
            self._committable[tp] = spans.popleft().commit

    def committable(self, tp: TP) -> int | None:
        """The next offset to read after all that is done, or None where nothing is."""
        return self._committable.get(tp)

    def oldest(self, tp: TP) -> int | None:
        """Timestamp of the first record that is delivered and not acknowledged."""
        spans = self._spans.get(tp)
        return spans[0].timestamp if spans else None

    def partitions(self) -> list[TP]:
        return list(self._committable)

    def in_flight(self) -> int:
        return sum(map(len, self._spans.values()))

    def size(self) -> int:
        """Bytes of all that is delivered and not yet done."""
        return sum(span.size for spans in self._spans.values() for span in spans)

    def forget(self, tps: Iterable[TP]) -> None:
        """Drop all that is known of partitions: they are read again from the committed offset."""
        for tp in tps:
            self._spans.pop(tp, None)
            self._committable.pop(tp, None)

    def forget_all(self) -> None:
        self.forget([*self._spans, *self._committable])
