"""Encodes structs as Avro bytes, decodes bytes to records, projects records to JSON; event headers.

The contracts are files: `avro/` of a checkout, `streams/contracts/files/` of an installed wheel.
The default is Avro's single-object encoding: `C3 01`, the little-endian CRC-64-AVRO fingerprint of
the schema's canonical form, the body. With `registry_prefix` the same body has Confluent's wire
format.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import fastavro
import msgspec
from fastavro.schema import fingerprint, to_parsing_canonical_form

from streams.contracts.avro_encoder import compile_schema
from streams.contracts.model import Alert, Audit, Case, Disposition, Verification

_PACKED = Path(__file__).parent / "files"
_CHECKOUT = Path(__file__).parents[2] / "avro"


def contract_file(name: str) -> Path:
    """The path of a contract (`verification.avsc`, `alert.avsc`, `topics.yaml`)."""
    packed = _PACKED / name
    return packed if packed.exists() else _CHECKOUT / name


KINDS = ("verification", "alert", "case", "disposition", "audit")

Event = Verification | Alert | Case | Disposition | Audit
CONTRACTS: dict[str, dict[str, Any]] = {
    kind: json.loads(contract_file(f"{kind}.avsc").read_text(encoding="utf-8")) for kind in KINDS
}
"""Kind → its schema as written, with docs and `pii` attributes."""

_PARSED: dict[str, Any] = {kind: fastavro.parse_schema(CONTRACTS[kind]) for kind in KINDS}
_WRITE = {kind: compile_schema(_PARSED[kind]) for kind in KINDS}
_MARKER = b"\xc3\x01"
PREFIXES: dict[str, bytes] = {
    # fastavro gives the fingerprint's bytes in little-endian order already.
    kind: _MARKER
    + bytes.fromhex(fingerprint(to_parsing_canonical_form(CONTRACTS[kind]), "CRC-64-AVRO"))
    for kind in KINDS
}
"""Kind → the first ten bytes of its single-object encoding."""

_KIND_BY_PREFIX = {prefix: kind for kind, prefix in PREFIXES.items()}
_KIND_BY_NAME = {CONTRACTS[kind]["name"]: kind for kind in KINDS}

_REGISTRY_MARKER = b"\x00"

Writers = Callable[[int], dict[str, Any]]
"""A schema registry's id → its schema. Raises UnknownSchemaError."""


def registry_prefix(schema_id: int) -> bytes:
    """The first five bytes of Confluent's wire format."""
    return _REGISTRY_MARKER + schema_id.to_bytes(4, "big")


class UnknownSchemaError(ValueError):
    """The bytes name a schema that this release does not have, or none."""


def encode_verification(event: Verification, prefix: bytes = PREFIXES["verification"]) -> bytes:
    """`prefix` and the Avro body. Raises ValueError where a field breaks the contract."""
    return _encode("verification", event, prefix)


def encode_alert(alert: Alert, prefix: bytes = PREFIXES["alert"]) -> bytes:
    """`prefix` and the Avro body. Raises ValueError where a field breaks the contract."""
    return _encode("alert", alert, prefix)


def encode_case(case: Case, prefix: bytes = PREFIXES["case"]) -> bytes:
    """`prefix` and the Avro body. Raises ValueError where a field breaks the contract."""
    return _encode("case", case, prefix)


def encode_disposition(verdict: Disposition, prefix: bytes = PREFIXES["disposition"]) -> bytes:
    """`prefix` and the Avro body. Raises ValueError where a field breaks the contract."""
    return _encode("disposition", verdict, prefix)


def encode_audit(act: Audit, prefix: bytes = PREFIXES["audit"]) -> bytes:
    """`prefix` and the Avro body. Raises ValueError where a field breaks the contract."""
    return _encode("audit", act, prefix)


def _encode(kind: str, event: Event, prefix: bytes) -> bytes:
    try:
        body = _WRITE[kind](event)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a {kind} of the contract: {type(error).__name__}") from error
    return prefix + body.encode("latin-1")


def decode(value: bytes, writers: Writers | None = None) -> tuple[str, dict[str, Any]]:
    """`(kind, record)` of a value in single-object encoding, or with `writers` in Confluent's wire
    format; times are aware datetimes.

    Raises UnknownSchemaError for a foreign prefix, and fastavro's errors for a damaged body.
    """
    if value[:1] == _REGISTRY_MARKER:
        return _registered(value, writers)
    kind = _KIND_BY_PREFIX.get(value[:10])
    if kind is None:
        raise UnknownSchemaError("not Avro single-object encoding of a schema known here")
    return kind, decode_body(kind, value[10:])


def _registered(value: bytes, writers: Writers | None) -> tuple[str, dict[str, Any]]:
    if writers is None:
        raise UnknownSchemaError("Confluent's wire format: set IDV_SCHEMA_REGISTRY_URL to read it")
    writer = writers(int.from_bytes(value[1:5], "big"))
    kind = _KIND_BY_NAME.get(writer.get("name", "").rpartition(".")[2])
    if kind is None:
        raise UnknownSchemaError("the registry has another schema under this id")
    return kind, decode_body(kind, value[5:], writer)


