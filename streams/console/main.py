"""Runs the console: settings are checked first, then the index is filled and pages are served."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
import uvicorn
import uvloop
from aiohttp import web

from streams.config.clock import wall_clock
from streams.config.console import SHORTEST_KEY, Console
from streams.config.serving import Health, listen, stop_signal
from streams.config.settings import Settings, SettingsError, StartError
from streams.console import metrics
from streams.console.access.guard import Guard
from streams.console.access.oidc import Provider, client_secret
from streams.console.access.users import Users, UsersError
from streams.console.app import application
from streams.console.feed import Feed, FeedError
from streams.console.index.queries import Queries
from streams.console.index.store import Store, StoreError
from streams.console.pages.desk import Desk
from streams.console.pages.login import Login
from streams.console.probes import measure, prepare
from streams.console.records import Records
from streams.console.rendering import Templates
from streams.kafka.registry import RegistryError, prefixes, writers

log = structlog.get_logger()

INDEX_FILE = "console.sqlite"
STOP_TIMEOUT_S = 5
MOST_CONNECTIONS = 512


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises StartError where a start makes no sense."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_run(settings))


def check_access(settings: Settings) -> None:
    """Raises StartError where somebody could come in who should not."""
    console = settings.console
    if not console.loopback and not console.logs_in:
        raise StartError(
            f"other machines could reach the page on {console.host} and see people's decisions: "
            "set console.users_file (`idv console add-user` writes it) or console.oidc, or serve "
            "it on 127.0.0.1"
        )
    if settings.profile == "production" and not console.loopback and not console.encrypted:
        raise StartError(
            f"the {settings.profile} profile refuses to take passwords in clear on {console.host}: "
            "set console.tls_certificate_file and tls_key_file, or name the proxies in front in "
            "console.trusted_proxies"
        )


async def _run(settings: Settings) -> None:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    console = settings.console
    check_access(settings)
    try:
        clients = settings.kafka()
        registry = settings.registry()
        may_register = settings.profile == "dev"
        written = prefixes(registry, settings.data_dir, may_register=may_register)
        read = writers(registry) if registry else None
        users = Users(console.users_file) if console.users_file else None
        provider = _provider(console)
        key = _session_key(console.session_key_file)
        store = Store(settings.data_dir / INDEX_FILE)
    except (SettingsError, RegistryError, UsersError, StoreError, OSError) as error:
        raise StartError(str(error)) from error
    feed = Feed(store, clients, read, group=settings.app_id, days=console.days, clock=wall_clock)
    guard = Guard(users, logs_in=console.logs_in, hours=console.session_hours, clock=wall_clock)
    templates = Templates(
        guard, {"logs_in": console.logs_in, "refresh_ms": round(console.refresh_s * 1000)}
    )
    desk = Desk(
        console, guard, templates, store, Queries(store.file, read), feed,
        Records(clients, written, wall_clock), wall_clock,
    )  # fmt: skip
    login = Login(guard, templates, users, provider, console.public_url)
    config = _config(console, application(desk, login, key, hosts(console)))
    prepare()
    health = Health(metrics.registry, lambda: measure(feed, store))
    probes = web.ServerRunner(web.Server(health.handle, access_log=None))
    try:
        await listen(probes, settings.metrics_host, settings.metrics_port)
        with _listening(console.host, console.port) as socket_:
            host, port = socket_.getsockname()[:2]
            scheme = "https" if console.tls_certificate_file else "http"
            log.info("serving the page", address=f"{scheme}://{host}:{port}")
            await _serve(_Server(config), socket_, feed)
    finally:
        await probes.cleanup()
        store.close()


async def _serve(server: _Server, socket_: socket.socket, feed: Feed) -> None:
    """Until a signal comes. Raises StartError where the feed cannot go on."""
    stopping = asyncio.create_task(stop_signal().wait())
    serving = asyncio.create_task(server.serve([socket_]))
    feeding = asyncio.create_task(feed.run())
    await asyncio.wait({stopping, serving, feeding}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving
    feeding.cancel()
    try:
        await feeding
    except asyncio.CancelledError:
        log.info("stopped")
    except FeedError as error:
        raise StartError(str(error)) from error


class _Server(uvicorn.Server):
    """Leaves signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(console: Console, app: Any) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        ssl_certfile=console.tls_certificate_file,
        ssl_keyfile=console.tls_key_file,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        proxy_headers=bool(console.trusted_proxies),
        forwarded_allow_ips=[str(network) for network in console.trusted_proxies],
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
        limit_concurrency=MOST_CONNECTIONS,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise StartError(
            f"TLS cannot be set up from {console.tls_certificate_file} and {console.tls_key_file}: "
            f"{type(error).__name__}; both must be PEM, and the key fit the certificate"
        ) from error
    return config


def hosts(console: Console) -> list[str]:
    """Without log-in only this machine's names: a page elsewhere that a name of its own leads to
    us must not read ours.
    """
    if console.public_url:
        return [str(urlsplit(console.public_url).hostname), "127.0.0.1", "localhost"]
    return ["127.0.0.1", "localhost", "[::1]"] if not console.logs_in else ["*"]


def _provider(console: Console) -> Provider | None:
    if console.oidc is None:
        return None
    return Provider(console.oidc, client_secret(console.oidc.client_secret_file))


def _session_key(file: Path | None) -> str:
    if file is None:
        return secrets.token_urlsafe(32)
    key = file.read_text(encoding="utf-8").strip()
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"session_key_file names {file}: shorter than {SHORTEST_KEY}")
    return key


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}") from error
