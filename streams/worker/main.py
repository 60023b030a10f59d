"""Runs a worker: checks first, then Faust on uvloop until a signal comes."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import structlog
import uvloop
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from streams.config.settings import Settings, SettingsError
from streams.contracts.avro import PREFIXES, registry_prefix
from streams.contracts.topics import (
    ALERTS,
    REJECTED,
    STAGE_TOPICS,
    VERIFICATIONS,
    changelog_topic,
    raw_topic,
)
from streams.kafka.admin import partition_counts, topic_settings
from streams.kafka.registry import RegistryError, ids
from streams.rules import RULES
from streams.vendors import VENDORS
from streams.worker.app import build
from streams.worker.fatal import leave
from streams.worker.ops import health as health_server
from streams.worker.ops import metrics
from streams.worker.ops.health import Health
from streams.worker.state.store import TRUSTED_S, Store

log = structlog.get_logger()

RAW_TOPICS = tuple(map(raw_topic, VENDORS))
_RETAINED = (*RAW_TOPICS, *STAGE_TOPICS.values())
_DAY_MS = 86_400_000
OUTPUT_TOPICS = (VERIFICATIONS, ALERTS, REJECTED)
STOP_TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 15.0
# What a record makes is gone by its round's end, and holds few cycles: look for them seldom, not
# while the rounds at work hold most of what was allocated.
GC_ALLOCATIONS = 500_000


class StartError(Exception):
    """The worker cannot start; the message says why and what to do."""


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises StartError where a start makes no sense."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    await check_topics(settings)
    prefixes = await asyncio.to_thread(_prefixes, settings)
    health = Health(barrier_limit_s=settings.barrier_timeout_s)
    try:
        server = health_server.serve(health, settings.metrics_host, settings.metrics_port)
    except OSError as error:
        raise StartError(
            f"cannot listen on {settings.metrics_host}:{settings.metrics_port} "
            f"({error.strerror}); set IDV_METRICS_PORT to another port, or to 0"
        ) from error
    metrics.prepare(VENDORS, RULES)
    metrics.build_info.labels(version("idv-streams")).set(1)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    app, runtime, watch = build(settings, health, prefixes)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wish in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wish, stop.set)
    log.info("starting", app=settings.app_id, profile=settings.profile,
             metrics=f"http://{settings.metrics_host}:{server.server_port}/metrics")  # fmt: skip
    app.finalize()
    app.in_worker = True
    # Places and tables live as long as the process: no collection need walk them again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS)
    pulse = asyncio.create_task(watch.pulse())
    crashed = asyncio.create_task(_run_until_crash(app))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({crashed, stopped, pulse}, return_when=asyncio.FIRST_COMPLETED)
    by_itself = crashed.done()
    log.info("stopping", by_itself=by_itself)
    if by_itself:
        crashed.result()
    elif not health.has_worked:
        leave("nothing is at work yet")
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await runtime.finish()
            await app.stop()
    finally:
        server.shutdown()
    if by_itself:
        raise StartError("Faust crashed; the supervisor should start this worker again")


def _prefixes(settings: Settings) -> Mapping[str, bytes]:
    """What opens encoded values: ids of the schema registry where one is set."""
    try:
        registry = settings.registry()
        if registry is None:
            return PREFIXES
        # In production a schema is registered on purpose, by who deploys.
        may_register = settings.profile == "dev"
        found = ids(registry, settings.data_dir, may_register=may_register)
    except RegistryError as error:
        raise StartError(str(error)) from error
    return {kind: registry_prefix(number) for kind, number in found.items()}


async def _run_until_crash(app: Any) -> None:
    """Its start ends with the first recovery, which a stop does not wait for."""
    await app.start()
    await app.wait_until_stopped()


async def check_topics(settings: Settings) -> None:
    """Faust ignores a missing topic silently, and unequal partitions break its tables."""
    try:
        admin = AIOKafkaAdminClient(**settings.kafka())
    except SettingsError as error:
        raise StartError(str(error)) from error
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await admin.start()
            described = await partition_counts(admin)
            changelogs = {
                changelog_topic(settings.app_id, name): topic
                for name, topic in STAGE_TOPICS.items()
            }
            looked = [t for t in (*_RETAINED, *changelogs) if t in described]
            settled = await topic_settings(admin, looked)
    except (KafkaConnectionError, TimeoutError, OSError) as error:
        raise StartError(
            f"no Kafka answers at {settings.bootstrap_servers}; "
            "start one with `idv broker`, or set IDV_BOOTSTRAP_SERVERS"
            + (
                ""
                if settings.security_protocol == "PLAINTEXT"
                else "; or it refused the certificate or the credentials that the settings name"
            )
        ) from error
    finally:
        await admin.close()
    wanted = [*RAW_TOPICS, *STAGE_TOPICS.values(), *changelogs, *OUTPUT_TOPICS]
    if missing := [topic for topic in wanted if topic not in described]:
        raise StartError(
            f"topics are missing, or hidden from this user: {', '.join(missing)}; "
            "run `idv topics apply`, and where Kafka has an authorizer `idv topics acls`"
        )
    _check_retention(settled)
    tombstones = [int(settled.get(t, {}).get("delete.retention.ms", _DAY_MS)) for t in changelogs]
    Store.trusted_s = min(TRUSTED_S, min(tombstones) / 2000)
    for changelog, source in changelogs.items():
        if described[changelog] != described[source]:
            raise StartError(
                f"{source} has {described[source]} partitions and {changelog} has "
                f"{described[changelog]}; they must be equal, since state moves with its topic"
            )


def _check_retention(settled: Mapping[str, Mapping[str, str]]) -> None:
    """A raw record is done once its event is on a stage topic: if that forgot sooner, a long outage
    would lose the events between the stages.
    """
    kept = {
        topic: int(found["retention.ms"]) % 2**63  # -1 is for ever
        for topic in _RETAINED
        if "retention.ms" in (found := settled.get(topic, {}))
    }
    if len(kept) < len(_RETAINED):
        log.warning("retention of topics is hidden from this user", right="DESCRIBE_CONFIGS")
    longest = max((t for t in RAW_TOPICS if t in kept), key=kept.__getitem__, default=None)
    for stage in STAGE_TOPICS.values():
        if longest and kept.get(stage, kept[longest]) < kept[longest]:
            raise StartError(
                f"{stage} keeps records for {kept[stage] / _DAY_MS:g} days and {longest} for "
                f"{kept[longest] / _DAY_MS:g}: after a longer outage events between the stages "
                f"would be lost; raise it: kafka-configs.sh --alter --topic {stage} "
                f"--add-config retention.ms={settled[longest]['retention.ms']}"
            )
