"""Runs a worker: checks, then Faust on uvloop until a signal."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import structlog
import uvloop

from streams.config.settings import Settings, StartError
from streams.kafka.registry import RegistryError, prefixes
from streams.rules import RULES
from streams.vendors import VENDORS
from streams.worker.app import build
from streams.worker.fatal import leave
from streams.worker.ops import health as health_server
from streams.worker.ops import metrics
from streams.worker.ops.health import Health
from streams.worker.preflight import check_topics

log = structlog.get_logger()

STOP_TIMEOUT_S = 30.0
# Objects of a record are freed at the end of its microbatch and have few cycles. A collection
# during a microbatch would find most of them in use, so it should be rare.
GC_ALLOCATIONS = 500_000


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises StartError if it cannot start."""
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
    app, runtime, monitor = build(settings, health, prefixes)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("starting", app=settings.app_id, profile=settings.profile,
             metrics=f"http://{settings.metrics_host}:{server.server_port}/metrics")  # fmt: skip
    app.finalize()
    app.in_worker = True
    # Gazetteer and tables live as long as the process: exclude them from collections.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS)
    pulse = asyncio.create_task(monitor.pulse())
    crashed = asyncio.create_task(_run_until_crash(app))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({crashed, stopped, pulse}, return_when=asyncio.FIRST_COMPLETED)
    by_itself = crashed.done()
    log.info("stopping", by_itself=by_itself)
    if by_itself:
        crashed.result()
    elif not health.has_worked:
        leave("no partitions are active yet")
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await runtime.finish()
            await app.stop()
    finally:
        server.shutdown()
    if by_itself:
        raise StartError("Faust crashed; the supervisor should start this worker again")


def _prefixes(settings: Settings) -> Mapping[str, bytes]:
    """Leading bytes of encoded values: with ids of the schema registry, if one is set."""
    # In production a schema is registered on purpose, by who deploys.
    may_register = settings.profile == "dev"
    try:
        return prefixes(settings.registry(), settings.data_dir, may_register=may_register)
    except RegistryError as error:
        raise StartError(str(error)) from error


async def _run_until_crash(app: Any) -> None:
    """`start` returns after the first recovery; a stop does not wait for it."""
    await app.start()
    await app.wait_until_stopped()
