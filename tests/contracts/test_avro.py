"""Encoded contracts: bytes, JSON and headers, as subscribers see them."""

from __future__ import annotations

import io
import json
import struct
import types
import typing
from datetime import UTC, date, datetime
from enum import EnumMeta
from typing import Any

import fastavro
import msgspec
import pytest
from fastavro.schema import fingerprint, to_parsing_canonical_form
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from streams.contracts import avro as schemas
from streams.contracts import model
from streams.contracts.avro_encoder import compile_schema, varint
from tests.support.contract_shapes import (
    AVRO,
    SCHEMAS,
    TIME_FIELDS,
    alert,
    full_builtins,
    verification,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["x" * 255, "é" * 128, "y" * 20_000]
)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LONGS = st.integers(-(2**63), 2**63 - 1)
TIMES = st.integers(0, 4_102_444_799_999)
DATES = st.dates(date(1900, 1, 1), date(2200, 1, 1))


def strategy(annotation: Any, name: str) -> st.SearchStrategy[Any]:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(
            [st.none() if a is type(None) else strategy(a, name) for a in args],
        )
    if origin is list:
        return st.lists(strategy(args[0], name), max_size=2)
    if origin is dict:
        return st.dictionaries(TEXT, strategy(args[1], name), max_size=3)
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        return structs(annotation)
    if isinstance(annotation, EnumMeta):
        return st.sampled_from(annotation)
    if annotation is int:
        return TIMES if name in TIME_FIELDS else LONGS
    return {str: TEXT, bool: st.booleans(), float: NUMBERS, date: DATES}[annotation]


def structs(kind: type[Struct]) -> st.SearchStrategy[Any]:
    return st.builds(
        kind, **{f.name: strategy(f.type, f.encode_name) for f in msgspec.structs.fields(kind)}
    )


ENCODE = {
    "verification": schemas.encode_verification,
    "alert": schemas.encode_alert,
    "case": schemas.encode_case,
    "disposition": schemas.encode_disposition,
}


def subscriber_reads(kind: str, value: bytes) -> dict[str, Any]:
    """Decode with the .avsc file and Avro's specification only."""
    schema = fastavro.schema.load_schema(str(AVRO / f"{kind}.avsc"))
    crc = fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO")
    assert value[:2] == b"\xc3\x01"
    assert value[2:10].hex() == crc
    body = io.BytesIO(value[10:])
    record = fastavro.schemaless_reader(body, schema, None)
    assert not body.read()
    return typing.cast(dict[str, Any], record)


def plain(value: Any) -> Any:
    """Decode with fastavro; times as in the model."""
    if isinstance(value, datetime):
        return round((value - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def general_writer(kind: str, struct_: Struct) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, SCHEMAS[kind], full_builtins(struct_))
    return out.getvalue()


@given(structs(model.Verification))
@settings(max_examples=60, deadline=None)
def test_verifications_survive_the_round_trip(event: model.Verification) -> None:
    value = schemas.encode_verification(event)
    assert value[10:] == general_writer("verification", event)
    assert plain(subscriber_reads("verification", value)) == full_builtins(event)
    assert fastavro.validation.validate(full_builtins(event), SCHEMAS["verification"], strict=True)


@pytest.mark.parametrize("kind", ["case", "disposition"])
@given(st.data())
@settings(max_examples=40, deadline=None)
def test_cases_and_verdicts_survive_the_round_trip(kind: str, data: st.DataObject) -> None:
    struct_ = data.draw(structs(getattr(model, kind.capitalize())))
    value = ENCODE[kind](struct_)
    assert value[10:] == general_writer(kind, struct_)
    assert plain(subscriber_reads(kind, value)) == full_builtins(struct_)
    assert schemas.typed(schemas.decode(value)[1], type(struct_)) == struct_


@given(structs(model.Alert))
@settings(max_examples=60, deadline=None)
def test_alerts_survive_the_round_trip(alert: model.Alert) -> None:
    value = schemas.encode_alert(alert)
    assert value[10:] == general_writer("alert", alert)
    assert plain(subscriber_reads("alert", value)) == full_builtins(alert)


@pytest.mark.parametrize(
    "fields",
    [
        {"occurred_at": 2**63},
        {"occurred_at": 1.7},
        {"occurred_at": True},
        {"started_at": -(2**63) - 1},
        {"final": 1},
        {"final": None},
        {"event_id": None},
        {"decision": "SPLENDID"},
        {"checks": [model.Check("liveness", model.Outcome.PASS, True)]},
        {"checks": [model.Check("liveness", model.Outcome.PASS, float("nan"))]},
        {"checks": [model.Check("liveness", model.Outcome.PASS, float("inf"))]},
        {"person": model.Person(birth_date=datetime(2000, 1, 1))},
        {"person": model.Person(first_name="\ud800")},
        {"raw": model.RawRef("idv.raw.didit", 2**63, 41, "ab")},
    ],
    ids=str,
)
def test_what_the_contract_does_not_allow_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        schemas.encode_verification(verification(**fields))


@pytest.mark.parametrize("value", [None, [1], 2**63, float("nan")], ids=str)
def test_evidence_holds_only_figures_and_words(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        schemas.encode_alert(alert(evidence={"x": value}))


def test_evidence_keeps_its_types() -> None:
    evidence = {"a": True, "b": 1, "c": 1.0, "d": "1", "e": 2**40, "f": False, "g": ""}
    read = subscriber_reads("alert", schemas.encode_alert(alert(evidence=evidence)))["evidence"]
    assert [(k, type(v), v) for k, v in read.items()] == [
        (k, type(v), v) for k, v in evidence.items()
    ]


def test_evidence_may_quote_a_word_of_an_enum() -> None:
    value = schemas.encode_alert(alert(evidence={"strength": model.Strength.WEAK}))
    assert subscriber_reads("alert", value)["evidence"] == {"strength": "WEAK"}


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "00"),
        (-1, "01"),
        (1, "02"),
        (-64, "7f"),
        (64, "8001"),
        (2**63 - 1, "fe" + "ff" * 8 + "01"),
    ],
)
def test_integers_are_written_as_the_specification_says(value: int, encoded: str) -> None:
    assert varint(value).hex() == encoded


