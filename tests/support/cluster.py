"""A real Kafka with our topics for one test module, and readers and workers around it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from streams.cli.demo.processes import ServiceProcess
from streams.cli.demo.run import create_topics
from streams.contracts.topics import load
from streams.kafka.broker import Broker
from streams.kafka.producer import Outgoing
from tests.support.traffic import Delivery

GROUP = "idv"
CONSUMED = ("idv.raw.", "idv.stage.")
DRAIN_S = 120


class Cluster:
    """`with Cluster(folder) as cluster:` — a broker with the topics of avro/topics.yaml."""

    def __init__(
        self,
        folder: Path,
        partitions: int = 2,
        *,
        lasting: bool = False,
        settings: Mapping[str, str] = {},
    ) -> None:
        self.folder = folder
        self.partitions = partitions
        self.broker = Broker(folder / "kafka", port=0, lasting=lasting, extra=settings)
        self.workers: list[ServiceProcess] = []

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap

    def __enter__(self) -> Cluster:
        self.broker.start()
        asyncio.run(create_topics(self.bootstrap, load(self.partitions)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self.workers:
            worker.kill()
        self.broker.stop()

    def worker(
        self, name: str = "worker", environment: Mapping[str, str] | None = None
    ) -> ServiceProcess:
        """A worker that is not started yet; it is killed with the cluster at the latest."""
        worker = ServiceProcess("worker", self.bootstrap, self.folder / name, environment)
        self.workers.append(worker)
        return worker

    def publish(self, deliveries: Iterable[Delivery]) -> int:
        return asyncio.run(_publish(self.bootstrap, list(deliveries)))

    def produce(self, records: Iterable[Outgoing]) -> None:
        """Send any records, in their order, each acknowledged; keys decide the partition."""
        asyncio.run(_produce(self.bootstrap, list(records)))

    def read(self, *topics: str) -> list[Any]:
        """All records of topics, from the first to the last at the time of the call."""
        found: list[Any] = []
        self.each(found.append, *topics)
        return sorted(found, key=lambda r: (r.topic, r.partition, r.offset))

    def each(self, take: Callable[[Any], object], *topics: str) -> None:
        """Hand every record of topics to `take`, each partition in its order, keeping none."""
        asyncio.run(_each(self.bootstrap, topics, take))

    def lag(self, group: str = GROUP) -> dict[str, int]:
        """Records that a group has not committed, by topic."""
        return asyncio.run(_lag(self.bootstrap, group))

    def wait_until_drained(
        self, meanwhile: Callable[[], object] | None = None, group: str = GROUP
    ) -> None:
        """Wait until the workers' group has committed all records of its topics.

        Fails only without progress for `DRAIN_S`. `meanwhile` is called between checks.
        """
        left, deadline = -1, 0.0
        while lag := self.lag(group):
            if sum(lag.values()) != left:
                left, deadline = sum(lag.values()), time.monotonic() + DRAIN_S
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing moved for {DRAIN_S} s; records left: {lag}")
            if meanwhile:
                meanwhile()
            time.sleep(0.2)


async def _publish(bootstrap: str, deliveries: list[Delivery]) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, linger_ms=5, max_request_size=8 * 1024 * 1024
    )
    await producer.start()
    try:
        pending = [
            await producer.send(f"idv.raw.{d.vendor}", d.value, key=d.key) for d in deliveries
        ]
        await asyncio.gather(*pending)
    finally:
        await producer.stop()
    return len(deliveries)


async def _produce(bootstrap: str, records: list[Outgoing]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=8 * 1024 * 1024)
    await producer.start()
    try:
        for r in records:
            await producer.send_and_wait(
                r.topic, r.value, key=r.key, headers=list(r.headers), partition=r.partition
            )
    finally:
        await producer.stop()


async def _each(bootstrap: str, topics: tuple[str, ...], take: Callable[[Any], object]) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=50)
    await consumer.start()
    try:
        tps = await _partitions(bootstrap, topics)
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        ends = await consumer.end_offsets(tps)
        starts = await consumer.beginning_offsets(tps)
        left = {tp for tp in tps if ends[tp] > starts[tp]}
        while left:
            fetched = await consumer.getmany(timeout_ms=500)
            for records in fetched.values():
                for record in records:
                    take(record)
            # Positions, not records: compaction and markers leave gaps at the end.
            left = {tp for tp in left if await consumer.position(tp) < ends[tp]}
    finally:
        await consumer.stop()


async def _lag(bootstrap: str, group: str) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        topics = [t for t in await admin.list_topics() if t.startswith(CONSUMED)]
        tps = await _partitions(bootstrap, tuple(topics))
        try:
            committed = await admin.list_consumer_group_offsets(group)
        except GroupCoordinatorNotAvailableError:
            committed = {}  # A new or restarted broker: nobody knows of any group yet.
        ends = await consumer.end_offsets(tps)
    finally:
        await consumer.stop()
        await admin.close()
    lag: dict[str, int] = {}
    for tp, end in ends.items():
        done = committed[tp].offset if tp in committed else 0
        if end > max(done, 0):
            lag[tp.topic] = lag.get(tp.topic, 0) + end - max(done, 0)
    return lag


async def _partitions(bootstrap: str, topics: tuple[str, ...]) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return [TopicPartition(d["topic"], p["partition"]) for d in described for p in d["partitions"]]
