"""Reads raw topics, for commands that run records through the pipeline."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer
from msgspec import Struct

from streams.cli.commands.filters import Moment
from streams.cli.commands.inputs import known_vendor
from streams.cli.commands.kafka import client_of, connected
from streams.cli.commands.scan import scan
from streams.config.settings import Settings
from streams.contracts.model import Environment
from streams.contracts.topics import raw_topic
from streams.pipeline.inspect.diff import Record
from streams.worker.codec import raw_record

LAST = 10_000

Topics = Annotated[
    list[str] | None,
    typer.Option(
        "--topic",
        metavar="VENDOR",
        help="A vendor's raw topic instead of lines; repeatable.",
    ),
]
Last = Annotated[
    int | None,
    typer.Option(
        min=1,
        help=f"About this many of the latest records per topic; {LAST} without --since.",
        show_default=False,
    ),
]
Since = Annotated[
    int | None,
    typer.Option(parser=Moment(), metavar="TIME", help="Of topics: from 2h, 7d ago, or ISO 8601."),
]
Until = Annotated[
    int | None, typer.Option(parser=Moment(), metavar="TIME", help="Of topics: up to this time.")
]


class Span(Struct, frozen=True):
    """A range of each topic: the `last` records, from `since` to before `until` (record timestamps,
    epoch ms).
    """

    last: int | None = None
    since: int | None = None
    until: int | None = None

    def contains(self, timestamp: int) -> bool:
        return (self.since is None or timestamp >= self.since) and (
            self.until is None or timestamp < self.until
        )


def read(vendors: list[str], span: Span, settings: Settings) -> list[Record]:
    """The raw records of all topics, ordered by timestamp; nothing is committed or written."""
    for vendor in vendors:
        known_vendor(vendor)
    return asyncio.run(_read(list(dict.fromkeys(vendors)), span, settings))


async def _read(vendors: list[str], span: Span, settings: Settings) -> list[Record]:
    last = span.last or (LAST if span.since is None else None)
    records: list[Record] = []
    async with connected(AIOKafkaConsumer, **client_of(settings)) as consumer:
        for vendor in vendors:
            default = settings.environments.get(vendor, Environment.LIVE)
            records += [
                (vendor, raw_record(consumed), default)
                async for consumed in scan(consumer, raw_topic(vendor), span.since, last=last)
                if span.contains(consumed.timestamp)
            ]
    return sorted(records, key=lambda r: (r[1].timestamp, r[1].topic, r[1].partition, r[1].offset))
