"""Runs the story: broker, topics and worker up, each step published when the one before it has
come out, everything down again at the end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from streams.cli.demo.processes import ConsoleProcess, WorkerProcess
from streams.cli.demo.story import Step
from streams.contracts.headers import SUBJECT
from streams.contracts.topics import ALERTS, REJECTED, VERIFICATIONS, Plan, raw_topic
from streams.contracts.topics import load as load_topics
from streams.kafka.admin import apply_topics
from streams.kafka.broker import Broker
from streams.kafka.broker.jars import Progress

OUTPUTS = (VERIFICATIONS, ALERTS, REJECTED)
PARTITIONS = 2
STEP_S = 30
# What a step causes on other partitions may come a moment after its own event.
SETTLE_S = 0.5


class DemoError(Exception):
    """The story did not go on as it should; the message says where."""


class Stack:
    """A broker with its topics, a worker and the analysts' page, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.broker = Broker(folder / "kafka", port=0)
        self.worker = WorkerProcess(self.broker.bootstrap, folder / "worker")
        self.console = ConsoleProcess(self.broker.bootstrap, folder / "console")

    def start(self, progress: Progress | None, say: Callable[[str], None]) -> None:
        """Raises BrokerError or WorkerError."""
        say("starting a real Apache Kafka …")
        self.broker.start(progress)
        plan = load_topics(PARTITIONS)
        say(f"creating {len(plan.topics)} topics …")
        asyncio.run(create_topics(self.broker.bootstrap, plan))
        say("starting the worker …")
        self.worker.start()
        self.worker.wait_until_ready()

    def open_console(self) -> str:
        """Its address. Raises WorkerError."""
        self.console.start()
        self.console.wait_until_ready()
        return self.console.url

    def stop(self) -> None:
        self.console.stop()
        self.worker.stop()
        self.broker.stop()


async def create_topics(bootstrap: str, plan: Plan) -> None:
    """Create the plan's topics on a broker of the dev profile."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await apply_topics(admin, plan, "dev")
    finally:
        await admin.close()


async def tell(
    bootstrap: str, steps: list[Step], begin: Callable[[Step], None], show: Callable[[Any], None]
) -> None:
    """Publish step by step; `show` gets each record of the decision topics that a step causes."""
    async with _clients(bootstrap) as (producer, consumer):
        for step in steps:
            begin(step)
            headers = [(SUBJECT, step.subject.encode())] if step.subject else []
            await producer.send_and_wait(
                raw_topic(step.vendor), step.value, key=step.key.encode(), headers=headers
            )
            for record in await _caused(consumer, step):
                show(record)


async def _caused(consumer: AIOKafkaConsumer, step: Step) -> list[Any]:
    """Records until nothing more comes; none where the step is a redelivery."""
    caused: list[Any] = []
    patience = STEP_S if not step.redelivery else 2.0
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        fetched = await consumer.getmany(timeout_ms=100)
        if records := [r for batch in fetched.values() for r in batch]:
            caused += records
            deadline = time.monotonic() + SETTLE_S
    if not caused and not step.redelivery:
        raise DemoError(f"nothing came out within {STEP_S} s of: {step.say}")
    return sorted(caused, key=lambda record: OUTPUTS.index(record.topic))


@asynccontextmanager
async def _clients(bootstrap: str) -> AsyncIterator[tuple[AIOKafkaProducer, AIOKafkaConsumer]]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    consumer = AIOKafkaConsumer(
        *OUTPUTS, bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=50
    )
    await producer.start()
    await consumer.start()
    try:
        yield producer, consumer
    finally:
        await consumer.stop()
        await producer.stop()
