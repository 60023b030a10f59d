"""The contracts: what they say, that the model says the same, and that the bytes hold to both."""

from __future__ import annotations

import io
import json
import struct
import types
import typing
from datetime import UTC, date, datetime
from enum import EnumMeta
from pathlib import Path
from typing import Any

import fastavro
import msgspec
import pytest
from fastavro.schema import fingerprint, to_parsing_canonical_form
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import NODEFAULT, Struct

from streams import model, schemas

AVRO = Path(__file__).parent.parent / "avro"
BASELINE = Path(__file__).parent / "contracts" / "v1"
KINDS = {"verification": model.Verification, "alert": model.Alert}
SCHEMAS = {kind: json.loads((AVRO / f"{kind}.avsc").read_text()) for kind in KINDS}

# -- the model and the contract say the same ---------------------------------------------------


def named_types(schema: Any, found: dict[str, Any] | None = None) -> dict[str, Any]:
    found = {} if found is None else found
    if isinstance(schema, list):
        for branch in schema:
            named_types(branch, found)
    elif isinstance(schema, dict):
        if schema["type"] in ("record", "enum"):
            found[schema["name"]] = schema
        for inner in schema.get("fields", []):
            named_types(inner["type"], found)
        for key in ("items", "values"):
            named_types(schema.get(key), found)
        if isinstance(schema["type"], dict | list):
            named_types(schema["type"], found)
    return found


TYPES = {kind: named_types(schema) for kind, schema in SCHEMAS.items()}
RECORDS = [
    pytest.param(kind, name, id=f"{kind}-{name}")
    for kind, found in TYPES.items()
    for name, schema in found.items()
    if schema["type"] == "record"
]
ENUMS = [
    pytest.param(schema, id=f"{kind}-{name}")
    for kind, found in TYPES.items()
    for name, schema in found.items()
    if schema["type"] == "enum"
]
PRIMITIVES = {str: "string", bool: "boolean", int: "long", float: "double"}


def avro_shape(schema: Any) -> Any:
    """A schema as a comparable shape: named types by name, logical types with theirs."""
    if isinstance(schema, list):
        return tuple(avro_shape(branch) for branch in schema)
    if isinstance(schema, str):
        return schema
    if logical := schema.get("logicalType"):
        return (schema["type"], logical)
    if schema["type"] in ("array", "map"):
        return (schema["type"], avro_shape(schema.get("items", schema.get("values"))))
    return schema["name"]


def model_shape(annotation: Any, *, is_time: bool) -> Any:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        if type(None) in args:
            inner = next(a for a in args if a is not type(None))
            return ("null", model_shape(inner, is_time=is_time))
        return tuple(model_shape(a, is_time=is_time) for a in args)
    if origin is list:
        return ("array", model_shape(args[0], is_time=is_time))
    if origin is dict:
        return ("map", model_shape(args[1], is_time=is_time))
    if annotation is date:
        return ("int", "date")
    if annotation is int and is_time:
        return ("long", "timestamp-millis")
    return PRIMITIVES.get(annotation) or annotation.__name__


TIME_FIELDS = {
    "occurred_at", "started_at", "ended_at", "ingested_at", "processed_at", "raised_at",
    "first_seen", "last_seen", "seen_at",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), RECORDS)
def test_model_and_contract_have_the_same_fields_and_types(kind: str, name: str) -> None:
    info = msgspec.structs.fields(getattr(model, name))
    of_model = {
        f.encode_name: model_shape(f.type, is_time=f.encode_name in TIME_FIELDS) for f in info
    }
    of_contract = {f["name"]: avro_shape(f["type"]) for f in TYPES[kind][name]["fields"]}
    assert of_contract == of_model


@pytest.mark.parametrize(("kind", "name"), RECORDS)
def test_model_and_contract_have_the_same_defaults(kind: str, name: str) -> None:
    def default(field: Any) -> Any:
        if field.default_factory is not NODEFAULT:
            made = field.default_factory()
            return full_builtins(made) if isinstance(made, Struct) else made
        return "(none)" if field.default is NODEFAULT else field.default

    of_model = {f.encode_name: default(f) for f in msgspec.structs.fields(getattr(model, name))}
    of_contract = {f["name"]: f.get("default", "(none)") for f in TYPES[kind][name]["fields"]}
    assert of_contract == of_model


@pytest.mark.parametrize("schema", ENUMS)
def test_enums_have_the_models_symbols_and_a_default(schema: dict[str, Any]) -> None:
    enum: EnumMeta = getattr(model, schema["name"])
    assert schema["symbols"] == [member.value for member in enum]
    assert all(symbol.isupper() for symbol in schema["symbols"])
    assert schema["default"] in schema["symbols"]


@pytest.mark.parametrize(
    ("enum", "symbol"),
    [("Decision", "UNDETERMINED"), ("Outcome", "NOT_APPLICABLE"), ("Severity", "INFO")],
)
def test_a_reader_that_lacks_a_symbol_sees_the_least_assertive(enum: str, symbol: str) -> None:
    assert all(TYPES[k][enum]["default"] == symbol for k in TYPES if enum in TYPES[k])


