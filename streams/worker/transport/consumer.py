"""What is fetched when, delivered once, and committed: Faust's consumer, by batches.

Records are fetched while a seek is under way, and batches wait in queues that Faust clears when it
resumes the flow. So fetching and seeking exclude each other, what was fetched before a seek of its
partition is not delivered after it, and nothing but changelogs is fetched until recovery has
resumed the flow for the last time: earlier it would find state that is not restored yet, or a
queue that is about to be cleared.

Changelogs keep Faust's path of recovery, with many records in one event that are applied in one
write. Nobody acknowledges them, so they are never in flight.
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
# Until recovery is done only changelogs are fetched, and its seeks should not wait for long.
RECOVERING_FETCH_S = 0.1
# While so much is at work or waits for it, nothing more is fetched, however few records it is.
IN_FLIGHT_BYTES = 32 * 1024 * 1024
FULL_S = 0.02
# The next one comes in a second or three; a rebalance waits for the last.
COMMIT_S = 5.0


class Step(NamedTuple):
    """Where a partition ends by its last fetch, and up to where its work is done."""

    seen_end: int
    done: int | None


class Consumer(driver.Consumer):
    """Faust's consumer, delivering batches and committing contiguous offsets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.offsets = OffsetTracker()
        self.lease = Lease()
        self.assignments = AssignmentMonitor()
        self.committed_at: float | None = None
        """When offsets were last committed (Unix time in seconds)."""
        super().__init__(*args, **kwargs)
        self._seeking = asyncio.Lock()
        self._epochs: Counter[TP] = Counter()
        # Assignments so far; the last that recovery has sought for; the last that it is done with.
        self._assigned, self._sought, self._recovered = 0, -1, -1
        self._resumed = asyncio.Event()
        # The offset with which the next batch of a partition should begin.
        self._expected: dict[TP, int] = {}

    def _new_consumer_thread(self) -> Client:
        self._client = Client(self, loop=self.loop, thread_loop=self.loop, beacon=self.beacon)
        return self._client

    def lags(self) -> dict[TP, Lag]:
        """What stands behind what is done, for each partition whose end is known."""
        found = {}
        for tp in self.assignment():
            end = None if self._is_changelog_tp(tp) else self.highwater(tp)
            done = self.offsets.committable(tp) or self._committed_offset[tp] or 0
            oldest = self.offsets.oldest(tp)
            if oldest is None:
                # All that was delivered is done: what lies before the next fetch is no record.
                done = max(done, self._client.next_offset(tp))
            if end is not None:
                found[tp] = Lag(max(0, end - done), oldest)
        return found

    def uncommitted(self) -> dict[TP, int | None]:
        """Partitions with work done that no commit has reached yet, and what is committed."""
        done = self.offsets.committable
        committed = self._committed_offset
        return {tp: committed[tp] for tp in self.offsets.partitions() if done(tp) != committed[tp]}

    def steps(self) -> dict[TP, Step]:
        """How far each partition is that records are read from."""
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
        """Stock looks again only after a second where there is no partition to fetch from: all
        buffers are full, or recovery has not resumed any yet.
        """
        self._resumed.clear()
        if self.flow_active and not self._get_active_partitions():
            await self.wait_first(self._resumed.wait(), timeout=timeout)
            return {}, set()
        return await super()._wait_next_records(timeout)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Delivers what is fetched until the fetcher stops.

        Stock makes four tasks a message to watch for the end of the flow, and drops what lies below
        the highest offset read so far. A batch has only its last offset to compare, and after a
        seek it may end elsewhere: it is the epoch that tells what is stale. Where the flow ends
        while a fetch is under way stock seeks; here recovery does, whose seek is then the only one.
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
            return  # Fetched before a seek that went elsewhere.
        if batch.generation != self.app.consumer_generation_id:
            return  # Or before an assignment, whose state is not restored yet.
        if batch.in_flight:
            expected, first = self._expected.get(message.tp), batch.records[0].offset
            if expected is not None and first > expected:
                await self._report_gap(message.tp, expected)
            self._expected[message.tp] = batch.in_flight.commit
            self.offsets.deliver(message.tp, batch.in_flight)
        if self._has_room(message.tp):
            await self.callback(message)
        else:
            # A rebalance suspends the flow, and waits for nobody who waits for room.
            await self.wait_first(self.callback(message), self.suspend_flow.wait())

    async def _report_gap(self, tp: TP, expected: int) -> None:
        """Records before the beginning of the log are lost; any other gap is the markers and the
        aborted records of transactions, which are no records.
        """
        lost = (await self.earliest_offsets(tp))[tp] - expected
        if lost > 0:
            metrics.records_lost.labels(tp.topic).inc(lost)
            log.error("records lost", topic=tp.topic, partition=tp.partition, offset=expected,
                      records=lost, action="retention passed what was not read")  # fmt: skip

    def _has_room(self, tp: TP) -> bool:
        """True where a message goes straight into the queue of its agent."""
        conductor: Any = self.app.topics
        channels = conductor._tp_index[tp]
        return self.app.flow_control.is_active() and not any(c.queue.full() for c in channels)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        async with self._seeking:
            # Partitions may be revoked, and assigned anew, while they are fetched.
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
        """Mark a batch done. Called on the event loop of the worker, as all of Faust's acks."""
        message.acked = True
        self._unacked_messages.discard(message)
        self.offsets.ack(message.tp, message.value.in_flight)
        self._n_acked += 1
        notify(self._waiting_for_ack)
        return True

    def abandon(self, message: Any) -> None:
        """Leave a batch to the partition's new owner. Without this Faust would wait for its ack
        before it gives the partition up, for ever.
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
        """Also backwards: a topic that was made anew begins at 0, and its group may have been told
        an offset of the one before.
        """
        return offset != self._committed_offset[tp]

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Of a topic that is gone nothing is committed: Kafka's client would try until it is there
        again, hold up every other, and then commit the old topic's offset on the new one.
        """
        there = {tp: at for tp, at in offsets.items() if self._client.exists(tp)}
        if gone := offsets.keys() - there.keys():
            log.error("topics are gone", topics=sorted({tp.topic for tp in gone}),
                      action="create them with `idv topics apply`")  # fmt: skip
            self.offsets.forget(gone)
        if not there:
            return False
        try:
            async with asyncio.timeout(COMMIT_S):
                did_commit = await super()._commit(there)
        except TimeoutError:
            self._client.look_again()
            return False
        if did_commit:
            self.committed_at = time.time()
        return did_commit

    async def verify_all_partitions_active(self) -> None:
        """Health looks at batches and commits. Stock looks into the client here, and ends the
        worker where a rebalance is under way.
        """

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        # The last commit happens inside super(): forget only afterwards.
        await super().on_partitions_revoked(revoked)
        self._epochs.update(revoked)
        self.offsets.forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self._assigned += 1
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        """Recovery's seek of all but changelogs, to the committed offsets, when it is done."""
        sought_for = self._assigned
        async with self._seeking:
            self._epochs.update(tp for tp in self.assignment() if not self._is_changelog_tp(tp))
            self.offsets.forget_all()
            await super().perform_seek()
            self._sought = sought_for

    def resume_flow(self) -> None:
        """Recovery resumes the flow for changelogs first, and again after its last seek. It clears
        all queues before each: what they held by then would be lost, and commits stand still.
        """
        super().resume_flow()
        self._recovered = self._sought
        self._resumed.set()

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Recovery's seek of changelogs. What was fetched before it would pass for read already."""
        async with self._seeking:
            self._epochs.update(partitions.keys())
            await super().seek_wait(partitions)

    async def _corrected(self, committed: Mapping[TP, int]) -> Mapping[TP, int]:
        """An offset beyond the end is that of a topic that was deleted, and made anew since. It is
        put right at once: the end would reach it one day, and what lies before would be lost.
        """
        wanted = [tp for tp, at in committed.items() if at and not self._is_changelog_tp(tp)]
        ends = await self.highwaters(*wanted) if wanted else {}
        anew = {tp: 0 for tp in wanted if committed[tp] > (ends.get(tp) or 0)}
        if not anew:
            return committed
        log.error("topics were made anew", topics=sorted({tp.topic for tp in anew}),
                  action="they are read from the beginning")  # fmt: skip
        async with asyncio.timeout(COMMIT_S):
            await super()._commit(anew)
        return {**committed, **anew}

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Also where nothing is committed yet, which stock leaves where the last fetch ended."""
        committed: Mapping[TP, int] = await super().seek_to_committed()
        committed = await self._corrected(committed)
        self._expected = {
            tp: at for tp, at in committed.items() if at and not self._is_changelog_tp(tp)
        }
        fresh = [tp for tp, at in committed.items() if not at and not self._is_changelog_tp(tp)]
        if fresh:
            await self._thread.seek_to_beginning(*fresh)
        return committed
