"""`idv tail`: follows the decision topics, decoded."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaConsumer

from streams.cli.commands.inputs import Bootstrap, Json
from streams.cli.commands.kafka import client_settings, connected
from streams.cli.commands.show import as_line, decoded
from streams.cli.commands.terminal import fail, flush, json_line, out
from streams.contracts.topics import ALERTS, REJECTED, VERIFICATIONS

POLL_MS = 200


class Stream(StrEnum):
    VERIFICATIONS = "verifications"
    ALERTS = "alerts"
    REJECTED = "rejected"


_TOPICS = {
    Stream.VERIFICATIONS: VERIFICATIONS, Stream.ALERTS: ALERTS, Stream.REJECTED: REJECTED,
}  # fmt: skip


def tail(
    stream: Annotated[Stream, typer.Argument(help="Which topic to follow.")],
    as_json: Json = False,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Start with the oldest record.")
    ] = False,
    exit_idle: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="Exit after this time without a record."),
    ] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Follow verifications, alerts or rejected records until Ctrl-C."""
    asyncio.run(_follow(_TOPICS[stream], as_json, from_beginning, exit_idle, bootstrap))


async def _follow(
    topic: str, as_json: bool, from_beginning: bool, exit_idle: float | None, bootstrap: str | None
) -> None:
    async with connected(
        AIOKafkaConsumer,
        **client_settings(bootstrap),
        auto_offset_reset="earliest" if from_beginning else "latest",
        fetch_max_wait_ms=POLL_MS,
    ) as consumer:
        if topic not in await consumer.topics():
            fail(f"there is no topic {topic}", hint="create the topics with `idv topics apply`")
        # Subscribe after the check: a consumer does not start while its topic is missing.
        consumer.subscribe([topic])
        seen_at = time.monotonic()
        while exit_idle is None or time.monotonic() - seen_at < exit_idle:
            fetched = await consumer.getmany(timeout_ms=POLL_MS)
            for record in (r for records in fetched.values() for r in records):
                _print(record, as_json)
                seen_at = time.monotonic()
            flush()


def _print(record: Any, as_json: bool) -> None:
    value = decoded(record)
    if as_json:
        json_line(value)
    else:
        out.print(as_line(record.topic, value))
