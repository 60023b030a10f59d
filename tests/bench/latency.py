"""Latency at a steady rate: from a raw record's timestamp until its verification is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from statistics import quantiles

from confluent_kafka import Consumer, TopicPartition

from streams.contracts.avro import decode
from tests.bench.engines import Engine
from tests.bench.stack import PARTITIONS, Load, Stack

TOPIC = "idv.verifications"
# What is sent before this much time is not counted: the worker warms up.
WARM_UP_S = 3.0
SETTLE_S = 3.0


def measure(
    stack: Stack, engine: Engine, records: Sequence[Load], rate: float
) -> dict[str, float | int]:
    """p50 and p99 in ms, and the rate that was kept."""
    engine.check()
    received: list[tuple[int, bytes]] = []
    reader = _Reader(stack.broker.bootstrap, received)
    reader.start()
    time.sleep(SETTLE_S)
    begun = time.time_ns()
    kept = _publish(stack, records, rate)
    time.sleep(SETTLE_S)
    reader.stop()
    engine.check()
    counted_from = begun // 1_000_000 + WARM_UP_S * 1000
    waits = []
    for at, value in received:
        sent = round(decode(value)[1]["ingested_at"].timestamp() * 1000)
        if sent >= counted_from:
            waits.append(at - sent)
    cuts = quantiles(waits, n=100)
    return {
        "p50": round(cuts[49], 1), "p99": round(cuts[98], 1),
        "rate": round(kept), "records": len(waits),
    }  # fmt: skip


def _publish(stack: Stack, records: Sequence[Load], rate: float) -> float:
    """Publish at an even pace; the pace that was kept, in records per second."""
    producer = stack.producer({"linger.ms": 0})
    begun = time.monotonic()
    for number, (topic, key, value) in enumerate(records):
        if (early := begun + number / rate - time.monotonic()) > 0:
            time.sleep(early)
        producer.produce(topic, key=key, value=value)
        producer.poll(0)
    producer.flush(30)
    return len(records) / (time.monotonic() - begun)


class _Reader(threading.Thread):
    """Reads verifications from now on, with the time of each."""

    def __init__(self, bootstrap: str, received: list[tuple[int, bytes]]) -> None:
        super().__init__(daemon=True)
        self._received = received
        self._stopping = threading.Event()
        self._consumer = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": "bench-latency",
             "enable.auto.commit": False, "fetch.wait.max.ms": 500, "fetch.min.bytes": 1}
        )  # fmt: skip
        ends = [TopicPartition(TOPIC, partition) for partition in range(PARTITIONS)]
        for end in ends:
            end.offset = self._consumer.get_watermark_offsets(end)[1]
        self._consumer.assign(ends)

    def run(self) -> None:
        while not self._stopping.is_set():
            for message in self._consumer.consume(100, 0.01):
                self._received.append((time.time_ns() // 1_000_000, message.value()))
        self._consumer.close()

    def stop(self) -> None:
        self._stopping.set()
        self.join()
