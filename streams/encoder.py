"""Avro's binary encoding of the canonical structs, by code generated from the schema.

fastavro stays the reader and the reference: a test compares the bytes for any event. As a writer
it tries a value against the branches of every union, and nearly all fields of an event are
nullable, so writing took longer than any other step of a decision. The contracts use few shapes;
so each record becomes straight-line code, generated once at import from the parsed schema alone.
It also refuses what fastavro writes without a word: 1.7 or True in a `long`, NaN in a `double`.
"""

from __future__ import annotations

import keyword
import struct
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import Any

Write = Callable[[bytearray, Any], None]
"""Appends the encoding of one struct to a buffer. Raises ValueError, TypeError, AttributeError or
KeyError where a value does not fit its field."""

_EPOCH = date(1970, 1, 1).toordinal()
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1
_KNOWN_LENGTHS = 128
_PACK = struct.Struct("<d").pack


def varint(value: int) -> bytes:
    """An integer as Avro's zig-zag variable-length `long`; ValueError beyond 64 bits."""
    if value.__class__ is not int:
        raise TypeError(f"expected an integer, got {type(value).__name__}")
    if not _LONG_MIN <= value <= _LONG_MAX:
        raise ValueError("integer does not fit 64 bits")
    rest = (value << 1) ^ (value >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


_LENGTHS = tuple(map(varint, range(_KNOWN_LENGTHS)))


def _string(out: bytearray, value: str) -> None:
    data = value.encode()
    size = len(data)
    out += _LENGTHS[size] if size < _KNOWN_LENGTHS else varint(size)
    out += data


def _long(out: bytearray, value: int) -> None:
    out += varint(value)


def _double(out: bytearray, value: float) -> None:
    kind = value.__class__
    if (kind is not float and kind is not int) or not isfinite(value):
        raise ValueError(f"expected a finite number, got {type(value).__name__}")
    out += _PACK(value)


def _boolean(out: bytearray, value: bool) -> None:
    if value is not True and value is not False:
        raise TypeError(f"expected a boolean, got {type(value).__name__}")
    out.append(value)


@lru_cache(maxsize=4096)
def _days(value: date) -> bytes:
    return varint(value.toordinal() - _EPOCH)


def _date(out: bytearray, value: date) -> None:
    if value.__class__ is not date:  # a datetime is a date too
        raise TypeError(f"expected a date, got {type(value).__name__}")
    out += _days(value)


_PRIMITIVES: dict[str, tuple[type, Write]] = {
    "boolean": (bool, _boolean),
    "long": (int, _long),
    "double": (float, _double),
    "string": (str, _string),
}


class _Branches(dict[type, tuple[bytes, Write]]):
    """A value's class → the index of its branch in a union, and what writes it."""

    def __missing__(self, kind: type) -> tuple[bytes, Write]:
        if issubclass(kind, str):  # a word of an enum, where any text may stand
            return self[str]
        raise KeyError(kind)


_RUNTIME = {
    "lengths": _LENGTHS, "known": _KNOWN_LENGTHS, "varint": varint,
    "some_lengths": tuple(b"\x02" + length for length in _LENGTHS),  # behind a union's null
    "write_date": _date, **{f"write_{kind}": write for kind, (_, write) in _PRIMITIVES.items()},
}  # fmt: skip


def compile_schema(schema: Any) -> Write:
    """The writer of a parsed record schema (`fastavro.parse_schema`) for structs whose attributes
    bear the fields' names, with an underscore behind Python's keywords.

    ValueError for a shape that the contracts do not use.
    """
    return _Compiler().record(schema)


class _Compiler:
    def __init__(self) -> None:
        self._scope: dict[str, Any] = dict(_RUNTIME)
        self._named: dict[str, str] = {}

    def record(self, schema: Any) -> Write:
        lines = ["def write(out, record):"]
        for field in schema["fields"]:
            name = field["name"]
            attribute = f"{name}_" if keyword.iskeyword(name) else name
            lines += [f"    value = record.{attribute}", *_indent(self._value(field["type"]))]
        exec("\n".join(lines), self._scope)  # noqa: S102 - names come from our own contract
        write: Write = self._scope.pop("write")
        return write

    def _value(self, schema: Any, name: str = "value") -> list[str]:
        """Lines that write the variable `name`."""
        if isinstance(schema, list):
            return self._union(schema, name)
        if isinstance(schema, dict) and schema.get("logicalType") == "date":
            return [f"write_date(out, {name})"]
        kind = schema["type"] if isinstance(schema, dict) else schema
        if kind in self._named:
            return [self._named[kind].format(name)]
        if kind == "string":
            return _text(name, "lengths", "")
        if kind in _PRIMITIVES:
            return [f"write_{kind}(out, {name})"]
        if kind in ("record", "enum"):
            return [self._define(schema).format(name)]
        if kind == "array":
            return _blocks(name, f"for item in {name}:", self._value(schema["items"], "item"))
        if kind == "map":
            pair = [*_text("key", "lengths", ""), *self._value(schema["values"], "item")]
            return _blocks(name, f"for key, item in {name}.items():", pair)
        raise ValueError(f"no encoding for the shape {kind!r}")

    def _define(self, schema: Any) -> str:
        """Makes a named type known; the template of the line that writes it."""
        label = schema["name"].replace(".", "_")
        if schema["type"] == "enum":
            # By `_value_`: hashing the member itself would run Python code.
            self._scope[label] = {s: varint(i) for i, s in enumerate(schema["symbols"])}
            line = f"out += {label}[{{0}}._value_]"
        else:
            self._scope[label] = self.record(schema)
            line = f"{label}(out, {{0}})"
        self._named[schema["name"]] = line
        return line

    def _union(self, branches: list[Any], name: str) -> list[str]:
        if len(branches) == 2 and branches[0] == "null":
            some = [r"out += b'\x02'", *self._value(branches[1], name)]
            if branches[1] == "string":
                some = _text(name, "some_lengths", r"b'\x02' + ")
            return [f"if {name} is None:", r"    out += b'\x00'", "else:", *_indent(some)]
        if not all(branch in _PRIMITIVES for branch in branches):
            raise ValueError("no encoding for a union of these branches")
        label = f"union_{len(self._scope)}"
        kinds = [_PRIMITIVES[branch] for branch in branches]
        self._scope[label] = _Branches(
            {kind: (varint(i), write) for i, (kind, write) in enumerate(kinds)}
        )
        return [
            f"index, write_branch = {label}[{name}.__class__]",
            "out += index",
            f"write_branch(out, {name})",
        ]


def _text(name: str, lengths: str, index: str) -> list[str]:
    return [
        f"data = {name}.encode()",
        "size = len(data)",
        f"out += {lengths}[size] if size < known else {index}varint(size)",
        "out += data",
    ]


def _blocks(name: str, loop: str, body: list[str]) -> list[str]:
    lines = [f"if {name}:", f"    out += varint(len({name}))", f"    {loop}"]
    return [*lines, *_indent(_indent(body)), r"out += b'\x00'"]


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
