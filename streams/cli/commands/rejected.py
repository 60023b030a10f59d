"""`idv rejected`: lists and shows dead letters, and sends them back to their topics.

Only paths and types are shown. Payload, key and header values may contain personal data and are
hidden without `--payload`.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
import typer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from streams.cli.commands.filters import Filter, Moment
from streams.cli.commands.inputs import Bootstrap, Json
from streams.cli.commands.kafka import client_settings, connected
from streams.cli.commands.scan import partitions, scan
from streams.cli.commands.terminal import err, fail, flush, json_line, out, show_table, visible
from streams.contracts.topics import REJECTED, REPLAYS, STAGE_TOPICS, raw_topic
from streams.kafka.dead_letters import DeadLetter, read
from streams.vendors import VENDORS

LARGEST_REQUEST_BYTES = 8 * 1024 * 1024
RATE = 200.0

app = typer.Typer(
    help="Show dead letters and send them back.", no_args_is_help=True, add_completion=False
)

Code = Annotated[
    list[str] | None, typer.Option("--code", help="Only this rejection code; repeatable.")
]
OfVendor = Annotated[str | None, typer.Option("--vendor", help="Only this vendor.")]
Since = Annotated[
    int | None,
    typer.Option(parser=Moment(), metavar="TIME", help="Rejected since 2h, 7d (ago), or ISO 8601."),
]
Until = Annotated[
    int | None, typer.Option(parser=Moment(), metavar="TIME", help="Rejected before this time.")
]
At = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="PARTITION:OFFSET", help="Only this letter; repeatable."),
]
Limit = Annotated[int | None, typer.Option(min=1, help="At most this many.")]
Letter = Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", show_default=False)]
Payload = Annotated[
    bool,
    typer.Option("--payload", help="Show payload, key and header values: may be personal data."),
]


@app.command("list")
def list_(
    code: Code = None,
    vendor: OfVendor = None,
    since: Since = None,
    until: Until = None,
    at: At = None,
    limit: Limit = None,
    as_json: Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """List dead letters with reason, time and origin."""
    asyncio.run(_list(Filter.of(code, vendor, since, until, at, limit), bootstrap, as_json))


async def _list(wanted: Filter, bootstrap: str | None, as_json: bool) -> None:
    codes: Counter[str] = Counter()
    async with _reader(bootstrap) as consumer:
        sent = await _replayed(consumer)
        async for letter in _letters(consumer, wanted):
            codes[letter.code] += 1
            if as_json:
                json_line(letter.summary() | {"replayed": _marker(letter) in sent})
            else:
                out.print(_line(letter, replayed=_marker(letter) in sent))
    flush()
    if not as_json:
        counted = ", ".join(f"{count} {code}" for code, count in codes.most_common())
        err.print(f"[dim]{codes.total()} letters{': ' if counted else ''}{visible(counted)}[/]")


@app.command()
def show(
    letter: Letter, payload: Payload = False, as_json: Json = False, bootstrap: Bootstrap = None
) -> None:
    """Show one dead letter; payload, key and header values only with --payload."""
    wanted = Filter.of(at=[letter])
    shown = asyncio.run(_show(wanted, payload, bootstrap))
    if shown is None:
        fail(f"no dead letter at {letter}", hint="`idv rejected list` shows them")
    if as_json:
        json_line(shown)
        flush()
        return
    table = Table(box=None, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in shown.items():
        table.add_row(name, visible(value if isinstance(value, str) else _json(value)))
    show_table(table)


async def _show(wanted: Filter, payload: bool, bootstrap: str | None) -> dict[str, Any] | None:
    async with _reader(bootstrap) as consumer:
        sent = await _replayed(consumer)
        async for letter in _letters(consumer, wanted):
            facts = letter.summary() | {
                "replayed": _marker(letter) in sent,
                "sha256": hashlib.sha256(letter.value or b"").hexdigest(),
                "headers": [name for name, _ in letter.headers],
            }
            return facts | _contents(letter) if payload else facts
    return None


@app.command()
def replay(
    code: Code = None,
    vendor: OfVendor = None,
    since: Since = None,
    until: Until = None,
    at: At = None,
    limit: Limit = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send; without it letters are only counted.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Include letters that were replayed before.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0.1, help="Maximum records per second.")] = RATE,
    as_json: Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Send dead letters back to their topics, with the original bytes, key and headers, the time of
    first arrival, and headers that name the origin.

    Letters that were replayed before are skipped without --again.
    """
    wanted = Filter.of(code, vendor, since, until, at, limit)
    counts = asyncio.run(_replay(wanted, bootstrap, send=send, again=again, rate=rate))
    if as_json:
        for (status, topic, why), count in sorted(counts.items()):
            json_line({"status": status, "topic": topic, "code": why, "letters": count})
        flush()
        return
    table = Table(box=None, header_style="dim")
    for column in ("", "topic", "code"):
        table.add_column(column)
    table.add_column("letters", justify="right")
    for (status, topic, why), count in sorted(counts.items()):
        table.add_row(status, visible(topic), visible(why), str(count))
    show_table(table)
    if not send and any(status == WOULD_SEND for status, *_ in counts):
        err.print("[dim]nothing was sent; add --send to send them[/]")


