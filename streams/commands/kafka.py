"""How commands reach Kafka, and what they say when they cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError, UnknownTopicOrPartitionError

from streams.commands.console import fail
from streams.worker.settings import SettingsError, load

CONNECT_TIMEOUT_S = 15


def client_settings(bootstrap: str | None = None) -> dict[str, Any]:
    """What every aiokafka client of the command line is built with."""
    return {"bootstrap_servers": bootstrap_servers(bootstrap), "request_timeout_ms": 30_000}


def bootstrap_servers(bootstrap: str | None = None) -> str:
    """The option where given, else the setting."""
    if bootstrap:
        return bootstrap
    try:
        return load().bootstrap_servers
    except SettingsError as error:
        fail(str(error), hint="`idv config check` shows all problems")


@asynccontextmanager
async def connected(client: Any) -> AsyncIterator[Any]:
    """A started client, stopped at the end; Kafka's usual refusals become clear messages."""
    stop = client.close if isinstance(client, AIOKafkaAdminClient) else client.stop
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await client.start()
    except (KafkaConnectionError, TimeoutError, OSError):
        await stop()
        fail(
            "no Kafka answers at the bootstrap servers",
            hint="start one with `idv broker`, or set IDV_BOOTSTRAP_SERVERS or --bootstrap",
        )
    try:
        yield client
    except UnknownTopicOrPartitionError:
        fail("a topic is missing", hint="create the topics with `idv topics apply`")
    except KafkaError as error:
        fail(f"Kafka refused: {type(error).__name__}")
    finally:
        await stop()
