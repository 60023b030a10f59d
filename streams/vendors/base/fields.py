"""What of a payload is read, what is known and left aside, and what is unknown.

A vendor declares its fields once, where it reads them: its payload structs, whose annotations name
what an untyped part holds (`Annotated[Any, list[Selfie]]`) and which table has its words
(`Annotated[str, OneOf(STATES)]`). `Fields` adds what the vendor's documents name and the vendor
module leaves aside on purpose, each with a reason. Everything else in a payload is unknown.

Paths are patterns: `documents[].meta.type`, with `*` for keys that are the vendor's data.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Annotated, Any, get_args, get_origin

from msgspec import Struct, field

from streams.vendors.base.values import word

OTHER = "other"
"""The label of what no pattern matches: what a payload chooses freely never becomes a label."""

OPEN = "*"
"""The name under which a struct's unused fields hold all that it does not name."""

ROOT = "payload"
"""The path of the whole payload."""


class OneOf:
    """Marks a field of words: the keys of tables are all that is known, and blank."""

    def __init__(self, *tables: Iterable[str], prefixes: tuple[str, ...] = ()) -> None:
        self._words = {word(known) for table in tables for known in table} | {""}
        self._prefixes = tuple(f"{word(prefix)}_" for prefix in prefixes)

    def has(self, value: Any) -> bool:
        """True for a word of the tables, and for other types: no table is about them."""
        if not isinstance(value, str):
            return True
        key = word(value)
        return key in self._words or key.startswith(self._prefixes)


class UnknownField(Struct, frozen=True):
    """A `field` that no struct has, within the object at `path`; or a `word` that no table has,
    at `path`. `value` is the key or the word, where it looks like one and not like free text.
    """

    kind: str
    path: str
    value: str
    label: str
    """For metrics: the struct and its field, or `*` for a field that it lacks. So labels are as
    few as the structs' fields, whatever a payload holds.
    """


class Part(Struct):
    """What a field holds: words of a table, an object, a list of objects, or a map of them, whose
    keys then are the words.
    """

    label: str = OTHER
    words: OneOf | None = None
    holds: tuple[type[Struct], ...] = ()
    keyed: bool = False


class Fields:
    """All that one vendor's payloads are known to hold.

    `root` are the structs of the payload as delivered, all its shapes together. `unused` maps a
    struct to documented fields that are not read, each to why. `spell` writes a payload's key as
    the structs do.
    """

    def __init__(
        self,
        root: tuple[type[Struct], ...],
        unused: dict[type[Struct], dict[str, str]],
        spell: Callable[[str], str] = str,
    ) -> None:
        self.root = root
        self.spell = spell
        self._unused = unused
        self._nodes: dict[tuple[type[Struct], ...], dict[str, Part | str]] = {}

    def node(self, kinds: tuple[type[Struct], ...]) -> dict[str, Part | str]:
        """The known fields of an object of any of `kinds`: how to go on, or why it is unused."""
        if (known := self._nodes.get(kinds)) is None:
            known = self._nodes[kinds] = {}
            for kind in kinds:
                for ancestor in kind.__mro__:
                    known |= self._unused.get(ancestor, {})
            for kind in kinds:
                for name, hint in typing.get_type_hints(kind, include_extras=True).items():
                    part = _part(hint)
                    part.label = f"{_definer(kind, name)}.{name}"
                    known[name] = _merged(known.get(name), part)
        return known

    def unknown_fields(self, payload: dict[str, Any]) -> Iterator[UnknownField]:
        """Everything in a payload that is neither read nor known to be unused."""
        yield from self._unknown_fields(payload, self.root, "")

    def _unknown_fields(
        self, value: dict[str, Any], kinds: tuple[type[Struct], ...], at: str
    ) -> Iterator[UnknownField]:
        known = self.node(kinds)
        for key, inner in value.items():
            name = self.spell(key)
            part = known.get(name) or known.get(OPEN)
            if part is None:
                yield UnknownField("field", at or ROOT, _shown(key), _any_field(kinds))
            elif isinstance(part, Part) and (part.words or part.holds):
                yield from self._inner(inner, part, f"{at}.{name}" if at else name)

    def _inner(self, value: Any, part: Part, at: str) -> Iterator[UnknownField]:
        if isinstance(value, list):
            listed = Part(part.label, part.words, part.holds)
            for item in value:
                yield from self._inner(item, listed, f"{at}[]")
        elif isinstance(value, dict):
            if part.keyed:
                held = Part(holds=part.holds)
                for key, item in value.items():
                    if part.words is not None and not part.words.has(key):
                        yield UnknownField("word", at, _shown(key), part.label)
                    yield from self._inner(item, held, f"{at}.*")
            elif part.holds:
                yield from self._unknown_fields(value, part.holds, at)
        elif part.words is not None and not part.words.has(value):
            yield UnknownField("word", at, _shown(value), part.label)

    def label(self, path: str) -> str:
        """The label of the field at a concrete path, list marks or not; OTHER for none."""
        kinds, label = self.root, OTHER
        steps = path.split(".")
        while steps:
            name, index, _ = steps.pop(0).partition("[")
            part = self.node(kinds).get(name)
            if not isinstance(part, Part):
                return OTHER
            kinds, label = part.holds, part.label
            if part.keyed and steps and not index:
                del steps[0]
        return label

    @cached_property
    def word_labels(self) -> frozenset[str]:
        """The labels of all fields of words, and OTHER."""
        parts = (p for kinds in self._reached() for p in self.node(kinds).values())
        labels = {part.label for part in parts if isinstance(part, Part) and part.words}
        return frozenset(labels | {OTHER})

    @cached_property
    def unknown_field_labels(self) -> frozenset[str]:
        """The labels of all that a payload can hold that is unknown."""
        return self.word_labels - {OTHER} | {_any_field(kinds) for kinds in self._reached()}

    def _reached(self) -> set[tuple[type[Struct], ...]]:
        pending, reached = [self.root], {self.root}
        while pending:
            for part in self.node(pending.pop()).values():
                if isinstance(part, Part) and part.holds and part.holds not in reached:
                    reached.add(part.holds)
                    pending.append(part.holds)
        return reached


