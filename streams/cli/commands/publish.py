"""`idv publish`: sends raw vendor payloads to Kafka, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaProducer
from rich.progress import Progress

from streams.cli.commands.inputs import (
    Bootstrap,
    Files,
    Lines,
    Payload,
    Vendor,
    known_vendor,
    payloads,
)
from streams.cli.commands.kafka import client_settings, connected
from streams.cli.commands.terminal import err, fail
from streams.contracts.headers import ENVIRONMENT, SUBJECT
from streams.contracts.model import Environment
from streams.contracts.topics import load as load_topics
from streams.contracts.topics import raw_topic

LARGEST_REQUEST_BYTES = 8 * 1024 * 1024
# Overhead of key, headers and batch of a record.
AROUND_BYTES = 4096
BATCH = 1000


def publish(
    vendor: Vendor,
    files: Files = None,
    lines: Lines = False,
    key: Annotated[
        str | None, typer.Option(help="Record key; records with the same key keep their order.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Your own customer id (header idv-subject).")
    ] = None,
    environment: Annotated[
        Environment | None,
        typer.Option(help="Header idv-environment.", case_sensitive=False),
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Send each file (or line) unchanged as one raw record to idv.raw.VENDOR."""
    topic = raw_topic(known_vendor(vendor))
    headers = [
        (name, value.encode())
        for name, value in ((SUBJECT, subject), (ENVIRONMENT, environment))
        if value is not None
    ]
    settings = client_settings(bootstrap)
    records = list(_checked(topic, payloads(files, lines=lines)))
    asyncio.run(_send(topic, records, key.encode() if key else None, headers, settings))
    err.print(f"{len(records)} sent to {topic}")


def _checked(topic: str, given: Iterable[Payload]) -> Iterator[bytes]:
    """The values; exits before anything is sent if one is too large for Kafka."""
    limits = {t.name: t.max_message_bytes for t in load_topics().topics}
    largest = limits[topic] - AROUND_BYTES
    for payload in given:
        if len(payload.value) > largest:
            fail(f"{payload.where} has {len(payload.value)} bytes; {topic} takes {largest}")
        yield payload.value


async def _send(
    topic: str,
    records: list[bytes],
    key: bytes | None,
    headers: list[tuple[str, bytes]],
    settings: dict[str, Any],
) -> None:
    async with connected(
        AIOKafkaProducer, **settings, acks="all", enable_idempotence=True,
        max_request_size=LARGEST_REQUEST_BYTES, linger_ms=5,
    ) as producer:  # fmt: skip
        if topic not in (await producer.client.fetch_all_metadata()).topics():
            fail(f"there is no topic {topic}", hint="create the topics with `idv topics apply`")
        with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
            task = progress.add_task(f"publishing to {topic}", total=len(records))
            pending = []
            for record in records:
                pending.append(await producer.send(topic, record, key=key, headers=headers))
                if len(pending) >= BATCH:
                    await asyncio.gather(*pending)
                    progress.advance(task, len(pending))
                    pending.clear()
            await asyncio.gather(*pending)
            progress.advance(task, len(pending))
