"""`idv publish`: raw vendor payloads to Kafka, byte for byte as they are."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import AIOKafkaProducer
from rich.progress import Progress

from streams.commands.console import err, fail
from streams.commands.kafka import client_settings, connected
from streams.vendors import VENDORS

STDIN = Path("-")


def publish(
    vendor: Annotated[str, typer.Argument(help=f"One of {', '.join(VENDORS)}.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of one payload each; - reads stdin.")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Each line is a payload.")] = False,
    key: Annotated[
        str | None, typer.Option(help="Record key; records of one key keep their order.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Your own customer id (header idv-subject).")
    ] = None,
    environment: Annotated[
        str | None, typer.Option(help="LIVE or SANDBOX (header idv-environment).")
    ] = None,
    bootstrap: Annotated[
        str | None, typer.Option(help="Kafka brokers; default IDV_BOOTSTRAP_SERVERS.")
    ] = None,
) -> None:
    """Send each file (or each line) as one raw record to idv.raw.VENDOR, as it is."""
    if vendor not in VENDORS:
        fail(f"no vendor is called {vendor!r}", hint=f"vendors are: {', '.join(VENDORS)}")
    headers = [
        (name, value.encode())
        for name, value in (("idv-subject", subject), ("idv-environment", environment))
        if value is not None
    ]
    payloads = list(_payloads(files or [STDIN], lines=lines))
    sent = asyncio.run(
        _send(f"idv.raw.{vendor}", payloads, key.encode() if key else None, headers, bootstrap)
    )
    err.print(f"{sent} sent to idv.raw.{vendor}")


def _payloads(files: list[Path], *, lines: bool) -> Iterator[bytes]:
    for file in files:
        try:
            content = sys.stdin.buffer.read() if file == STDIN else file.read_bytes()
        except OSError as error:
            fail(f"cannot read {file}: {error.strerror}")
        if lines:
            yield from (line for line in content.splitlines() if line.strip())
        else:
            yield content


async def _send(
    topic: str,
    payloads: list[bytes],
    key: bytes | None,
    headers: list[tuple[str, bytes]],
    bootstrap: str | None,
) -> int:
    producer = AIOKafkaProducer(
        **client_settings(bootstrap), acks="all", enable_idempotence=True,
        max_request_size=8 * 1024 * 1024, linger_ms=5,
    )  # fmt: skip
    async with connected(producer):
        with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
            task = progress.add_task(f"publishing to {topic}", total=len(payloads))
            pending = []
            for payload in payloads:
                pending.append(await producer.send(topic, payload, key=key, headers=headers))
                if len(pending) >= 1000:
                    await asyncio.gather(*pending)
                    progress.advance(task, len(pending))
                    pending.clear()
            await asyncio.gather(*pending)
            progress.advance(task, len(pending))
    return len(payloads)