_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,59}")


def _shown(what: str) -> str:
    return what if _WORD.fullmatch(what) else "(text)"


def _part(hint: Any) -> Part:
    """What a struct's field holds, from its annotation."""
    if get_origin(hint) is not Annotated:
        return Part(holds=_structs(hint))
    part = Part()
    for extra in get_args(hint)[1:]:
        if isinstance(extra, OneOf):
            part.words = extra
        else:
            part.holds = _structs(extra)
            part.keyed = any(get_origin(form) is dict for form in (extra, *get_args(extra)))
    return part


def _definer(kind: type[Struct], name: str) -> str:
    """The struct of a family that has the field first."""
    having = [k for k in kind.__mro__ if name in vars(k).get("__annotations__", ())]
    return (having or [kind])[-1].__name__


def _any_field(kinds: tuple[type[Struct], ...]) -> str:
    return f"{kinds[0].__name__}.*"


def _structs(hint: Any) -> tuple[type[Struct], ...]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        return (hint,)
    arguments = hint if isinstance(hint, tuple) else get_args(hint)
    return tuple(kind for argument in arguments for kind in _structs(argument))


def _merged(known: Part | str | None, part: Part) -> Part:
    """One field of several structs that may be at the same path."""
    if not isinstance(known, Part):
        return part
    holds = dict.fromkeys((*known.holds, *part.holds))
    return Part(known.label, known.words or part.words, tuple(holds), known.keyed or part.keyed)


# -- drift over many payloads ------------------------------------------------------------------

MOST_ROWS = 10_000


class Tally(Struct):
    """How many payloads became an event, and how many of these held each unknown field."""

    payloads: int = 0
    events: int = 0
    counts: dict[UnknownField, int] = field(default_factory=dict)

    def add(self, unknown_fields: Iterable[UnknownField] | None) -> None:
        """Count a payload, and each of its unknown fields once; None for one that is no event. New
        fields beyond MOST_ROWS are not kept.
        """
        self.payloads += 1
        if unknown_fields is None:
            return
        self.events += 1
        for unknown in set(unknown_fields):
            if unknown in self.counts or len(self.counts) < MOST_ROWS:
                self.counts[unknown] = self.counts.get(unknown, 0) + 1

    def rows(self) -> list[tuple[UnknownField, int]]:
        """Most frequent first."""
        return sorted(self.counts.items(), key=lambda row: (-row[1], row[0].path, row[0].value))
