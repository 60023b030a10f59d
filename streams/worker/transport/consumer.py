"""Faust's consumer, by batches: fetching, delivery and commits.

Stock Faust fetches during a seek, and clears the queues of batches when it resumes the flow. So
fetches and seeks exclude each other here, records fetched before a seek of their partition are
dropped after it, and only changelogs are fetched until recovery has resumed the flow for the last
time: earlier records would meet unrestored state, or a queue that is about to be cleared.

Changelogs use Faust's recovery, with many records per event, applied in one write. They are never
acknowledged, so they are never in flight.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode.utils.futures import notify

from streams.worker.ops import metrics
from streams.worker.transport.assignment import AssignmentMonitor
from streams.worker.transport.batches import BATCH_BYTES, BATCH_RECORDS, Batch, fold
from streams.worker.transport.client import Client
from streams.worker.transport.lease import Lease
from streams.worker.transport.offsets import InFlightBatch, Lag, OffsetTracker

log = structlog.get_logger()

FETCH_S = 1.0
# During recovery, when only changelogs are fetched: its seeks should not wait for long.
RECOVERING_FETCH_S = 0.1
# Fetching pauses while this many bytes are queued or in process.
IN_FLIGHT_BYTES = 32 * 1024 * 1024
FULL_S = 0.02
# Another commit follows within seconds; a rebalance waits for the last one.
COMMIT_S = 5.0


class Step(NamedTuple):
    """End offset of a partition at its last fetch, and the offset up to which work is done."""

    seen_end: int
    done: int | None


class Consumer(driver.Consumer):
    """Delivers batches and commits contiguous offsets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.offsets = OffsetTracker()
        self.lease = Lease()
        self.assignments = AssignmentMonitor()
        self.committed_at: float | None = None
        """When offsets were last committed (Unix time in seconds)."""
        super().__init__(*args, **kwargs)
        self._seeking = asyncio.Lock()
        self._epochs: Counter[TP] = Counter()
        # Counts of assignments: so far; at the last seek of recovery; at its last completion.
        self._assigned, self._sought, self._recovered = 0, -1, -1
        self._resumed = asyncio.Event()
        # Partition → expected first offset of its next batch.
        self._expected: dict[TP, int] = {}

    def _new_consumer_thread(self) -> Client:
        self._client = Client(self, loop=self.loop, thread_loop=self.loop, beacon=self.beacon)
        return self._client

    def lags(self) -> dict[TP, Lag]:
        """Unprocessed records of each partition whose end is known."""
        found = {}
        for tp in self.assignment():
            end = None if self._is_changelog_tp(tp) else self.highwater(tp)
            done = self.offsets.committable(tp) or self._committed_offset[tp] or 0
            oldest = self.offsets.oldest(tp)
            if oldest is None:
                # All delivered records are done: offsets before the next fetch are not records.
                done = max(done, self._client.next_offset(tp))
            if end is not None:
                found[tp] = Lag(max(0, end - done), oldest)
        return found

    def uncommitted(self) -> dict[TP, int | None]:
        """Partitions with finished, uncommitted work → their committed offset."""
        done = self.offsets.committable
        committed = self._committed_offset
        return {tp: committed[tp] for tp in self.offsets.partitions() if done(tp) != committed[tp]}

    def steps(self) -> dict[TP, Step]:
        """Progress of each partition, without changelogs."""
        return {
            tp: Step(self._client.seen_end(tp), self.offsets.committable(tp))
            for tp in self.assignment()
            if not self._is_changelog_tp(tp)
        }

    def on_buffer_drop(self, tp: TP) -> None:
        super().on_buffer_drop(tp)
        self._resumed.set()

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        super().resume_partitions(tps)
        self._resumed.set()

    async def _wait_next_records(self, timeout: float) -> Any:
        """Stock Faust checks again only after a second if no partition can be fetched: all buffers
        are full, or recovery has not resumed any.
        """
        self._resumed.clear()
        if self.flow_active and not self._get_active_partitions():
            await self.wait_first(self._resumed.wait(), timeout=timeout)
            return {}, set()
        return await super()._wait_next_records(timeout)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Deliver fetched batches until the fetcher stops.

        Stock Faust creates four tasks per message to detect the end of the flow, and drops messages
        below the highest offset read. A batch has only its last offset, which may differ after a
        seek, so stale batches are detected by epoch. If the flow ends during a fetch, stock Faust
        seeks; here only recovery does.
        """
        ends: tuple[type[BaseException], ...] = (
            *self.consumer_stopped_errors,
            asyncio.CancelledError,
        )
        try:
            while not (self.should_stop or fetcher.should_stop):
                fetched, active = await self._wait_next_records(FETCH_S)
                for tp, batch in self.scheduler.iterate(fetched):
                    if self.should_stop or not self.flow_active:
                        break
                    if tp in active or tp in self._buffered_partitions:
                        await self._deliver(self._to_message(tp, batch))
                await asyncio.sleep(0)
        except ends:
            if not self.app.should_stop:
                raise

    async def _deliver(self, message: Any) -> None:
        batch: Batch = message.value
        if batch.epoch != self._epochs[message.tp]:
            return  # Fetched before a seek.
        if batch.generation != self.app.consumer_generation_id:
            return  # Fetched before an assignment; its state is not restored.
        if batch.in_flight:
            expected, first = self._expected.get(message.tp), batch.records[0].offset
            if expected is not None and first > expected:
                await self._report_gap(message.tp, expected)
            self._expected[message.tp] = batch.in_flight.commit
            self.offsets.deliver(message.tp, batch.in_flight)
        if self._has_room(message.tp):
            await self.callback(message)
        else:
            # Stop waiting for room when a rebalance suspends the flow.
            await self.wait_first(self.callback(message), self.suspend_flow.wait())

    async def _report_gap(self, tp: TP, expected: int) -> None:
        """Report records that were deleted before the start of the log. Other gaps are markers and
        aborted records of transactions.
        """
        lost = (await self.earliest_offsets(tp))[tp] - expected
        if lost > 0:
            metrics.records_lost.labels(tp.topic).inc(lost)
            log.error("records lost", topic=tp.topic, partition=tp.partition, offset=expected,
                      records=lost, action="retention deleted unread records")  # fmt: skip

    def _has_room(self, tp: TP) -> bool:
        """True if the queue of the agent accepts a message without waiting."""
        conductor: Any = self.app.topics
        channels = conductor._tp_index[tp]
        return self.app.flow_control.is_active() and not any(c.queue.full() for c in channels)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        async with self._seeking:
            # A rebalance may move partitions during the fetch.
            epochs, generation = self._epochs.copy(), self.app.consumer_generation_id
            if self._recovered != self._assigned or not self.app.flow_control.is_active():
                active_partitions = set(filter(self._is_changelog_tp, active_partitions or ()))
                timeout = min(timeout, RECOVERING_FETCH_S)
            elif self.offsets.size() >= IN_FLIGHT_BYTES:
                active_partitions, timeout = set(), FULL_S
            if active_partitions:
                fetched = await super()._getmany(active_partitions, timeout)
                return {
                    tp: [
                        Batch(chunk, generation, epochs[tp], self._in_flight(tp, chunk, size), size)
                        for chunk, size in fold(records, BATCH_RECORDS, BATCH_BYTES)
                    ]
                    for tp, records in fetched.items()
                }
        await self.wait_first(self._resumed.wait(), timeout=timeout)
        return {}

    def _in_flight(self, tp: TP, records: Sequence[Any], size: int) -> InFlightBatch | None:
        if self._is_changelog_tp(tp):
            return None
        return InFlightBatch(records[-1].offset + 1, records[0].timestamp, size)

    def _to_message(self, tp: TP, batch: Batch) -> ConsumerMessage:
        message: ConsumerMessage = super()._to_message(tp, batch.records[-1])
        message.key, message.headers = None, None
        message.value = batch  # type: ignore[assignment]
        return message

    def ack(self, message: Any) -> bool:
        """Mark a batch done. Called on the event loop of the worker."""
        message.acked = True
        self._unacked_messages.discard(message)
        self.offsets.ack(message.tp, message.value.in_flight)
        self._n_acked += 1
        notify(self._waiting_for_ack)
        return True

    def abandon(self, message: Any) -> None:
        """Leave a batch to the partition's new owner. Otherwise Faust would wait endlessly for its
        ack before it releases the partition.
        """
        self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (
            tp
            for tp in self.offsets.partitions()
            if topics is None or tp in topics or tp.topic in topics
        )

    def _new_offset(self, tp: TP) -> int | None:
        return self.offsets.committable(tp)

    def _should_commit(self, tp: TP, offset: int) -> bool:
        """True also for a lower offset: a recreated topic starts at 0, and the group may have
        committed an offset of the old one.
        """
        return offset != self._committed_offset[tp]

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit nothing for a deleted topic: Kafka's client would retry until the topic exists,
        block all other commits, and then commit the old topic's offset on the new one.
        """
        there = {tp: at for tp, at in offsets.items() if self._client.exists(tp)}
        if gone := offsets.keys() - there.keys():
            log.error("topics do not exist", topics=sorted({tp.topic for tp in gone}),
                      action="create them with `idv topics apply`")  # fmt: skip
            self.offsets.forget(gone)
        if not there:
            return False
        try:
            async with asyncio.timeout(COMMIT_S):
                did_commit = await super()._commit(there)
        except TimeoutError:
            self._client.refresh_metadata()
            return False
        if did_commit:
            self.committed_at = time.time()
        return did_commit

    async def verify_all_partitions_active(self) -> None:
        """Disabled: stock Faust inspects the client here and ends the worker during a rebalance.
        Health monitors batches and commits instead.
        """

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        # super() does the last commit, so forget afterwards.
        await super().on_partitions_revoked(revoked)
        self._epochs.update(revoked)
        self.offsets.forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self._assigned += 1
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        """Recovery's final seek to the committed offsets, without changelogs."""
        sought_for = self._assigned
        async with self._seeking:
            self._epochs.update(tp for tp in self.assignment() if not self._is_changelog_tp(tp))
            self.offsets.forget_all()
            await super().perform_seek()
            self._sought = sought_for

    def resume_flow(self) -> None:
        """Recovery resumes the flow for changelogs first, and again after its last seek. It clears
        all queues before each: queued batches would be lost, and commits would stop.
        """
        super().resume_flow()
        self._recovered = self._sought
        self._resumed.set()

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Recovery's seek of changelogs. Batches fetched before it are stale."""
        async with self._seeking:
            self._epochs.update(partitions.keys())
            await super().seek_wait(partitions)

    async def _corrected(self, committed: Mapping[TP, int]) -> Mapping[TP, int]:
        """An offset beyond the end belongs to a topic that was deleted and recreated. It is reset
        immediately: once the end passed it, the records before it would be lost.
        """
        wanted = [tp for tp, at in committed.items() if at and not self._is_changelog_tp(tp)]
        ends = await self.highwaters(*wanted) if wanted else {}
        recreated = {tp: 0 for tp in wanted if committed[tp] > (ends.get(tp) or 0)}
        if not recreated:
            return committed
        log.error("topics were recreated", topics=sorted({tp.topic for tp in recreated}),
                  action="they are read from the beginning")  # fmt: skip
        async with asyncio.timeout(COMMIT_S):
            await super()._commit(recreated)
        return {**committed, **recreated}

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Also seek partitions without a commit, which stock Faust leaves at the last fetch."""
        committed: Mapping[TP, int] = await super().seek_to_committed()
        committed = await self._corrected(committed)
        self._expected = {
            tp: at for tp, at in committed.items() if at and not self._is_changelog_tp(tp)
        }
        fresh = [tp for tp, at in committed.items() if not at and not self._is_changelog_tp(tp)]
        if fresh:
            await self._thread.seek_to_beginning(*fresh)
        return committed
