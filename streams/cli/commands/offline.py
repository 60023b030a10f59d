"""`idv normalize` and `idv enrich`: the worker's code, without Kafka."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from streams.cli.commands.inputs import (
    Bootstrap,
    Files,
    Lines,
    Payload,
    Vendor,
    known_vendor,
    payloads,
)
from streams.cli.commands.raw_topics import Last, Since, Span, Topics, Until, read
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import USAGE, fail, flush, json_line, out
from streams.config.clock import wall_clock
from streams.config.settings import Settings
from streams.contracts import headers
from streams.contracts.avro import event_json
from streams.contracts.model import (
    Alert,
    Case,
    Drop,
    Environment,
    RawRecord,
    Rejection,
    Verification,
)
from streams.contracts.topics import raw_topic
from streams.pipeline.inspect.diff import Record
from streams.pipeline.local import Offline, Result, normalized
from streams.pipeline.pipeline import Pipeline
from streams.vendors import VENDORS
from streams.vendors.base.times import millis

EnrichFiles = Annotated[
    list[Path] | None,
    typer.Argument(help="Files of lines; - or none reads stdin.", metavar="FILE"),
]
EnrichLines = Annotated[
    bool,
    typer.Option(
        "--lines", help="Lines are the only format; for clarity in scripts.", show_default=False
    ),
]


def normalize(vendor: Vendor, files: Files = None, lines: Lines = False) -> None:
    """Print the result of each payload, one JSON object per line; needs no Kafka.

    {"verification": …}, {"rejected": {"code": …, "message": …}} or {"dropped": {"code": …}}
    """
    known_vendor(vendor)
    pipeline, now = _pipeline(load_or_fail()), wall_clock()
    for number, payload in enumerate(payloads(files, lines=lines)):
        record = RawRecord(raw_topic(vendor), 0, number, now, None, payload.value)
        _print(normalized(pipeline, vendor, record))


def enrich(
    files: EnrichFiles = None,
    lines: EnrichLines = True,
    topics: Topics = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    with_cases: Annotated[
        bool, typer.Option("--cases", help="Print each change of a case too.")
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Run raw records through the whole pipeline, state in memory; nothing is written to Kafka.

    Each line is {"vendor": …, "payload": …}; the payload is an object, or text with the exact
    bytes. Optional: "timestamp" of the record (ISO 8601 or epoch; default now), and the publisher's
    headers "subject", "environment" and "received_at".

    --topic reads raw topics instead. State starts empty, so links with earlier records are missing.
    Other settings: IDV_CONFIG=other.toml.

    Prints {"verification": …}, {"alert": …}, {"rejected": …} and {"dropped": …}, one per line.
    """
    del lines  # The only format; the option makes scripts clear.
    if files and topics:
        fail("use either files or --topic", code=USAGE)
    settings, now = load_or_fail(bootstrap_servers=bootstrap), wall_clock()
    given = (
        read(topics, Span(last, since, until), settings)
        if topics
        else from_lines(files, settings, now)
    )
    offline = Offline(_pipeline(settings))
    for record in given:
        if isinstance(record, Rejection):
            _print(record)
            continue
        vendor, raw, default = record
        for output in offline.outputs(vendor, raw, now, default):
            if isinstance(output, Result) or (with_cases and isinstance(output, Case)):
                _print(output)


def from_lines(
    files: list[Path] | None, settings: Settings, now: int
) -> Iterator[Record | Rejection]:
    """Yield each record when its line is read, so that an open pipe has results immediately."""
    for number, line in enumerate(payloads(files, lines=True)):
        given = enrich_line(line, number, now)
        if isinstance(given, Rejection):
            yield given
        else:
            vendor, record = given
            yield vendor, record, settings.environments.get(vendor, Environment.LIVE)


class _Line(msgspec.Struct):
    vendor: str
    payload: msgspec.Raw
    timestamp: Any = None
    subject: str | None = None
    environment: str | None = None
    received_at: str | None = None


def enrich_line(line: Payload, number: int, now: int) -> tuple[str, RawRecord] | Rejection:
    where = line.where
    try:
        given = msgspec.json.decode(line.value.removeprefix(codecs.BOM_UTF8), type=_Line)
        payload = bytes(given.payload)
        if payload.startswith(b'"'):
            payload = msgspec.json.decode(payload, type=str).encode()
    except msgspec.ValidationError as error:
        return Rejection("unknown_shape", f'{where}: {error}; a line has "vendor" and "payload"')
    except RecursionError:
        return Rejection("too_deep", f"{where} is nested too deeply")
    except msgspec.DecodeError:
        return Rejection("invalid_json", f"{where} is not one JSON object")
    if given.vendor not in VENDORS:
        return Rejection("unknown_shape", f"{where}: vendors are {', '.join(VENDORS)}")
    given_headers = {
        headers.SUBJECT: given.subject,
        headers.ENVIRONMENT: given.environment,
        headers.RECEIVED_AT: given.received_at,
    }
    return given.vendor, RawRecord(
        topic=raw_topic(given.vendor),
        partition=0,
        offset=number,
        timestamp=millis(given.timestamp) or now,
        key=None,
        value=payload,
        headers=tuple((k, v.encode()) for k, v in given_headers.items() if v is not None),
    )


def _as_json(result: Result | Case) -> dict[str, Any]:
    match result:
        case Verification():
            return {"verification": event_json(result)}
        case Alert():
            return {"alert": event_json(result)}
        case Case():
            return {"case": event_json(result)}
        case Rejection():
            return {"rejected": {"code": result.code, "message": result.message}}
        case Drop():
            return {"dropped": {"code": result.code}}


def _print(result: Result | Case) -> None:
    json_line(_as_json(result))
    if out.is_terminal:
        flush()


def _pipeline(settings: Settings) -> Pipeline:
    return Pipeline(settings.keyring(), settings.policy(), settings.places(), settings.ip_lookup())
