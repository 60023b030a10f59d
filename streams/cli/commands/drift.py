"""`idv drift`: unknown fields and words in vendors' payloads, from files or raw topics."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer
from rich.table import Table

from streams.cli.commands.inputs import Bootstrap, Files, Json, Lines, known_vendor, payloads
from streams.cli.commands.kafka import client_settings, connected
from streams.cli.commands.scan import scan
from streams.cli.commands.terminal import json_line, out, show_table, visible
from streams.contracts.model import Rejection
from streams.contracts.topics import raw_topic
from streams.pipeline.normalize.parse import parse
from streams.vendors import FIELDS, VENDORS
from streams.vendors.base.draft import Draft
from streams.vendors.base.fields import Tally

OfVendor = Annotated[
    str | None,
    typer.Argument(metavar="VENDOR", help="Default: every vendor's topic.", show_default=False),
]
Records = Annotated[int, typer.Option(min=1, help="About this many of the newest records.")]


def drift(
    vendor: OfVendor = None,
    files: Files = None,
    lines: Lines = False,
    records: Records = 1000,
    as_json: Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Count fields and words that no table has, in VENDOR's files or in raw topics."""
    vendors = [known_vendor(vendor)] if vendor else list(VENDORS)
    if files:
        tally = Tally()
        for payload in payloads(files, lines=lines):
            _add(tally, vendors[0], payload.value)
        tallies = {vendors[0]: tally}
    else:
        tallies = asyncio.run(_of_topics(vendors, records, bootstrap))
    for name, tally in tallies.items():
        _show_json(name, tally) if as_json else _show(name, tally)


async def _of_topics(vendors: list[str], records: int, bootstrap: str | None) -> dict[str, Tally]:
    tallies = {vendor: Tally() for vendor in vendors}
    settings = client_settings(bootstrap)
    async with connected(AIOKafkaConsumer, **settings, enable_auto_commit=False) as consumer:
        for vendor, tally in tallies.items():
            async for record in scan(consumer, raw_topic(vendor), last=records):
                if record.value:
                    _add(tally, vendor, record.value)
    return tallies


def _add(tally: Tally, vendor: str, value: bytes) -> None:
    payload = parse(value)
    if isinstance(payload, Rejection) or not isinstance(VENDORS[vendor](payload), Draft):
        tally.add(None)
    else:
        tally.add(FIELDS[vendor].unknown_fields(payload))


def _show_json(vendor: str, tally: Tally) -> None:
    for unknown, count in tally.rows():
        json_line(
            {
                "vendor": vendor,
                "kind": unknown.kind,
                "place": unknown.path,
                "what": unknown.value,
                "count": count,
                "share": round(count / tally.events, 4),
            }
        )
    json_line({"vendor": vendor, "payloads": tally.payloads, "events": tally.events})


def _show(vendor: str, tally: Tally) -> None:
    rows = tally.rows()
    out.print(
        f"[bold]{vendor}[/]: {tally.events} events of {tally.payloads} payloads, "
        f"{len(rows)} unknown fields and words"
    )
    if not rows:
        return
    table = Table("count", "share", "kind", "path", "value", box=None)
    for unknown, count in rows:
        share = f"{count / tally.events:.1%}"
        path, value = visible(unknown.path), visible(unknown.value)
        table.add_row(str(count), share, unknown.kind, path, value)
    show_table(table)