@pytest.mark.parametrize("kind", ["float", "bytes", ["string", "null", "Record"]], ids=str)
def test_shapes_that_no_contract_uses_are_refused_at_import(kind: Any) -> None:
    schema = {"type": "record", "name": "R", "fields": [{"name": "a", "type": kind}]}
    with pytest.raises(ValueError, match="no encoding"):
        compile_schema(schema)


def test_another_prefix_makes_the_registrys_wire_format() -> None:
    event = verification()
    value = schemas.encode_verification(event, struct.pack(">bI", 0, 7))
    assert value[:5] == b"\x00\x00\x00\x00\x07"
    assert schemas.decode_body("verification", value[5:])["event_id"] == event.event_id


@pytest.mark.parametrize("value", [b"", b"\xc3\x01", b"\xc3\x01" + bytes(8) + b"x", b"{}"])
def test_bytes_of_no_known_schema_are_refused(value: bytes) -> None:
    with pytest.raises(schemas.UnknownSchemaError):
        schemas.decode(value)


def test_json_of_a_record_and_of_its_struct_are_the_same() -> None:
    event = verification(
        processed_at=0,
        person=model.Person(birth_date=date(1990, 2, 3)),
        enrichment=model.Enrichment(
            duplicates=[
                model.Duplicate(
                    model.LinkKind.DEVICE,
                    2,
                    3,
                    first_seen=1,
                    linked=[model.Linked("didit", "s", seen_at=2)],
                )
            ],
            distances=[model.Distance(model.Place.IP, model.Place.PHONE, km=1.5)],
        ),
    )
    kind, record = schemas.decode(schemas.encode_verification(event))
    shown = schemas.as_json(kind, record)
    assert kind == "verification"
    assert shown == schemas.event_json(event)
    assert list(shown) == [f["name"] for f in SCHEMAS["verification"]["fields"]]
    assert shown["occurred_at"] == "2024-05-01T10:00:00.000Z"
    assert shown["ingested_at"] == "2024-05-01T10:00:00.123Z"
    assert shown["processed_at"] == "1970-01-01T00:00:00.000Z"
    assert shown["ended_at"] is None
    assert shown["person"]["birth_date"] == "1990-02-03"
    duplicate = shown["enrichment"]["duplicates"][0]
    assert duplicate["first_seen"] == "1970-01-01T00:00:00.001Z"
    assert duplicate["linked"][0]["seen_at"] == "1970-01-01T00:00:00.002Z"
    assert shown["enrichment"]["distances"][0]["from"] == "IP"
    assert json.loads(json.dumps(shown)) == shown


@given(structs(model.Verification))
@settings(max_examples=30, deadline=None)
def test_json_is_the_same_on_both_ways(event: model.Verification) -> None:
    kind, record = schemas.decode(schemas.encode_verification(event))
    assert schemas.as_json(kind, record) == schemas.event_json(event)


def test_json_without_defaults_says_only_what_is_known() -> None:
    shown = schemas.event_json(verification(networks=[model.Network(ip="8.8.8.8")]), defaults=False)
    assert shown["networks"] == [{"ip": "8.8.8.8"}]
    assert shown["occurred_at"] == "2024-05-01T10:00:00.000Z"
    assert not {"person", "enrichment", "flags", "environment"} & set(shown)


def test_json_does_not_hand_out_the_schemas_own_defaults() -> None:
    schemas.event_json(verification())["flags"].append("x")
    assert schemas.event_json(verification())["flags"] == []


def test_headers_are_cloud_events() -> None:
    headers = dict(schemas.ce_headers(verification(subject_id="customer-7")))
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": b"4b1d7d3c-0000-5000-8000-000000000001",
        "ce_type": b"verification.approved",
        "ce_source": b"/idv-streams/didit",
        "ce_time": b"2024-05-01T10:00:00.000Z",
        "ce_subject": b"customer-7",
        "content-type": b"application/avro",
    }
    of_alert = dict(schemas.ce_headers(alert()))
    assert of_alert["ce_type"] == b"alert.ip_distance"
    assert of_alert["ce_id"] == b"4b1d7d3c-0000-5000-8000-000000000002"
    assert of_alert["ce_subject"] == b"didit:session-1"
