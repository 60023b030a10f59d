"""Runs `idv fetch`: settings and topics are checked first, then events are followed until a signal
comes.
"""

from __future__ import annotations

import asyncio
import logging

import structlog
import uvloop
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.config.clock import wall_clock
from streams.config.serving import Health, State, listen, stop_signal
from streams.config.settings import Settings, SettingsError, StartError
from streams.contracts.topics import FETCHES as TASKS
from streams.contracts.topics import VERIFICATIONS
from streams.fetch import metrics
from streams.fetch.calls import Caller
from streams.fetch.service import Service
from streams.kafka.registry import writers

log = structlog.get_logger()

GROUP_SUFFIX = "-fetch"
# It holds no state, so another may take over soon.
SESSION_TIMEOUT_MS = 10_000
LARGEST_REQUEST_BYTES = 8 * 1024 * 1024
# A poll takes 0.2 s, and what it gives is written and committed.
STUCK_MS = 120_000


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises StartError where a start makes no sense."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    if not settings.fetch.accounts:
        raise StartError(
            "no accounts are configured; docs/fetch.md has the settings of each vendor"
        )
    try:
        clients = settings.kafka()
        caller = Caller(settings.fetch)
        registry = settings.registry()
    except SettingsError as error:
        raise StartError(str(error)) from error
    metrics.prepare()
    consumer = AIOKafkaConsumer(
        **clients,
        group_id=settings.app_id + GROUP_SUFFIX,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=SESSION_TIMEOUT_MS,
    )
    producer = AIOKafkaProducer(
        **clients, acks="all", enable_idempotence=True, max_request_size=LARGEST_REQUEST_BYTES
    )
    service = Service(
        consumer, producer, caller, settings.fetch, writers(registry) if registry else None,
        wall_clock,
    )  # fmt: skip
    health = Health(metrics.registry, lambda: measure(service, wall_clock()))
    runner = web.ServerRunner(web.Server(health.handle, access_log=None))
    try:
        await _start(consumer, producer, service)
        await listen(runner, settings.metrics_host, settings.metrics_port)
        log.info("fetching results", addresses=[str(a) for a in runner.addresses],
                 vendors=sorted(settings.fetch.accounts))  # fmt: skip
        stop = stop_signal()
        async with caller:
            await service.run(stop)
        log.info("stopping")
    except ExceptionGroup as group:
        cause = group.exceptions[0]
        log.critical("fetching ends", reason=type(cause).__name__, exc_info=cause)
        raise StartError(
            f"ended by {type(cause).__name__}; the supervisor should start it again: pending "
            "results are kept"
        ) from group
    finally:
        await runner.cleanup()
        await consumer.stop()
        await producer.stop()


async def _start(consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, service: Service) -> None:
    try:
        await producer.start()
        missing = [t for t in (VERIFICATIONS, TASKS) if not await producer.partitions_for(t)]
        await consumer.start()
    except (KafkaError, OSError) as error:
        raise StartError(f"Kafka cannot be used: {type(error).__name__}") from error
    if missing:
        raise StartError(f"there is no topic {missing[0]}; create it with `idv topics apply`")
    consumer.subscribe([VERIFICATIONS, TASKS], listener=service)


def measure(service: Service, now: int) -> State:
    """What is pending, as metrics and as a state; `now` is epoch ms."""
    oldest: dict[str, int] = {}
    counts: dict[str, int] = {}
    for task in service.book.pending():
        counts[task.vendor] = counts.get(task.vendor, 0) + 1
        oldest[task.vendor] = min(oldest.get(task.vendor, now), task.since)
    for vendor in service.vendors:
        metrics.pending.labels(vendor).set(counts.get(vendor, 0))
        metrics.oldest.labels(vendor).set((now - oldest.get(vendor, now)) / 1000)
    metrics.ready.set(service.ready)
    return State(service.ready, now - service.polled_at < STUCK_MS, {"pending": counts})
