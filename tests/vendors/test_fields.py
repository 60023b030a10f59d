"""Every field that a vendor module declares as read changes the event of some payload, and every
unused field changes nothing. So `idv explain --fields` is correct.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from streams.pipeline.inspect.explain_fields import FieldUse, Use, field_uses
from streams.vendors import FIELDS, VENDORS
from streams.vendors.base.fields import Fields, Part
from tests.support.json_fuzz import payloads

MORE = Path(__file__).parent


@cache
def uses(vendor: str) -> list[FieldUse]:
    """The fields of all sample payloads, and of payloads made for the fields that those lack."""
    given = [p for p in payloads(vendor) if isinstance(p, dict)]
    more = MORE / vendor / "fields.json"
    given += json.loads(more.read_text()) if more.exists() else []
    return [use for p in given for use in field_uses(p, FIELDS[vendor], VENDORS[vendor])]


def declared(fields: Fields) -> dict[tuple[str, str], Part | str]:
    """`(struct, field)` → what it is, for everything that can be reached from the root."""
    found: dict[tuple[str, str], Part | str] = {}
    pending, seen = [fields.root], {fields.root}
    while pending:
        kinds = pending.pop()
        for kind in kinds:
            for name, part in fields.node((kind,)).items():
                found[defined_by(kind, name), name] = part
                if isinstance(part, Part) and part.holds and part.holds not in seen:
                    seen.add(part.holds)
                    pending.append(part.holds)
    return found


def defined_by(kind: type[Struct], name: str) -> str:
    """The struct of a family that has the field first."""
    having = [k for k in kind.__mro__ if name in vars(k).get("__annotations__", ())]
    return (having or [kind])[-1].__name__


def owners(fields: Fields, path: str) -> tuple[tuple[type[Struct], ...], str]:
    """The structs that a concrete path ends in, and the field's name there."""
    kinds, steps, name = fields.root, path.split("."), ""
    held = kinds
    while steps:
        name, index, _ = steps.pop(0).partition("[")
        name, held = fields.spell(name), kinds
        part = fields.node(kinds).get(name)
        if not isinstance(part, Part):
            break
        if part.keyed and steps and not index:
            del steps[0]
        kinds = part.holds
    return held, name


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_declared_as_read_is_read(vendor: str) -> None:
    fields = FIELDS[vendor]
    leaves = {
        key for key, part in declared(fields).items() if isinstance(part, Part) and not part.holds
    }
    shown = set()
    for use in uses(vendor):
        if use.use is Use.USED:
            kinds, name = owners(fields, use.path)
            shown |= {(defined_by(kind, name), name) for kind in kinds}
    assert sorted(leaves - shown) == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_left_aside_changes_nothing(vendor: str) -> None:
    fields = FIELDS[vendor]
    for use in uses(vendor):
        kinds, name = owners(fields, use.path)
        if kinds and isinstance(fields.node(kinds).get(name), str):
            assert (use.path, use.becomes) == (use.path, [])


def test_a_payload_is_the_same_after_it_was_explained() -> None:
    for vendor in VENDORS:
        for payload in payloads(vendor):
            before = json.dumps(payload)
            field_uses(payload, FIELDS[vendor], VENDORS[vendor])
            assert json.dumps(payload) == before


def rows(vendor: str, payload: dict[str, Any]) -> dict[str, FieldUse]:
    return {use.path: use for use in field_uses(payload, FIELDS[vendor], VENDORS[vendor])}


def test_each_kind_of_use() -> None:
    payload = {
        "journey_id": "j-1",
        "system_decision": "Complete",
        "end_time": "2026-04-09T11:32:05",
        "start_time": None,
        "selfie": {"status": "Perhaps", "is_live": True, "image_path": "a"},
        "brand_new": {"a": 1},
    }
    found = rows("idwise", payload)
    assert "an event or missing_identity" in found["journey_id"].becomes
    assert "decision" in found["system_decision"].becomes
    assert found["selfie.is_live"].becomes == [
        f"checks.liveness.{part}" for part in ("outcome", "raw_value", "score", "score_kind")
    ]
    assert found["selfie.status"].unknown_word
    assert (found["selfie.image_path"].use, found["brand_new"].use) == (Use.UNUSED, Use.UNKNOWN)
    assert found["start_time"].use is Use.NOT_NEEDED


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_nobody_knows_changes_nothing(vendor: str) -> None:
    assert [u.path for u in uses(vendor) if u.use is Use.UNKNOWN and u.becomes] == []
