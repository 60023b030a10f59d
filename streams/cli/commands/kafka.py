"""Connects commands to Kafka, with messages for failures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError, UnknownTopicOrPartitionError

from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import fail
from streams.config.settings import Settings
from streams.kafka.security import SettingsError

CONNECT_TIMEOUT_S = 15


def client_settings(bootstrap: str | None = None) -> dict[str, Any]:
    """Keyword arguments of aiokafka clients, from loaded settings."""
    return client_of(load_or_fail(bootstrap_servers=bootstrap))


def client_of(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of aiokafka clients, from given settings."""
    try:
        return settings.kafka() | {"request_timeout_ms": 30_000}
    except SettingsError as error:
        fail(str(error))


@asynccontextmanager
async def connected(kind: type[Any], *topics: str, **settings: Any) -> AsyncIterator[Any]:
    """A started client of `kind`, stopped at the end; exits with a message on Kafka's errors."""
    client = kind(*topics, **settings)
    stop = client.close if kind is AIOKafkaAdminClient else client.stop
    try:
        with _muted_log():
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await client.start()
    except (KafkaConnectionError, TimeoutError, OSError):
        await stop()
        fail(
            f"no Kafka answers at {settings['bootstrap_servers']}",
            hint="start one with `idv broker`, or set IDV_BOOTSTRAP_SERVERS or --bootstrap"
            if settings["security_protocol"] == "PLAINTEXT"
            else "or it refused the certificate or the credentials that the settings name",
        )
    try:
        yield client
    except UnknownTopicOrPartitionError:
        fail("a topic is missing", hint="create the topics with `idv topics apply`")
    except KafkaError as error:
        fail(f"Kafka refused: {type(error).__name__}")
    finally:
        await stop()


@contextmanager
def _muted_log() -> Iterator[None]:
    """Mute the client's log, which repeats each failed connection."""
    log = logging.getLogger("aiokafka")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)
