"""Maps each field of a payload to the parts of the event that depend on it.

It reads the payload again without each field in turn: the parts that change depend on that field.
So no table can be wrong about it. A field in the vendor's table that changes nothing was not
needed: another field has the same value or comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from streams.contracts.model import Drop, Rejection
from streams.vendors.base.draft import Draft
from streams.vendors.base.fields import OPEN, Fields, Part

Read = Callable[[dict[str, Any]], Draft | Rejection | Drop]

MOST_FIELDS = 2000
"""The tables alone classify further fields."""


class Use(StrEnum):
    USED = "used"
    NOT_NEEDED = "not_needed"
    UNUSED = "unused"
    UNKNOWN = "unknown"


class FieldUse(Struct, frozen=True):
    """One field of a payload. `becomes` are the parts of the event that depend on it, `why` is the
    reason for not using it. `unknown_word` is True where no table has its word.
    """

    path: str
    use: Use
    becomes: list[str] = []
    why: str | None = None
    unknown_word: bool = False


def field_uses(payload: dict[str, Any], fields: Fields, read: Read) -> list[FieldUse]:
    """Every field of a payload that holds a value, in the payload's order. Restores the payload."""
    before = _parts(read(payload))
    found: list[FieldUse] = []
    for leaf in _leaves(payload, fields, fields.root, ""):
        becomes: list[str] = []
        if len(found) < MOST_FIELDS:
            becomes = _changed(before, _without(leaf, lambda: _parts(read(payload))))
        found.append(_use(leaf, becomes))
    return found


class _Leaf(Struct):
    holder: Any
    key: Any
    path: str
    part: Part | str | None


def _leaves(
    value: dict[str, Any], fields: Fields, kinds: tuple[type[Struct], ...], at: str
) -> Iterator[_Leaf]:
    parts = fields.node(kinds)
    for key in list(value):
        part = parts.get(fields.spell(key)) or parts.get(OPEN)
        yield from _inner(value, key, part, fields, f"{at}.{key}" if at else key)


def _inner(
    holder: Any, key: Any, part: Part | str | None, fields: Fields, at: str
) -> Iterator[_Leaf]:
    value = holder[key]
    holds = part.holds if isinstance(part, Part) else ()
    if not isinstance(part, Part) or not isinstance(value, dict | list) or not value:
        yield _Leaf(holder, key, at, part)
    elif isinstance(value, list):
        listed = Part(words=part.words, holds=holds)
        for i in range(len(value)):
            yield from _inner(value, i, listed, fields, f"{at}[{i}]")
    elif part.keyed:
        for name in list(value):
            yield from _inner(value, name, Part(holds=holds), fields, f"{at}.{name}")
    elif holds:
        yield from _leaves(value, fields, holds, at)
    else:
        yield _Leaf(holder, key, at, part)


def _without(leaf: _Leaf, read_again: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    holder, key = leaf.holder, leaf.key
    kept = holder.copy()
    del holder[key]
    after = read_again()
    if isinstance(holder, list):
        holder[:] = kept
    else:  # restores the order of keys too: readers depend on it
        holder.clear()
        holder.update(kept)
    return after


def _use(leaf: _Leaf, becomes: list[str]) -> FieldUse:
    value = leaf.holder[leaf.key]
    words = leaf.part.words if isinstance(leaf.part, Part) else None
    strange = words is not None and not isinstance(value, dict | list) and not words.has(value)
    if leaf.part is None:
        return FieldUse(leaf.path, Use.UNKNOWN, becomes)
    if becomes:
        return FieldUse(leaf.path, Use.USED, becomes, unknown_word=strange)
    if isinstance(leaf.part, str):
        return FieldUse(leaf.path, Use.UNUSED, why=leaf.part)
    return FieldUse(leaf.path, Use.NOT_NEEDED, unknown_word=strange)


# -- the parts of an event, flat ---------------------------------------------------------------

_NAMED = {"checks": "name", "vendor_duplicates": "link"}

# Only the sessions stage reads these.
_INNER = ("volatile", "ordered", "may_regress")
_REFUSED = "an event or "


def _parts(result: Draft | Rejection | Drop) -> dict[str, Any]:
    if not isinstance(result, Draft):
        return {f"{_REFUSED}{result.code}": True}
    parts = msgspec.to_builtins(result)
    return dict(_flat({k: v for k, v in parts.items() if k not in _INNER}, ""))


def _flat(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            name = item.get(_NAMED.get(at, "")) if isinstance(item, dict) else None
            nth = item.get("instance") or "" if name else i
            yield from _flat(item, f"{at}.{name}[{nth}]" if name else f"{at}[{nth}]")
    else:
        yield at, value


_ABSENT = object()


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The parts of an event that differ, without their list indices."""
    refusals = [key for key in (*after, *before) if key.startswith(_REFUSED)]
    if refusals:
        # A refused payload has no parts to compare.
        return [] if len(refusals) == 2 and refusals[0] == refusals[1] else refusals[:1]
    changed = {
        "".join(piece.split("]", 1)[-1] for piece in key.split("["))
        for key in before.keys() | after
        if before.get(key, _ABSENT) != after.get(key, _ABSENT)
    }
    # A check that comes or goes counts once.
    whole = {part.removesuffix(".name") for part in changed if part.endswith(".name")}
    parts = {part for part in changed if part.rpartition(".")[0] not in whole}
    return sorted(parts | whole)
