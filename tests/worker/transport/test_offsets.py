"""Commits: whatever the order of acks, rebalances and seeks, never past a batch still at work."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams.worker.transport.batches import fold, size_of
from streams.worker.transport.offsets import Span, Watermarks

PARTITIONS = [TP("idv.raw.didit", 0), TP("idv.raw.didit", 1), TP("idv.stage.links", 0)]
partitions = st.sampled_from(PARTITIONS)


class Commits(RuleBasedStateMachine):
    """Beside the watermarks runs the plainest model: a list of deliveries per partition."""

    def __init__(self) -> None:
        super().__init__()
        self.watermarks = Watermarks()
        self.delivered: dict[TP, list[Span]] = {tp: [] for tp in PARTITIONS}
        self.stale: list[tuple[TP, Span]] = []
        self.ends = dict.fromkeys(PARTITIONS, 0)

    @rule(tp=partitions, records=st.integers(1, 500), gap=st.integers(0, 3))
    def deliver(self, tp: TP, records: int, gap: int) -> None:
        """`gap`: offsets that compaction or a transaction's marker took."""
        self.ends[tp] += records + gap
        span = Span(self.ends[tp], 0)
        self.delivered[tp].append(span)
        self.watermarks.deliver(tp, span)

    @rule(tp=partitions, pick=st.integers(0, 10))
    def ack(self, tp: TP, pick: int) -> None:
        if spans := [span for span in self.delivered[tp] if not span.acked]:
            self.watermarks.ack(tp, spans[pick % len(spans)])

    @rule(tp=partitions, pick=st.integers(0, 10))
    def ack_twice(self, tp: TP, pick: int) -> None:
        if spans := [span for span in self.delivered[tp] if span.acked]:
            self.watermarks.ack(tp, spans[pick % len(spans)])

    @rule(tp=partitions)
    def rebalance(self, tp: TP) -> None:
        """Everything that was delivered is read again from what was committed."""
        committed = self.watermarks.committable(tp)
        self.stale += [(tp, span) for span in self.delivered[tp] if not span.acked]
        self.watermarks.forget([tp])
        self.delivered[tp] = []
        self.ends[tp] = committed or 0

    @rule()
    def seek(self) -> None:
        self.watermarks.forget_all()
        for tp in PARTITIONS:
            self.stale += [(tp, span) for span in self.delivered[tp] if not span.acked]
            self.delivered[tp] = []

    @rule(pick=st.integers(0, 10))
    def late_ack_of_an_earlier_assignment(self, pick: int) -> None:
        if self.stale:
            tp, span = self.stale.pop(pick % len(self.stale))
            self.watermarks.ack(tp, span)

    @invariant()
    def only_the_acknowledged_head_is_committed(self) -> None:
        for tp, spans in self.delivered.items():
            head = None
            for span in spans:
                if not span.acked:
                    break
                head = span.commit
            assert self.watermarks.committable(tp) == head
            assert (tp in self.watermarks.partitions()) == (head is not None)
        left = [len(s) - _head_length(s) for s in self.delivered.values()]
        assert self.watermarks.in_flight() == sum(left)


def _head_length(spans: list[Span]) -> int:
    return next((i for i, span in enumerate(spans) if not span.acked), len(spans))


TestCommits = Commits.TestCase


def test_one_unacknowledged_batch_holds_all_behind_it() -> None:
    """Stock commits 41 where 37 is committed and 38 to 40 are acknowledged but for one."""
    watermarks, tp = Watermarks(), PARTITIONS[0]
    spans = [Span(offset + 1, 0) for offset in (37, 38, 39, 40)]
    for span in spans:
        watermarks.deliver(tp, span)
    for span in (spans[0], spans[2], spans[3]):
        watermarks.ack(tp, span)
    assert watermarks.committable(tp) == 38
    watermarks.ack(tp, spans[1])
    assert watermarks.committable(tp) == 41


def test_nothing_is_committable_before_the_first_ack() -> None:
    watermarks, tp = Watermarks(), PARTITIONS[0]
    first, second = Span(1, 0), Span(2, 0)
    watermarks.deliver(tp, first)
    watermarks.deliver(tp, second)
    watermarks.ack(tp, second)
    assert watermarks.committable(tp) is None


sizes = st.lists(st.none() | st.integers(0, 300), max_size=60)


@given(sizes, st.integers(1, 20), st.integers(1, 500))
def test_folding_keeps_every_record_in_order_and_within_bounds(
    sizes: list[int | None], max_records: int, max_bytes: int
) -> None:
    records: list[Any] = [
        SimpleNamespace(
            offset=i,
            key=None,
            value=None if size is None else b"x" * (size // 2),
            headers=(("h", b"x" * (size - size // 2)),) if size else (),
        )
        for i, size in enumerate(sizes)
    ]
    batches = list(fold(records, max_records, max_bytes))
    assert [record for batch, _ in batches for record in batch] == records
    for batch, size in batches:
        assert 1 <= len(batch) <= max_records
        assert size == sum(size_of(record) for record in batch)
        # Only a record that is too large by itself may be over the limit, and then alone.
        assert len(batch) == 1 or size <= max_bytes