def decode_body(kind: str, body: bytes, writer: dict[str, Any] | None = None) -> dict[str, Any]:
    """The record of a body without prefix, written with the schema `writer`, else with ours."""
    ours = _PARSED[kind]
    schemas = (ours, None) if writer is None else (writer, ours)
    record = fastavro.schemaless_reader(io.BytesIO(body), *schemas)
    assert isinstance(record, dict)
    return record


T = TypeVar("T")


def typed(record: dict[str, Any], kind: type[T]) -> T:
    """A record of `decode` as its type. Raises msgspec.ValidationError where it is none."""
    return msgspec.convert(_plain(record), kind, builtin_types=(date,))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def _plain(value: Any) -> Any:
    """What Avro reads, with times as the canonical types hold them: epoch milliseconds."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MILLISECOND
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


# -- JSON --------------------------------------------------------------------------------------

_START = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_Project = Callable[[Any], Any]


def iso_millis(millis: int) -> str:
    """Epoch milliseconds as ISO 8601 UTC: `2024-05-01T10:00:00.000Z`."""
    moment = _START + timedelta(milliseconds=millis)
    return moment.isoformat(timespec="milliseconds") + "Z"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(value: Any) -> str:
    return _iso(value) if isinstance(value, datetime) else iso_millis(value)


def _day(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


_LOGICAL: dict[str, _Project] = {"timestamp-millis": _time, "date": _day}


def _projection(schema: Any, named: dict[str, _Project], fill: bool) -> _Project | None:
    """The function that makes a value of `schema` plain JSON; None where it already is."""
    if isinstance(schema, list):
        inner = next((p for s in schema if (p := _projection(s, named, fill))), None)
        return (lambda value: None if value is None else inner(value)) if inner else None
    if isinstance(schema, str):
        return named.get(schema)
    if project := _LOGICAL.get(schema.get("logicalType", "")):
        return project
    if schema["type"] == "array":
        item = _projection(schema["items"], named, fill)
        return (lambda values: [item(value) for value in values]) if item else None
    return _record_projection(schema, named, fill) if schema["type"] == "record" else None


def _record_projection(schema: Any, named: dict[str, _Project], fill: bool) -> _Project:
    fields = [
        (field["name"], field.get("default"), _projection(field["type"], named, fill))
        for field in schema["fields"]
    ]

    def project(record: dict[str, Any]) -> dict[str, Any]:
        result = {}
        for name, default, inner in fields:
            if not fill and record.get(name, {}) == {}:  # an empty record: all defaults
                continue
            value = record[name] if name in record else copy(default)
            result[name] = inner(value) if inner else value
        return result

    return named.setdefault(schema["name"], project)


_FULL = {kind: _record_projection(_PARSED[kind], {}, fill=True) for kind in KINDS}
_GIVEN = {kind: _record_projection(_PARSED[kind], {}, fill=False) for kind in KINDS}


def as_json(kind: str, record: dict[str, Any]) -> dict[str, Any]:
    """A record of `decode` as plain JSON: times ISO 8601 UTC with milliseconds, dates ISO."""
    result: dict[str, Any] = _FULL[kind](record)
    return result


def event_json(event: Event, *, defaults: bool = True) -> dict[str, Any]:
    """The same from a struct; `defaults=False` leaves out fields with default values."""
    record = msgspec.to_builtins(event, builtin_types=(date,))
    kind = type(event).__name__.lower()
    result: dict[str, Any] = (_FULL if defaults else _GIVEN)[kind](record)
    return result


# -- CloudEvents -------------------------------------------------------------------------------

_SPEC_VERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/avro")


def ce_headers(event: Event) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0 attributes in Kafka's binary mode.

    `ce_type` is the event type; `alert.` and the rule, `case.` and the band, `disposition.` and the
    verdict, `audit.` and the action. `ce_time` is the event time, so that repeats of one event have
    the same headers; `ce_subject` is the record's key. `ce_source` ends with the vendor where there
    is one.
    """
    identity, kind, at, source = _attributes(event)
    return [
        _SPEC_VERSION,
        ("ce_id", identity.encode()),
        ("ce_type", kind.encode()),
        ("ce_source", f"/idv-streams/{source}".encode()),
        ("ce_time", iso_millis(at).encode()),
        ("ce_subject", (event.key if isinstance(event, Case) else event.subject_key).encode()),
        _CONTENT_TYPE,
    ]


def _attributes(event: Event) -> tuple[str, str, int, str]:
    """Id, type, event time and source."""
    match event:
        case Verification():
            return event.event_id, event.event_type, event.occurred_at, event.vendor
        case Alert():
            return event.alert_id, f"alert.{event.rule}", event.occurred_at, event.vendor
        case Case():
            return event.change_id, f"case.{event.band.lower()}", event.changed_at, "cases"
        case Disposition():
            kind = f"disposition.{event.verdict.lower()}"
            return event.disposition_id, kind, event.decided_at, "cases"
        case Audit():
            return event.audit_id, f"audit.{event.action.lower()}", event.done_at, "console"
