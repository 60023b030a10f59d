"""Commits never pass an unfinished batch, in any order of acks, rebalances and seeks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams.worker.transport.batches import fold, size_of
from streams.worker.transport.offsets import InFlightBatch, OffsetTracker

PARTITIONS = [TP("idv.raw.didit", 0), TP("idv.raw.didit", 1), TP("idv.stage.links", 0)]
partitions = st.sampled_from(PARTITIONS)


class Commits(RuleBasedStateMachine):
    """Beside the tracker runs the plainest model: a list of deliveries per partition."""

    def __init__(self) -> None:
        super().__init__()
        self.offsets = OffsetTracker()
        self.delivered: dict[TP, list[InFlightBatch]] = {tp: [] for tp in PARTITIONS}
        self.stale: list[tuple[TP, InFlightBatch]] = []
        self.ends = dict.fromkeys(PARTITIONS, 0)

    @rule(tp=partitions, records=st.integers(1, 500), gap=st.integers(0, 3))
    def deliver(self, tp: TP, records: int, gap: int) -> None:
        """`gap`: offsets that compaction or a transaction's marker took."""
        self.ends[tp] += records + gap
        batch = InFlightBatch(self.ends[tp], 0)
        self.delivered[tp].append(batch)
        self.offsets.deliver(tp, batch)

    @rule(tp=partitions, pick=st.integers(0, 10))
    def ack(self, tp: TP, pick: int) -> None:
        if batches := [batch for batch in self.delivered[tp] if not batch.acked]:
            self.offsets.ack(tp, batches[pick % len(batches)])

    @rule(tp=partitions, pick=st.integers(0, 10))
    def ack_twice(self, tp: TP, pick: int) -> None:
        if batches := [batch for batch in self.delivered[tp] if batch.acked]:
            self.offsets.ack(tp, batches[pick % len(batches)])

    @rule(tp=partitions)
    def rebalance(self, tp: TP) -> None:
        """Everything that was delivered is read again from what was committed."""
        committed = self.offsets.committable(tp)
        self.stale += [(tp, batch) for batch in self.delivered[tp] if not batch.acked]
        self.offsets.forget([tp])
        self.delivered[tp] = []
        self.ends[tp] = committed or 0

    @rule()
    def seek(self) -> None:
        self.offsets.forget_all()
        for tp in PARTITIONS:
            self.stale += [(tp, batch) for batch in self.delivered[tp] if not batch.acked]
            self.delivered[tp] = []

    @rule(pick=st.integers(0, 10))
    def late_ack_of_an_earlier_assignment(self, pick: int) -> None:
        if self.stale:
            tp, batch = self.stale.pop(pick % len(self.stale))
            self.offsets.ack(tp, batch)

    @invariant()
    def only_the_acknowledged_head_is_committed(self) -> None:
        for tp, batches in self.delivered.items():
            head = None
            for batch in batches:
                if not batch.acked:
                    break
                head = batch.commit
            assert self.offsets.committable(tp) == head
            assert (tp in self.offsets.partitions()) == (head is not None)
        left = [len(s) - _head_length(s) for s in self.delivered.values()]
        assert self.offsets.in_flight() == sum(left)


def _head_length(batches: list[InFlightBatch]) -> int:
    return next((i for i, batch in enumerate(batches) if not batch.acked), len(batches))


TestCommits = Commits.TestCase


def test_one_unacknowledged_batch_holds_all_behind_it() -> None:
    """Stock commits 41 where 37 is committed and 38 to 40 are acknowledged but for one."""
    tracker, tp = OffsetTracker(), PARTITIONS[0]
    batches = [InFlightBatch(offset + 1, 0) for offset in (37, 38, 39, 40)]
    for batch in batches:
        tracker.deliver(tp, batch)
    for batch in (batches[0], batches[2], batches[3]):
        tracker.ack(tp, batch)
    assert tracker.committable(tp) == 38
    tracker.ack(tp, batches[1])
    assert tracker.committable(tp) == 41


def test_nothing_is_committable_before_the_first_ack() -> None:
    tracker, tp = OffsetTracker(), PARTITIONS[0]
    first, second = InFlightBatch(1, 0), InFlightBatch(2, 0)
    tracker.deliver(tp, first)
    tracker.deliver(tp, second)
    tracker.ack(tp, second)
    assert tracker.committable(tp) is None


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
