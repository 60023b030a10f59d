"""`idv normalize` and `idv enrich`: the same code as the worker's, without Kafka."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from streams.commands.console import clear_errors, fail, json_line
from streams.commands.inputs import Files, Lines, Vendor, known_vendor, payloads
from streams.model import Alert, Drop, RawRecord, Rejection, Verification
from streams.offline import Offline, Result, normalized
from streams.pipeline import Pipeline
from streams.schemas import event_json
from streams.values import millis
from streams.vendors import VENDORS
from streams.worker.settings import SettingsError, load


def normalize(vendor: Vendor, files: Files = None, lines: Lines = False) -> None:
    """Print what each payload becomes: {"verification": …}, {"rejected": …} or {"dropped": …}."""
    known_vendor(vendor)
    pipeline, now = _pipeline(), _now()
    with clear_errors():
        for number, payload in enumerate(payloads(files, lines=lines)):
            record = RawRecord(f"idv.raw.{vendor}", 0, number, now, None, payload)
            json_line(_as_json(normalized(pipeline, vendor, record)))


def enrich(files: Files = None, lines: Lines = True) -> None:
    """Run lines {"vendor": …, "payload": …} in order through the whole pipeline.

    A payload is an object, or text with the exact bytes. Optional per line: "timestamp" of the
    record (ISO 8601 or epoch), and "subject", "environment", "received_at" as the headers that a
    publisher may set. State is kept in memory for the run.
    """
    del lines  # A line is the only form of input; the option says so in scripts.
    offline, now = Offline(_pipeline()), _now()
    environments = load().environments
    with clear_errors():
        for number, line in enumerate(payloads(files, lines=True)):
            given = _line(line, number, now)
            if isinstance(given, Rejection):
                json_line(_as_json(given))
                continue
            vendor, record = given
            default = environments.get(vendor)
            extra = {} if default is None else {"default": default}
            for result in offline.run(vendor, record, now, **extra):
                json_line(_as_json(result))


class _Line(msgspec.Struct):
    vendor: str
    payload: msgspec.Raw
    timestamp: Any = None
    subject: str | None = None
    environment: str | None = None
    received_at: str | None = None


def _line(line: bytes, number: int, now: int) -> tuple[str, RawRecord] | Rejection:
    where = f"line {number + 1}"
    try:
        given = msgspec.json.decode(line, type=_Line)
        payload = bytes(given.payload)
        if payload.startswith(b'"'):
            payload = msgspec.json.decode(payload, type=str).encode()
    except msgspec.ValidationError as error:
        return Rejection("unknown_shape", f'{where}: {error}; a line has "vendor" and "payload"')
    except (msgspec.DecodeError, RecursionError):
        return Rejection("invalid_json", f"{where} is not one JSON object")
    if given.vendor not in VENDORS:
        return Rejection("unknown_shape", f"{where}: vendors are {', '.join(VENDORS)}")
    headers = {
        "idv-subject": given.subject,
        "idv-environment": given.environment,
        "idv-received-at": given.received_at,
    }
    return given.vendor, RawRecord(
        topic=f"idv.raw.{given.vendor}",
        partition=0,
        offset=number,
        timestamp=millis(given.timestamp) or now,
        key=None,
        value=payload,
        headers=tuple((k, v.encode()) for k, v in headers.items() if v is not None),
    )


def _as_json(result: Result) -> dict[str, Any]:
    match result:
        case Verification():
            return {"verification": event_json(result)}
        case Alert():
            return {"alert": event_json(result)}
        case Rejection():
            return {"rejected": {"code": result.code, "message": result.message}}
        case Drop():
            return {"dropped": {"code": result.code}}


def _pipeline() -> Pipeline:
    try:
        settings = load()
    except SettingsError as error:
        fail(str(error), hint="`idv config check` shows all problems")
    return Pipeline(settings.keyring(), settings.policy(), settings.places(), settings.ip_lookup())


def _now() -> int:
    return time.time_ns() // 1_000_000