def full_builtins(value: Any) -> Any:
    """A struct as plain values with its defaults, which `to_builtins` would leave out."""
    if isinstance(value, Struct):
        return {
            f.encode_name: full_builtins(getattr(value, f.name))
            for f in msgspec.structs.fields(value)
        }
    if isinstance(value, list):
        return [full_builtins(item) for item in value]
    return msgspec.to_builtins(value, builtin_types=(date,))


# -- what a reader needs to know ---------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), RECORDS)
def test_everything_is_documented(kind: str, name: str) -> None:
    record = TYPES[kind][name]
    assert len(record["doc"]) > 10
    for field in record["fields"]:
        assert len(field.get("doc", "")) >= 8, field["name"]
        assert field["doc"].endswith("."), field["name"]
        assert field.get("pii", "direct") in ("direct", "indirect", "pseudonym")
        nullable = isinstance(field["type"], list)
        assert not nullable or (field["type"][0] == "null" and field["default"] is None)


@pytest.mark.parametrize("schema", ENUMS)
def test_every_enum_is_documented(schema: dict[str, Any]) -> None:
    assert schema["doc"]


PII = {
    "Verification": "session_id subject_id vendor_subject_id person_key",
    "Alert": "session_id subject_id evidence",
    "Person": "first_name middle_name last_name full_name birth_date gender nationality",
    "Document": "number_hmac issuing_country issue_date expiry_date",
    "Address": "formatted street city region postal_code country latitude longitude",
    "Network": "ip country region city latitude longitude isp time_zone",
    "Device": "fingerprint brand model os browser",
    "Contact": "value_hmac country",
    "Check": "raw_value",
    "Linked": "session_id subject_id",
}


@pytest.mark.parametrize(("kind", "name"), RECORDS)
def test_personal_data_is_marked(kind: str, name: str) -> None:
    marked = {f["name"] for f in TYPES[kind][name]["fields"] if "pii" in f}
    assert marked == set(PII.get(name, "").split())


@pytest.mark.parametrize(("kind", "name"), RECORDS)
def test_keyed_hashes_are_pseudonyms(kind: str, name: str) -> None:
    for field in TYPES[kind][name]["fields"]:
        if field["name"].endswith("_hmac") or field["name"] in ("fingerprint", "person_key"):
            assert field["pii"] == "pseudonym"


# -- bytes -------------------------------------------------------------------------------------

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


ENCODE = {"verification": schemas.encode_verification, "alert": schemas.encode_alert}


def subscriber_reads(kind: str, value: bytes) -> dict[str, Any]:
    """As someone does who holds the .avsc file and Avro's specification, and nothing of ours."""
    schema = fastavro.schema.load_schema(str(AVRO / f"{kind}.avsc"))
    crc = fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO")
    assert value[:2] == b"\xc3\x01"
    assert value[2:10].hex() == crc
    body = io.BytesIO(value[10:])
    record = fastavro.schemaless_reader(body, schema, None)
    assert not body.read()
    return typing.cast(dict[str, Any], record)


def plain(value: Any) -> Any:
    """What fastavro reads, with times as the model holds them."""
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


@given(structs(model.Alert))
@settings(max_examples=60, deadline=None)
def test_alerts_survive_the_round_trip(alert: model.Alert) -> None:
    value = schemas.encode_alert(alert)
    assert value[10:] == general_writer("alert", alert)
    assert plain(subscriber_reads("alert", value)) == full_builtins(alert)


def verification(**fields: Any) -> model.Verification:
    required = {
        "event_id": "4b1d7d3c-0000-5000-8000-000000000001",
        "event_type": "verification.approved",
        "vendor": "didit",
        "session_id": "session-1",
        "decision": model.Decision.APPROVED,
        "raw": model.RawRef("idv.raw.didit", 3, 41, "ab" * 32),
        "ingested_at": 1_714_557_600_123,
        "occurred_at": 1_714_557_600_000,
    }
    return model.Verification(**{**required, **fields})


def alert(**fields: Any) -> model.Alert:
    required = {
        "alert_id": "4b1d7d3c-0000-5000-8000-000000000002",
        "rule": "ip_distance",
        "severity": model.Severity.LOW,
        "title": "Far away",
        "event_id": "4b1d7d3c-0000-5000-8000-000000000001",
        "vendor": "didit",
        "session_id": "session-1",
        "environment": model.Environment.LIVE,
        "occurred_at": 1_714_557_600_000,
        "raised_at": 1_714_557_600_001,
    }
    return model.Alert(**{**required, **fields})


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
        {"person": model.Person(birth_date=datetime(2000, 1, 1))},
        {"person": model.Person(first_name="\ud800")},
        {"raw": model.RawRef("idv.raw.didit", 2**63, 41, "ab")},
    ],
    ids=str,
)
def test_what_the_contract_does_not_allow_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        schemas.encode_verification(verification(**fields))


@pytest.mark.parametrize("value", [None, [1]], ids=str)
def test_evidence_holds_only_figures_and_words(value: Any) -> None:
    with pytest.raises(ValueError):
        schemas.encode_alert(alert(evidence={"x": value}))


