"""The broker of a benchmark, its topics and their records."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from streams.contracts.topics import load
from streams.kafka.broker import Broker

PARTITIONS = 4
RAW = "idv.raw."
OUT = (
    "idv.stage.links", "idv.stage.sessions", "idv.verifications", "idv.alerts", "idv.rejected",
)  # fmt: skip
PAGE = ("idv.cases", "idv.dispositions", "idv.audit")
TRANSPORT_IN, TRANSPORT_OUT = "bench.in", "bench.out"
RAW_TOPICS = tuple(t.name for t in load().topics if t.name.startswith(RAW))
KEPT = "__"
LARGEST = "8388608"
WAIT_S = 30


class Load(NamedTuple):
    """A record to publish."""

    topic: str
    key: bytes
    value: bytes


class Stack:
    """`with Stack(folder) as stack:` — a broker with the topics that a run needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Broker(folder / "kafka", port=0, lasting=True)

    def __enter__(self) -> Stack:
        self.broker.start()
        self.admin = AdminClient({"bootstrap.servers": self.broker.bootstrap, "log_level": 0})
        return self

    def __exit__(self, *_: object) -> None:
        self.broker.stop()

    def fresh(self, group: str) -> None:
        """All topics empty, and changelogs for the next worker's group."""
        listed = self.admin.list_topics(timeout=WAIT_S).topics
        if gone := [topic for topic in listed if not topic.startswith(KEPT)]:
            for future in self.admin.delete_topics(gone, operation_timeout=WAIT_S).values():
                future.result()
        changelogs = [f"{group}-{name}-changelog" for name in ("links", "sessions", "count")]
        wanted = [*RAW_TOPICS, *OUT, *PAGE, TRANSPORT_IN, TRANSPORT_OUT, *changelogs]
        deadline = time.monotonic() + WAIT_S
        while set(wanted) & set(self.admin.list_topics(timeout=WAIT_S).topics):
            if time.monotonic() > deadline:
                raise TimeoutError("topics are not deleted")
            time.sleep(0.1)
        self._create(wanted)

    def _create(self, topics: Iterable[str]) -> None:
        plan = {topic.name: topic for topic in load(PARTITIONS).topics}
        new = []
        for topic in topics:
            config = plan[topic].config(1) if topic in plan else {"max.message.bytes": LARGEST}
            if topic.endswith("-changelog"):
                config["cleanup.policy"] = "compact"
            new.append(NewTopic(topic, PARTITIONS, 1, config=config))
        for future in self.admin.create_topics(new, operation_timeout=WAIT_S).values():
            future.result()

    def publish(self, records: Iterable[Load]) -> int:
        """Publish and wait until all is acknowledged. How many there were."""
        producer = self.producer({"linger.ms": 20, "batch.size": 1_000_000, "acks": 1})
        count = 0
        for topic, key, value in records:
            while True:
                try:
                    producer.produce(topic, key=key, value=value)
                    break
                except BufferError:
                    producer.poll(0.1)
            count += 1
            if not count % 1000:
                producer.poll(0)
        if left := producer.flush(60):
            raise TimeoutError(f"{left} records are not published")
        return count

    def producer(self, settings: dict[str, object] | None = None) -> Producer:
        return Producer(
            {"bootstrap.servers": self.broker.bootstrap, "partitioner": "murmur2_random",
             "message.max.bytes": LARGEST, "queue.buffering.max.messages": 1_000_000,
             "queue.buffering.max.kbytes": 512 * 1024, "log_level": 0, **(settings or {})}
        )  # fmt: skip

    def ends(self, topics: Iterable[str]) -> dict[str, int]:
        """How many records were ever written to each topic."""
        wanted = {
            TopicPartition(topic, partition): OffsetSpec.latest()
            for topic in topics
            for partition in range(PARTITIONS)
        }
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                return self._sums(wanted)
            except KafkaException:  # a topic's leader is known a moment after the topic
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _sums(self, wanted: dict[TopicPartition, OffsetSpec]) -> dict[str, int]:
        found: dict[str, int] = {}
        for tp, future in self.admin.list_offsets(wanted).items():
            found[tp.topic] = found.get(tp.topic, 0) + future.result().offset
        return found
