"""docs/contracts.md: what verifications and alerts hold, field by field, from the Avro schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streams.contracts.avro import CONTRACTS

PATH = "docs/contracts.md"
_HEAD = """\
<!-- Written by `make docs` from avro/*.avsc: change those instead. -->
# Contracts

The contracts of `idv.verifications` and `idv.alerts`: Avro, one schema each, in `avro/`.
[asyncapi.yaml](asyncapi.yaml) has the topics, headers and both schemas in one document.

A release may add fields with a default and values of an enum; it never removes, renames or
narrows one, so older and newer schemas are compatible. Null or absent means
unknown, never a failure. *pii*: `direct` identifies a person by itself, `indirect` helps to,
`pseudonym` stands for a person and leads to them only with a key or the vendor's records.
"""


def files(root: Path) -> dict[str, str]:
    """The document."""
    del root
    parts = [_HEAD]
    for kind, schema in CONTRACTS.items():
        seen: set[str] = set()
        parts.append(f"## {schema['name']}\n\n`avro/{kind}.avsc`. {_text(schema['doc'])}\n")
        parts += _record(schema, seen)
    return {PATH: "\n".join(parts)}


def _record(schema: dict[str, Any], seen: set[str], heading: str = "") -> Iterator[str]:
    """The record's table, then those of all types that appear in it for the first time."""
    seen.add(schema["name"])
    rows = [f"{heading}| field | type | default | pii | meaning |", "|---|---|---|---|---|"]
    for field in schema["fields"]:
        default = f"`{json.dumps(field['default'])}`" if "default" in field else ""
        rows.append(
            f"| `{field['name']}` | {_type(field['type'])} | {default} | {field.get('pii', '')} "
            f"| {_text(field['doc'])} |"
        )
    yield "\n".join(rows) + "\n"
    for named in _named(schema):
        if named["name"] in seen:
            continue
        seen.add(named["name"])
        head = f"### {named['name']}\n\n{_text(named['doc'])}\n"
        if named["type"] == "enum":
            unknown = named["default"]
            symbols = ", ".join(f"`{symbol}`" for symbol in named["symbols"])
            yield f"{head}\n{symbols}. Older readers see a newer value as `{unknown}`.\n"
        else:
            yield from _record(named, seen, heading=f"{head}\n")


def _named(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The records and enums that stand in the fields of a record."""
    for field in schema["fields"]:
        yield from _inner(field["type"])


def _inner(kind: Any) -> Iterator[dict[str, Any]]:
    if isinstance(kind, list):
        for branch in kind:
            yield from _inner(branch)
    elif isinstance(kind, dict):
        if "symbols" in kind or "fields" in kind:
            yield kind
        for part in ("items", "values"):
            if part in kind:
                yield from _inner(kind[part])


def _type(kind: Any) -> str:
    """A type in a few words; named types link to their section."""
    if isinstance(kind, str):
        return kind if kind.islower() else f"[{kind}](#{kind.lower()})"
    if isinstance(kind, list):
        words = [_type(branch) for branch in kind if branch != "null"]
        return " or ".join(words) + (", or null" if "null" in kind else "")
    if "logicalType" in kind:
        return str(kind["logicalType"])
    if kind["type"] == "array":
        return f"list of {_type(kind['items'])}"
    if kind["type"] == "map":
        return f"map of {_type(kind['values'])}"
    return f"[{kind['name']}](#{kind['name'].lower()})" if "name" in kind else str(kind["type"])


def _text(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
