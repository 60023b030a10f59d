"""Which field of a payload became what of its event, found by leaving each out in turn.

No table can be wrong about it: a field is used for whatever changes without it. A field that is
known and changes nothing was not needed this time, since another one says the same or speaks first.
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
"""Beyond so many fields the others are told apart by the tables alone."""


class Use(StrEnum):
    USED = "used"
    NOT_NEEDED = "not_needed"
    UNUSED = "unused"
    UNKNOWN = "unknown"


class FieldUse(Struct, frozen=True):
    """One field of a payload. `becomes` are the parts of the event that hang on it, `why` is the
    reason for leaving it aside, `unknown_word` tells that its word stands in no table.
    """

    path: str
    use: Use
    becomes: list[str] = []
    why: str | None = None
    unknown_word: bool = False


def field_uses(payload: dict[str, Any], fields: Fields, read: Read) -> list[FieldUse]:
    """Every field of a payload that holds a value, in the payload's order. The payload is the same
    afterwards.
    """
    before = _said(read(payload))
    found: list[FieldUse] = []
    for leaf in _leaves(payload, fields, fields.root, ""):
        becomes: list[str] = []
        if len(found) < MOST_FIELDS:
            becomes = _changed(before, _without(leaf, lambda: _said(read(payload))))
        found.append(_use(leaf, becomes))
    return found


class _Leaf(Struct):
    holder: Any
    key: Any
    path: str
    known: Part | str | None


def _leaves(
    value: dict[str, Any], fields: Fields, kinds: tuple[type[Struct], ...], at: str
) -> Iterator[_Leaf]:
    known = fields.node(kinds)
    for key in list(value):
        part = known.get(fields.spell(key)) or known.get(OPEN)
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


def _without(leaf: _Leaf, said: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    holder, key = leaf.holder, leaf.key
    value = holder[key]
    if isinstance(holder, list):
        del holder[key]
        after = said()
        holder.insert(key, value)
        return after
    kept = dict(holder)
    del holder[key]
    after = said()
    # The order of keys is a reader's business too.
    holder.clear()
    holder.update(kept)
    return after


def _use(leaf: _Leaf, becomes: list[str]) -> FieldUse:
    value = leaf.holder[leaf.key]
    words = leaf.known.words if isinstance(leaf.known, Part) else None
    strange = words is not None and not isinstance(value, dict | list) and not words.has(value)
    if leaf.known is None:
        return FieldUse(leaf.path, Use.UNKNOWN, becomes)
    if becomes:
        return FieldUse(leaf.path, Use.USED, becomes, unknown_word=strange)
    if isinstance(leaf.known, str):
        return FieldUse(leaf.path, Use.UNUSED, why=leaf.known)
    return FieldUse(leaf.path, Use.NOT_NEEDED, unknown_word=strange)


# -- what an event says, flat ------------------------------------------------------------------

_NAMED = {"checks": "name", "vendor_duplicates": "link"}


# What the sessions stage needs to know and no subscriber reads.
_INNER = ("volatile", "ordered", "may_regress")
_REFUSED = "an event or "


def _said(result: Draft | Rejection | Drop) -> dict[str, Any]:
    if not isinstance(result, Draft):
        return {f"{_REFUSED}{result.code}": True}
    said = msgspec.to_builtins(result)
    return dict(_flat({k: v for k, v in said.items() if k not in _INNER}, ""))


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
    """The parts of an event that differ, without their places in lists."""
    refusals = [key for key in (*after, *before) if key.startswith(_REFUSED)]
    if refusals:
        # Whether there is an event at all is all that can be told.
        return [] if len(refusals) == 2 and refusals[0] == refusals[1] else refusals[:1]
    changed = {
        "".join(piece.split("]", 1)[-1] for piece in key.split("["))
        for key in before.keys() | after
        if before.get(key, _ABSENT) != after.get(key, _ABSENT)
    }
    # A check that comes or goes is told once.
    whole = {part.removesuffix(".name") for part in changed if part.endswith(".name")}
    parts = {part for part in changed if part.rpartition(".")[0] not in whole}
    return sorted(parts | whole)
