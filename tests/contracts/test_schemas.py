"""The contracts, and their match with the model."""

from __future__ import annotations

import types
import typing
from datetime import date
from enum import EnumMeta
from typing import Any

import msgspec
import pytest
from msgspec import NODEFAULT, Struct

from streams.contracts import model
from tests.support.contract_shapes import (
    TIME_FIELDS,
    TYPES,
    avro_shape,
    full_builtins,
)

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
    "Case": "subject_key reason",
    "CaseAlert": "session_id",
    "CaseDecision": "session_id",
    "Disposition": "subject_key reason",
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
