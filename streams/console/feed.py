"""Fills the index: reads the topics from their beginning, and then follows them.

It is in no consumer group: every console reads everything, and commits nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError

from streams.console import metrics
from streams.console.index.rows import TOPICS, Row, UnreadableError, expired, rows
from streams.console.index.store import Store
from streams.contracts.avro import Writers
from streams.contracts.topics import STAGE_TOPICS, raw_topic
from streams.kafka.admin import partition_counts
from streams.vendors import VENDORS

log = structlog.get_logger()

BATCH = 2000
POLL_MS = 200
# How often the ends of the topics are looked up.
LOOK_S, LOOK_TIMEOUT_S = 2.0, 5.0
PRUNE_S = 3600.0
CLOSE_S = 2.0
MILLIS_A_DAY = 86_400_000


class FeedError(Exception):
    """The index cannot be filled; the message has the reason and what to do."""


class Feed:
    """Follows `TOPICS` into the store. `group` is the workers'; events older than `days` are left
    out.
    """

    def __init__(
        self,
        store: Store,
        clients: dict[str, Any],
        writers: Writers | None,
        *,
        group: str,
        days: float,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._clients = clients
        self._writers = writers
        self._group = group
        self._days_ms = round(days * MILLIS_A_DAY)
        self._clock = clock
        self._ends: dict[TopicPartition, int] = {}
        self._begins: dict[TopicPartition, int] = {}
        self._positions: dict[TopicPartition, int] = {}
        self.caught_up = False
        """It has been at the end of all topics once."""
        self.up = False
        """Kafka answered lately."""
        self.workers_lag: dict[str, int] = {}
        """Topic → records that the workers have still to take."""

    @property
    def lag(self) -> int:
        """Records that the index lacks, as far as is known."""
        return sum(max(0, end - self._positions.get(tp, 0)) for tp, end in self._ends.items())

    @property
    def progress(self) -> float:
        """Share of the topics read, 0 to 1."""
        total = sum(end - self._begins.get(tp, 0) for tp, end in self._ends.items())
        return 1.0 if self.caught_up else 0.0 if not self._ends else 1 - self.lag / max(1, total)

    async def run(self) -> None:
        """Until cancelled. Raises FeedError where topics are missing, or the disk takes no more."""
        admin = AIOKafkaAdminClient(**self._clients)
        consumer = AIOKafkaConsumer(
            **self._clients, group_id=None, enable_auto_commit=False, fetch_max_wait_ms=POLL_MS
        )
        try:
            await admin.start()
            await consumer.start()
            while True:
                await self._begin(admin, consumer)
                try:
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._follow(consumer))
                        tasks.create_task(self._watch(admin, consumer))
                except ExceptionGroup as group:
                    first = group.exceptions[0]
                    if not isinstance(first, _GrownError):
                        raise first from group
                    log.info("topics have more partitions; reading them anew")
        finally:
            # Over TLS a broker's goodbye may be half a minute away.
            closing = {asyncio.create_task(consumer.stop()), asyncio.create_task(admin.close())}
            await asyncio.wait(closing, timeout=CLOSE_S)

    async def _begin(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        present = set(await admin.list_topics())
        if missing := [topic for topic in TOPICS if topic not in present]:
            raise FeedError(
                f"there is no topic {', '.join(missing)}: create the topics with `idv topics apply`"
            )
        tps = await _partitions(admin, TOPICS)
        consumer.assign(tps)
        self._begins = await consumer.beginning_offsets(tps)
        self._ends = await consumer.end_offsets(tps)
        for tp in tps:
            consumer.seek(tp, self._begins[tp])
        self._positions = dict(self._begins)
        self.up = True

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        pruned = time.monotonic()
        while True:
            fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
            if fetched:
                await asyncio.to_thread(self._take, fetched)
                self.up = True
            for tp in self._ends:  # Beyond markers of transactions, which are no records.
                self._positions[tp] = await consumer.position(tp)
            if not self.caught_up and not self.lag:
                self.caught_up = True
                log.info("the index is complete", bytes=self._store.bytes)
            if time.monotonic() - pruned > PRUNE_S:
                pruned = time.monotonic()
                await asyncio.to_thread(self._store.prune, self._oldest_ms())

    def _take(self, fetched: dict[TopicPartition, list[Any]]) -> None:
        """One batch, in a thread."""
        found: list[Row] = []
        left_out: Counter[str] = Counter()
        oldest = self._oldest_ms()
        for tp, records in fetched.items():
            for record in records:
                try:
                    found += (r for r in rows(record, self._writers) if not expired(r, oldest))
                except UnreadableError:
                    left_out[tp.topic] += 1
            metrics.records.labels(tp.topic).inc(len(records))
        try:
            self._store.apply(found)
        except sqlite3.Error as error:
            raise FeedError(f"the index {self._store.file} cannot be written: {error}") from error
        for topic, count in left_out.items():
            metrics.unreadable.labels(topic).inc(count)
            log.warning("records cannot be read", topic=topic, records=count)

    def _oldest_ms(self) -> int:
        return self._clock() - self._days_ms

    async def _watch(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        """Learn how far topics go, and how far the workers are behind. Raises _GrownError."""
        while True:
            try:
                async with asyncio.timeout(LOOK_TIMEOUT_S):
                    if set(await _partitions(admin, TOPICS)) != set(self._ends):
                        raise _GrownError
                    self._ends = await consumer.end_offsets(list(self._ends))
                    self.workers_lag = await self._group_lag(admin, consumer)
                self.up = True
            except (KafkaError, TimeoutError) as error:
                self.up = False
                log.warning("Kafka does not answer", error=type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def _group_lag(
        self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer
    ) -> dict[str, int]:
        """Topic → records that the workers' group has not committed."""
        present = set(await admin.list_topics())
        consumed = [t for t in (*STAGE_TOPICS.values(), *map(raw_topic, VENDORS)) if t in present]
        ends = await consumer.end_offsets(await _partitions(admin, consumed))
        try:
            committed = await admin.list_consumer_group_offsets(self._group)
        except GroupCoordinatorNotAvailableError:
            committed = {}  # A new broker: nobody knows of any group yet.
        lag = dict.fromkeys(consumed, 0)
        for tp, end in ends.items():
            done = committed[tp].offset if tp in committed else 0
            lag[tp.topic] += max(0, end - max(done, 0))
        return lag


class _GrownError(Exception):
    """The topics have other partitions than were read."""


async def _partitions(admin: AIOKafkaAdminClient, topics: Collection[str]) -> list[TopicPartition]:
    counts = await partition_counts(admin, topics)
    return [TopicPartition(topic, n) for topic, count in counts.items() for n in range(count)]
