"""Runs the gateway: checks the settings, then receives hooks until a signal."""

from __future__ import annotations

import asyncio
import gc
import logging
import ssl

import structlog
import uvloop
from aiohttp import web

from streams.config.clock import wall_clock
from streams.config.gateway import Gateway
from streams.config.serving import Health, listen, stop_signal
from streams.config.settings import Settings, SettingsError, StartError
from streams.contracts.topics import load, raw_topic
from streams.gateway import metrics
from streams.gateway.health import measure
from streams.gateway.publisher import Connection, Lane
from streams.gateway.requests import Endpoints, endpoints
from streams.gateway.server import MIB, Receiver, Server
from streams.gateway.spool import Spool, SpoolError
from streams.vendors import VENDORS

log = structlog.get_logger()

SPOOL_FILE = "spool.sqlite"
# Overhead of key, headers and batch of a record.
AROUND_BYTES = 4096
STOP_TIMEOUT_S = 15.0
# A request creates few reference cycles.
GC_ALLOCATIONS = 50_000


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises StartError if it cannot start."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_run(settings))


def checked_endpoints(settings: Settings) -> Endpoints:
    """The served URLs. Raises StartError if the settings are unsafe."""
    dev = settings.profile == "dev"
    try:
        found = endpoints(settings.gateway, dev=dev)
    except SettingsError as error:
        raise StartError(str(error)) from error
    if dev:
        return found
    if not found:
        raise StartError("no hooks are configured; docs/gateway.md has the settings of each vendor")
    if unchecked := sorted("/".join(name) for name, e in found.items() if not e.secrets):
        raise StartError(
            f"the {settings.profile} profile refuses hooks without authentication: set secrets or "
            f"secrets_file of {', '.join(unchecked)}"
        )
    if settings.gateway.exposed:
        raise StartError(
            f"the {settings.profile} profile refuses to receive unencrypted hooks on "
            f"{settings.gateway.host}: set tls_certificate_file and tls_key_file, or name the "
            "proxies in front in trusted_proxies"
        )
    return found


async def _run(settings: Settings) -> None:
    # The client repeats errors ten times a second; a lane logs each once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    gateway = settings.gateway
    found = checked_endpoints(settings)
    tls = _tls(gateway)
    try:
        clients = settings.kafka()
        spool = Spool(settings.data_dir / SPOOL_FILE, gateway.spool_mib * MIB)
    except (SettingsError, SpoolError) as error:
        raise StartError(str(error)) from error
    metrics.prepare()
    lanes = {
        vendor: Lane(
            raw_topic(vendor), Connection(clients), spool, gateway.ack_timeout_s, wall_clock
        )
        for vendor in VENDORS
        if any(endpoint.vendor == vendor for endpoint in found.values())
        or spool.records[raw_topic(vendor)]
    }
    metrics.spool_limit.set(gateway.spool_mib * MIB)
    health = Health(metrics.registry, lambda: measure(lanes, spool, wall_clock()))
    receiver = Receiver(gateway, found, lanes, largest_body(), wall_clock)
    runners = []
    try:
        for server, host, port, context in (
            (web.Server(health.handle, access_log=None), settings.metrics_host,
             settings.metrics_port, None),
            (Server(receiver, gateway), gateway.host, gateway.port, tls),
        ):  # fmt: skip
            runner = web.ServerRunner(server, shutdown_timeout=STOP_TIMEOUT_S)
            runners.append(runner)
            await listen(runner, host, port, context)
        # Code and tables live as long as the process: exclude them from collections.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_ALLOCATIONS)
        log.info("receiving hooks", addresses=[str(runner.addresses) for runner in runners],
                 applications=["/".join(name) for name in sorted(found)])  # fmt: skip
        await stop_signal().wait()
        log.info("stopping")
    finally:
        # Stop accepting, answer the requests in progress, then close the lanes.
        for runner in reversed(runners):
            await runner.cleanup()
        await asyncio.gather(*(lane.close() for lane in lanes.values()))
        await spool.close()


def largest_body() -> int:
    """Largest value that every raw topic accepts, in bytes."""
    limits = {topic.name: topic.max_message_bytes for topic in load().topics}
    return min(limits[raw_topic(vendor)] for vendor in VENDORS) - AROUND_BYTES


def _tls(gateway: Gateway) -> ssl.SSLContext | None:
    if gateway.tls_certificate_file is None or gateway.tls_key_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(gateway.tls_certificate_file, gateway.tls_key_file, password="")
    except (OSError, ssl.SSLError) as error:
        raise StartError(
            f"TLS cannot be set up from {gateway.tls_certificate_file} and {gateway.tls_key_file}: "
            f"{type(error).__name__}; both must be PEM, and the key must match the certificate"
        ) from error
    return context
