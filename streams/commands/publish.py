"""`idv publish`: raw vendor payloads to Kafka, byte for byte as they are."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from aiokafka import AIOKafkaProducer
from rich.progress import Progress

from streams.commands.console import clear_errors, err
from streams.commands.inputs import Bootstrap, Files, Lines, Vendor, known_vendor, payloads
from streams.commands.kafka import client_settings, connected


def publish(
    vendor: Vendor,
    files: Files = None,
    lines: Lines = False,
    key: Annotated[
        str | None, typer.Option(help="Record key; records of one key keep their order.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Your own customer id (header idv-subject).")
    ] = None,
    environment: Annotated[
        str | None, typer.Option(help="LIVE or SANDBOX (header idv-environment).")
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Send each file (or each line) as one raw record to idv.raw.VENDOR, as it is."""
    topic = f"idv.raw.{known_vendor(vendor)}"
    headers = [
        (name, value.encode())
        for name, value in (("idv-subject", subject), ("idv-environment", environment))
        if value is not None
    ]
    records = list(payloads(files, lines=lines))
    with clear_errors():
        asyncio.run(_send(topic, records, key.encode() if key else None, headers, bootstrap))
    err.print(f"{len(records)} sent to {topic}")


async def _send(
    topic: str,
    records: list[bytes],
    key: bytes | None,
    headers: list[tuple[str, bytes]],
    bootstrap: str | None,
) -> None:
    producer = AIOKafkaProducer(
        **client_settings(bootstrap), acks="all", enable_idempotence=True,
        max_request_size=8 * 1024 * 1024, linger_ms=5,
    )  # fmt: skip
    async with connected(producer):
        with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
            task = progress.add_task(f"publishing to {topic}", total=len(records))
            pending = []
            for record in records:
                pending.append(await producer.send(topic, record, key=key, headers=headers))
                if len(pending) >= 1000:
                    await asyncio.gather(*pending)
                    progress.advance(task, len(pending))
                    pending.clear()
            await asyncio.gather(*pending)
            progress.advance(task, len(pending))
