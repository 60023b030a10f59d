"""Runs the demo: starts broker and services, and sends one webhook after the other, each after the
outputs of the previous one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from streams.cli.demo.processes import ConsoleProcess, ServiceProcess
from streams.cli.demo.story import Step
from streams.cli.demo.vendors import SECRET, USER, StandIn, signature, webhook
from streams.config.clock import wall_clock
from streams.contracts.topics import ALERTS, REJECTED, VERIFICATIONS, Plan
from streams.contracts.topics import load as load_topics
from streams.kafka.admin import apply_topics
from streams.kafka.broker import Broker
from streams.kafka.broker.jars import Progress
from streams.kafka.broker.server import free_port
from streams.vendors import VENDORS

OUTPUTS = (VERIFICATIONS, ALERTS, REJECTED)
PARTITIONS = 2
STEP_S = 30
# Outputs of a step on other partitions may arrive shortly after its own event.
SETTLE_S = 0.5


class DemoError(Exception):
    """A step had no output; the message names it."""


class Stack:
    """A broker with its topics, a worker, a gateway and a fetcher, as child processes."""

    def __init__(self, folder: Path) -> None:
        self.broker = Broker(folder / "kafka", port=0)
        self.hooks_port, self.vendor_port = free_port(), free_port()
        secrets = {
            f"IDV_GATEWAY__HOOKS__{vendor.upper()}__DEFAULT__SECRETS": SECRET for vendor in VENDORS
        }
        account = "IDV_FETCH__ACCOUNTS__IDWISE__DEMO__"
        bootstrap = self.broker.bootstrap
        self.worker = ServiceProcess("worker", bootstrap, folder / "worker")
        self.gateway = ServiceProcess(
            "gateway", bootstrap, folder / "gateway",
            {"IDV_GATEWAY__PORT": str(self.hooks_port), **secrets},
        )  # fmt: skip
        self.fetch = ServiceProcess(
            "fetch", bootstrap, folder / "fetch",
            {
                f"{account}HOST": f"http://127.0.0.1:{self.vendor_port}",
                f"{account}USER": USER,
                f"{account}KEY": SECRET,
            },
        )  # fmt: skip
        self.console = ConsoleProcess(bootstrap, folder / "console")

    @property
    def services(self) -> tuple[ServiceProcess, ...]:
        return self.worker, self.gateway, self.fetch

    def start(self, progress: Progress | None, status: Callable[[str], None]) -> None:
        """Raises BrokerError or ServiceError."""
        status("starting a real Apache Kafka …")
        self.broker.start(progress)
        plan = load_topics(PARTITIONS)
        status(f"creating {len(plan.topics)} topics …")
        asyncio.run(create_topics(self.broker.bootstrap, plan))
        status("starting the worker, the gateway for webhooks, and the fetcher of results …")
        for service in self.services:
            service.start()
        for service in self.services:
            service.wait_until_ready()

    def open_console(self) -> str:
        """The page's address. Raises ServiceError."""
        self.console.start()
        self.console.wait_until_ready()
        return self.console.url

    def stop(self) -> None:
        self.console.stop()
        for service in reversed(self.services):
            service.stop()
        self.broker.stop()


async def create_topics(bootstrap: str, plan: Plan) -> None:
    """Create the plan's topics on a broker of the dev profile."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await apply_topics(admin, plan, "dev")
    finally:
        await admin.close()


async def play(
    stack: Stack, steps: list[Step], begin: Callable[[Step], None], show: Callable[[Any], None]
) -> None:
    """Send one webhook per step; `show` is called with each output record of a step."""
    async with (
        StandIn(steps, stack.vendor_port),
        aiohttp.ClientSession(f"http://127.0.0.1:{stack.hooks_port}") as http,
        _consumer(stack.broker.bootstrap) as consumer,
    ):
        for step in steps:
            begin(step)
            await _send(http, step)
            for record in await _caused(consumer, step):
                show(record)


async def _send(http: aiohttp.ClientSession, step: Step) -> None:
    now_s = wall_clock() // 1000
    body = webhook(step, now_s)
    proof = signature(step.vendor, body, SECRET, now_s)
    subject = {"subject": step.subject} if step.subject else {}
    async with http.post(f"/hooks/{step.vendor}", data=body, headers=proof, params=subject) as sent:
        if sent.status != 200:
            raise DemoError(f"the gateway answered {sent.status} to: {step.title}")


async def _caused(consumer: AIOKafkaConsumer, step: Step) -> list[Any]:
    """Outputs of a step, until no more arrive; a redelivery has none.

    A step with a fetched result has two events.
    """
    caused: list[Any] = []
    expected = 1 if step.result is None else 2
    patience = STEP_S if not step.redelivery else 2.0
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        fetched = await consumer.getmany(timeout_ms=100)
        if records := [r for batch in fetched.values() for r in batch]:
            caused += records
            if sum(record.topic in (VERIFICATIONS, REJECTED) for record in caused) >= expected:
                deadline = time.monotonic() + SETTLE_S
    if not caused and not step.redelivery:
        raise DemoError(f"no output within {STEP_S} s of: {step.title}")
    return sorted(caused, key=lambda record: OUTPUTS.index(record.topic))


@asynccontextmanager
async def _consumer(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        *OUTPUTS, bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