def test_evidence_keeps_its_types() -> None:
    evidence = {"a": True, "b": 1, "c": 1.0, "d": "1", "e": 2**40, "f": False}
    read = subscriber_reads("alert", schemas.encode_alert(alert(evidence=evidence)))["evidence"]
    assert [(k, type(v), v) for k, v in read.items()] == [
        (k, type(v), v) for k, v in evidence.items()
    ]


def test_another_prefix_makes_the_registrys_wire_format() -> None:
    event = verification()
    value = schemas.encode_verification(event, struct.pack(">bI", 0, 7))
    assert value[:5] == b"\x00\x00\x00\x00\x07"
    assert schemas.decode_body("verification", value[5:])["event_id"] == event.event_id


@pytest.mark.parametrize("value", [b"", b"\xc3\x01", b"\xc3\x01" + bytes(8) + b"x", b"{}"])
def test_bytes_of_no_known_schema_are_refused(value: bytes) -> None:
    with pytest.raises(schemas.UnknownSchemaError):
        schemas.decode(value)


# -- JSON and headers --------------------------------------------------------------------------


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


# -- evolution ---------------------------------------------------------------------------------

EXAMPLES = {
    "verification": [
        verification(),
        verification(
            person=model.Person(first_name="Ana"),
            documents=[model.Document(model.DocumentType.VISA, status=model.Outcome.FAIL)],
            checks=[model.Check("aml", model.Outcome.REVIEW, 0.5, model.ScoreKind.DERIVED)],
            addresses=[model.Address(model.AddressRole.GEOLOCATION, latitude=1.0, longitude=2.0)],
            networks=[model.Network("8.8.8.8", True)],
            devices=[model.Device("v1:00", model.Strength.STRONG)],
            contacts=[model.Contact(model.ContactKind.PHONE)],
            enrichment=model.Enrichment(
                [model.Duplicate(model.LinkKind.FACE, 2, 2, linked=[model.Linked("didit", "s")])],
                [model.Distance(model.Place.IP, model.Place.PHONE)],
                model.Supersession(True),
            ),
        ),
    ],
    "alert": [alert(), alert(evidence={"km": 1.5}, linked=[model.Linked("alice", "s")])],
}


def incompatibilities(writer: Any, reader: Any, records: list[dict[str, Any]]) -> list[str]:
    """Why data of one schema cannot be read with the other, by the data and by the rules."""
    problems = []
    for record in records:
        out = io.BytesIO()
        fastavro.schemaless_writer(out, writer, record)
        try:
            fastavro.schemaless_reader(io.BytesIO(out.getvalue()), writer, reader)
        except Exception as error:
            problems.append(str(error))
    ours, theirs = named_types(writer), named_types(reader)
    for name, schema in theirs.items():
        written = ours.get(name)
        if schema["type"] == "enum" and written and "default" not in schema:
            lost = set(written["symbols"]) - set(schema["symbols"])
            problems += [f"{name}: {symbol} is unknown to the reader" for symbol in sorted(lost)]
        if schema["type"] != "record" or not written:
            continue
        before = {f["name"]: f for f in written["fields"]}
        for field in schema["fields"]:
            if field["name"] not in before:
                if "default" not in field:
                    problems.append(f"{name}.{field['name']} has no default")
            elif avro_shape(field["type"]) != avro_shape(before[field["name"]]["type"]):
                problems.append(f"{name}.{field['name']} has another type")
    return problems


@pytest.mark.parametrize("kind", KINDS)
def test_contracts_read_and_are_read_by_version_1(kind: str) -> None:
    now = SCHEMAS[kind]
    baseline = json.loads((BASELINE / f"{kind}.avsc").read_text())
    records = [full_builtins(example) for example in EXAMPLES[kind]]
    assert incompatibilities(baseline, now, records) == []
    assert incompatibilities(now, baseline, records) == []


@pytest.mark.parametrize(
    ("field", "forward", "backward"),
    [
        ({"name": "new", "type": ["null", "string"], "default": None}, True, True),
        ({"name": "new", "type": "string"}, True, False),
    ],
    ids=["with a default", "without"],
)
def test_the_check_sees_what_breaks_readers(
    field: dict[str, Any], forward: bool, backward: bool
) -> None:
    old = SCHEMAS["alert"]
    new = {**old, "fields": [*old["fields"], field]}
    record = full_builtins(EXAMPLES["alert"][1])
    assert (incompatibilities(new, old, [{**record, "new": "x"}]) == []) is forward
    assert (incompatibilities(old, new, [record]) == []) is backward


def test_the_check_sees_a_changed_type_and_a_removed_field() -> None:
    old = SCHEMAS["alert"]
    changed = [{**f, "type": "long"} if f["name"] == "title" else f for f in old["fields"]]
    removed = [f for f in old["fields"] if f["name"] != "title"]
    assert "Alert.title has another type" in incompatibilities(old, {**old, "fields": changed}, [])
    assert "Alert.title has no default" in incompatibilities({**old, "fields": removed}, old, [])
