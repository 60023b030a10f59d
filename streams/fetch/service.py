"""Follows idv.verifications, keeps its tasks on idv.fetches, and publishes what vendors answer.

Both topics are read as one member of a group, so Kafka spreads them over the instances. Tasks are
read from the start of idv.fetches whenever a partition comes, and worked on once its end is
reached. Order of writing: the task before the offset of its event; the result before the task's
end. So a crash repeats requests and loses none. Whatever Kafka refuses ends the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError

from streams.config.fetch import Fetch
from streams.contracts import headers
from streams.contracts.avro import Writers, iso_millis
from streams.contracts.topics import FETCHES as TASKS
from streams.contracts.topics import VERIFICATIONS, raw_topic
from streams.fetch import metrics
from streams.fetch.calls import Caller
from streams.fetch.follow import task_of
from streams.fetch.tasks import HOUR_MS, Book, Task, after, decode
from streams.kafka.partitioner import partition_of
from streams.kafka.producer import Outgoing, deliver
from streams.vendors import FETCHES
from streams.vendors.base.fetch import Ended, Result, Wanted

log = structlog.get_logger()

POLL_MS = 200


class Service(ConsumerRebalanceListener):  # type: ignore[misc]
    """One instance. `clock` gives epoch ms."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        caller: Caller,
        settings: Fetch,
        writers: Writers | None,
        clock: Callable[[], int],
    ) -> None:
        self._consumer = consumer
        self._producer = producer
        self._caller = caller
        self._settings = settings
        self._writers = writers
        self._clock = clock
        self._reading: dict[int, int] = {}
        """Partition of tasks → the offset up to which it is still read."""
        self._slots = dict.fromkeys(settings.accounts, settings.max_requests)
        self.book = Book()
        self.polled_at = clock()

    @property
    def vendors(self) -> Collection[str]:
        """Those whose results can be fetched."""
        return self._slots.keys()

    @property
    def ready(self) -> bool:
        """All tasks of the partitions that it has are known."""
        return not self._reading and bool(self._consumer.assignment())

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. Raises what Kafka's clients raise, in a group."""
        async with asyncio.TaskGroup() as group:
            jobs: set[asyncio.Task[None]] = set()
            while not stop.is_set():
                fetched = await self._consumer.getmany(timeout_ms=POLL_MS)
                self.polled_at = self._clock()
                await self._take(fetched)
                for vendor in self._slots:
                    while self._slots[vendor] and (due := self._begin(vendor)):
                        self._slots[vendor] -= 1
                        job = group.create_task(self._work(vendor, *due))
                        jobs.add(job)
                        job.add_done_callback(jobs.discard)
            # What is asked for now is asked for again by whoever has the partition next.
            for job in jobs:
                job.cancel()

    # -- tasks -----------------------------------------------------------------------------

    async def _take(self, fetched: dict[TopicPartition, list[Any]]) -> None:
        new: list[Task] = []
        for tp, records in fetched.items():
            if tp.topic == TASKS:
                self._read_tasks(tp.partition, records)
            else:
                new += filter(None, map(self._wanted, records))
        oldest = self._clock() - self._settings.give_up_h * HOUR_MS
        await self._write(task for task in new if task.since > oldest)
        for partition, end in list(self._reading.items()):
            if await self._consumer.position(TopicPartition(TASKS, partition)) >= end:
                del self._reading[partition]
        done = {tp: records[-1].offset + 1 for tp, records in fetched.items()
                if tp.topic == VERIFICATIONS and tp in self._consumer.assignment()}  # fmt: skip
        if done:
            try:
                await self._consumer.commit(done)
            except CommitFailedError:  # The group has given them to another: it reads them again.
                return

    def _wanted(self, record: Any) -> Task | None:
        try:
            return task_of(record.value, self._slots, self._writers)
        except ValueError as error:
            metrics.unreadable.inc()
            log.error("not an event", topic=VERIFICATIONS, partition=record.partition,
                      offset=record.offset, reason=type(error).__name__)  # fmt: skip
            return None

    def _read_tasks(self, partition: int, records: list[Any]) -> None:
        for record in records:
            try:
                self.book.put(partition, decode(record.value or b""))
            except msgspec.MsgspecError:
                metrics.unreadable.inc()
                log.error("not a task", topic=TASKS, partition=partition, offset=record.offset)

    async def _write(self, tasks: Any) -> None:
        """Store tasks, all of a session in one partition. Returns once Kafka has them."""
        partitions = len(await self._producer.partitions_for(TASKS))
        records = [
            Outgoing(TASKS, task.event_id.encode(), task.encode(),
                     partition=partition_of("\x1f".join(task.session).encode(), partitions))
            for task in tasks
        ]  # fmt: skip
        if records:
            await deliver(self._producer, records)

    # -- work ------------------------------------------------------------------------------

    def _begin(self, vendor: str) -> tuple[int, list[Task]] | None:
        return None if self._reading else self.book.begin(vendor, self._clock())

    async def _work(self, vendor: str, partition: int, tasks: list[Task]) -> None:
        newest = tasks[-1]
        try:
            outcome = await self._caller.fetch(
                vendor, Wanted(newest.session_id, newest.kind), newest.environment, newest.tenant_id
            )
        finally:
            self._slots[vendor] += 1
        now = self._clock()
        if isinstance(outcome, Result):
            await deliver(self._producer, [record_of(newest, outcome, newest.event_id, now)])
        limits = FETCHES[vendor].LIMITS
        tried = [after(task, outcome, now, self._settings.give_up_h, limits) for task in tasks]
        await self._write(tried)
        self.book.finish(partition, tried)
        metrics.tries.labels(vendor, outcome_name(outcome)).inc()
        for task in tried:
            if task.ended:
                metrics.ended.labels(vendor, task.ended).inc()
            if task.ended == "gave_up" or isinstance(outcome, Ended):
                log.error("no result", vendor=vendor, event_id=task.event_id, reason=task.ended)

    # -- partitions ------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        for tp in revoked:
            if tp.topic == TASKS:
                self.book.close(tp.partition)
                self._reading.pop(tp.partition, None)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        tasks = [tp for tp in assigned if tp.topic == TASKS]
        if not tasks:
            return
        begins = await self._consumer.beginning_offsets(tasks)
        ends = await self._consumer.end_offsets(tasks)
        for tp in tasks:
            self.book.open(tp.partition)
            self._consumer.seek(tp, begins[tp])
            if begins[tp] < ends[tp]:
                self._reading[tp.partition] = ends[tp]


def record_of(task: Task, result: Result, fetched_for: str, now: int) -> Outgoing:
    """The raw record of a result: keyed and marked as the webhook's was, its bytes as they came."""
    given = (
        (headers.RECEIVED_AT, iso_millis(now)),
        (headers.ENVIRONMENT, task.environment),
        (headers.SUBJECT, task.subject_id or ""),
        (headers.FETCHED_FOR, fetched_for),
    )
    return Outgoing(
        raw_topic(task.vendor),
        task.session_id.encode(),
        result.body,
        [(name, value.encode()) for name, value in given if value],
    )


def outcome_name(outcome: object) -> str:
    """Its reason; `fetched` of a result."""
    return getattr(outcome, "reason", "fetched")
