"""Contracts are compatible with the first published version, in both directions."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pytest

from streams.contracts import model
from tests.support.contract_shapes import (
    KINDS,
    SCHEMAS,
    alert,
    avro_shape,
    case,
    disposition,
    full_builtins,
    named_types,
    verification,
)

BASELINE = Path(__file__).parent / "v1"
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
    "case": [
        case(),
        case(
            contributions=[model.Contribution("r", model.Severity.LOW, 1.5, 1, 1, 2)],
            alerts=[model.CaseAlert("a", "r", model.Severity.HIGH, "e", "didit", "s", 1)],
            decisions=[model.CaseDecision("didit", "s", "e", model.Decision.APPROVED, 1)],
            verdict=model.Verdict.FALSE_ALARM,
        ),
    ],
    "disposition": [disposition(), disposition(rules=["same_person"])],
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
