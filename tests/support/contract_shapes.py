"""The parts of the contracts, and minimal valid events."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from streams.contracts import model
from tests.support.paths import AVRO

KINDS = {
    "verification": model.Verification,
    "alert": model.Alert,
    "case": model.Case,
    "disposition": model.Disposition,
}
SCHEMAS = {kind: json.loads((AVRO / f"{kind}.avsc").read_text()) for kind in KINDS}


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
TIME_FIELDS = {
    "occurred_at", "started_at", "ended_at", "ingested_at", "processed_at", "raised_at",
    "first_seen", "last_seen", "seen_at", "opened_at", "changed_at", "closed_at", "decided_at",
    "first_at", "last_at",
}  # fmt: skip


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


def case(**changes: Any) -> model.Case:
    """The smallest case that keeps to the contract."""
    given: dict[str, Any] = {
        "change_id": "c-1", "case_id": "c", "subject_key": "cust-42",
        "environment": model.Environment.LIVE, "state": model.CaseState.OPEN, "score": 7,
        "band": model.CaseBand.LOW, "opened_at": 1, "changed_at": 2, "policy_version": "p",
    }  # fmt: skip
    return model.Case(**{**given, **changes})


def disposition(**changes: Any) -> model.Disposition:
    """The smallest verdict that keeps to the contract."""
    given: dict[str, Any] = {
        "disposition_id": "d", "case_id": "c", "subject_key": "cust-42",
        "environment": model.Environment.LIVE, "verdict": model.Verdict.FALSE_ALARM,
        "reason": "the family's tablet", "decided_by": "ana", "decided_at": 3,
    }  # fmt: skip
    return model.Disposition(**{**given, **changes})