SENT, WOULD_SEND = "sent", "would be sent"
BEFORE, NO_TOPIC = "replayed before", "came from no topic of ours"
CUT_SHORT = "only its beginning is kept"

Counts = Counter[tuple[str, str, str]]


async def _replay(
    wanted: Filter, bootstrap: str | None, *, send: bool, again: bool, rate: float
) -> Counts:
    counts: Counts = Counter()
    async with _reader(bootstrap) as consumer, _writer(bootstrap, send) as producer:
        sent = set() if again else await _replayed(consumer)
        started, number = time.monotonic(), 0
        async for letter in _letters(consumer, wanted, count=False):
            status = _status(letter, sent, send)
            if status in (SENT, WOULD_SEND):
                number += 1
            if status == SENT:
                await asyncio.sleep(started + (number - 1) / rate - time.monotonic())
                await _send_back(producer, letter)
            counts[status, letter.origin[0], letter.code] += 1
            if number == wanted.limit:
                break
    return counts


def _status(letter: DeadLetter, sent: set[bytes], send: bool) -> str:
    if letter.origin[0] not in _TARGETS:
        return NO_TOPIC
    if letter.cut:
        return CUT_SHORT
    if _marker(letter) in sent:
        return BEFORE
    return SENT if send else WOULD_SEND


# A letter's headers may name any topic; only topics that workers read are allowed.
_TARGETS = frozenset([*map(raw_topic, VENDORS), *STAGE_TOPICS.values()])


async def _send_back(producer: Any, letter: DeadLetter) -> None:
    """Send the record first, then its marker: a crash in between repeats the record (with the same
    event id) and never loses it.
    """
    topic, partition, _ = letter.origin
    record = await producer.send_and_wait(
        topic,
        letter.value,
        key=letter.key,
        headers=letter.replay_headers(),
        # Records with a key keep their order; others go to their old partition.
        partition=partition if letter.key is None else None,
    )
    to = f"{record.topic}/{record.partition}/{record.offset}"
    mark = msgspec.json.encode({"to": to, "replays": letter.replays + 1})
    await producer.send_and_wait(REPLAYS, mark, key=_marker(letter))


def _marker(letter: DeadLetter) -> bytes:
    return f"{letter.partition}/{letter.offset}".encode()


async def _replayed(consumer: AIOKafkaConsumer) -> set[bytes]:
    return {record.key async for record in scan(consumer, REPLAYS)}


async def _letters(
    consumer: AIOKafkaConsumer, wanted: Filter, *, count: bool = True
) -> AsyncIterator[DeadLetter]:
    """The matching letters, at most `limit` of them if `count`."""
    found = 0
    with _bar() as bar:
        task = bar.add_task("reading dead letters", total=None)
        async for record in _records(consumer, wanted, lambda done, total: bar.update(
            task, completed=done, total=total
        )):  # fmt: skip
            letter = read(record)
            if letter is None or not wanted.matches(letter):
                continue
            yield letter
            found += 1
            if count and found == wanted.limit:
                return


async def _records(consumer: AIOKafkaConsumer, wanted: Filter, progress: Any) -> AsyncIterator[Any]:
    if not wanted.at:
        async for record in scan(consumer, REJECTED, wanted.since, progress=progress):
            yield record
        return
    known = {tp.partition for tp in await partitions(consumer, REJECTED)}
    for partition, offset in sorted(wanted.at):
        tp = TopicPartition(REJECTED, partition)
        if partition not in known:
            continue
        consumer.assign([tp])
        first, end = await consumer.beginning_offsets([tp]), await consumer.end_offsets([tp])
        if first[tp] <= offset < end[tp]:
            consumer.seek(tp, offset)
            record = await consumer.getone(tp)
            if record.offset == offset:
                yield record


def _bar() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
    )
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


@asynccontextmanager
async def _reader(bootstrap: str | None) -> AsyncIterator[AIOKafkaConsumer]:
    settings = client_settings(bootstrap)
    async with connected(AIOKafkaConsumer, **settings, fetch_max_wait_ms=200) as consumer:
        yield consumer


@asynccontextmanager
async def _writer(bootstrap: str | None, send: bool) -> AsyncIterator[AIOKafkaProducer | None]:
    if not send:
        yield None
        return
    async with connected(
        AIOKafkaProducer, **client_settings(bootstrap), acks="all", enable_idempotence=True,
        max_request_size=LARGEST_REQUEST_BYTES,
    ) as producer:  # fmt: skip
        yield producer


def _line(letter: DeadLetter, *, replayed: bool) -> str:
    facts = letter.summary()
    origin = "{topic}[{partition}]@{offset}".format(**facts)
    again = "  [green]replayed[/]" if replayed else ""
    return (
        f"{letter.where:<10} [dim]{facts['rejected_at'][:19].replace('T', ' ')}[/]  "
        f"[red]{visible(letter.code):<16}[/] {visible(letter.message)}  "
        f"[dim]{visible(origin)}, {facts['bytes']} bytes[/]{again}"
    )


def _contents(letter: DeadLetter) -> dict[str, Any]:
    return {
        "key": _readable(letter.key),
        "headers": [[name, _readable(value)] for name, value in letter.headers],
        "payload": _readable(letter.value),
    }


def _readable(value: bytes | None) -> Any:
    """Text if it is UTF-8, else an object with base64, so that no byte is lost."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
