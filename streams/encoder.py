"""Avro's binary encoding of the canonical structs, compiled from a schema.

A general writer asks every value which branch of a union it fits, which costs more than all the
rest of a decision's way through this pipeline. The contracts use few shapes, so each record
becomes one Python function of straight-line code, generated once at import from the parsed schema
and from nothing else. It also refuses what a general writer takes silently: a float or boolean in
a `long`, an integer beyond 64 bits, a number that is not finite. A test compares its bytes with
fastavro's.
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
"""Appends the encoding of one struct to a buffer. Raises ValueError, TypeError,
AttributeError or KeyError where a value does not fit its field."""

_EPOCH = date(1970, 1, 1).toordinal()
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1


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


_KNOWN_LENGTHS = 256
_LENGTHS = tuple(varint(n) for n in range(_KNOWN_LENGTHS))
_SOME_LENGTHS = tuple(b"\x02" + length for length in _LENGTHS)  # of the second branch of a union
_PACK = struct.Struct("<d").pack


def _long(out: bytearray, value: int) -> None:
    out += varint(value)


def _string(out: bytearray, value: str) -> None:
    data = value.encode()
    size = len(data)
    out += _LENGTHS[size] if size < _KNOWN_LENGTHS else varint(size)
    out += data


def _double(out: bytearray, value: float) -> None:
    kind = value.__class__
    if (kind is not float and kind is not int) or not isfinite(value):
        raise ValueError(f"expected a finite number, got {type(value).__name__}")
    out += _PACK(value)


def _boolean(out: bytearray, value: bool) -> None:
    if value is not True and value is not False:
        raise TypeError(f"expected a boolean, got {type(value).__name__}")
    out += b"\x01" if value else b"\x00"


@lru_cache(maxsize=4096)
def _date_bytes(value: date) -> bytes:
    return varint(value.toordinal() - _EPOCH)


def _date(out: bytearray, value: date) -> None:
    if value.__class__ is not date:  # a datetime is a date too
        raise TypeError(f"expected a date, got {type(value).__name__}")
    out += _date_bytes(value)


_PRIMITIVES: dict[str, tuple[type, Write]] = {
    "boolean": (bool, _boolean),
    "long": (int, _long),
    "double": (float, _double),
    "string": (str, _string),
}
_RUNTIME = {
    "lengths": _LENGTHS, "some_lengths": _SOME_LENGTHS, "known": _KNOWN_LENGTHS,
    "varint": varint, "write_long": _long, "write_string": _string, "write_double": _double,
    "write_boolean": _boolean, "write_date": _date,
}  # fmt: skip


def compile_schema(schema: Any) -> Write:
    """The writer of a parsed record schema (`fastavro.parse_schema`) for structs whose attributes
    bear the fields' names, with an underscore behind Python's keywords.

    ValueError for a shape that the contracts do not use.
    """
    return _Compiler().record(schema)


class _Compiler:
    def __init__(self) -> None:
        self.scope: dict[str, Any] = dict(_RUNTIME)
        self.named: dict[str, str] = {}

    def record(self, schema: Any) -> Write:
        lines = ["def write(out, record):"]
        for field in schema["fields"]:
            name = field["name"]
            attribute = f"{name}_" if keyword.iskeyword(name) else name
            lines.append(f"    value = record.{attribute}")
            lines += _indent(self.value(field["type"], "value"))
        exec("\n".join(lines), self.scope)  # noqa: S102 - names come from our own contract
        write: Write = self.scope.pop("write")
        return write

    def value(self, schema: Any, name: str) -> list[str]:
        """Lines that write the variable `name`."""
        if isinstance(schema, list):
            return self.union(schema, name)
        if isinstance(schema, dict) and schema.get("logicalType") == "date":
            return [f"write_date(out, {name})"]
        kind = schema["type"] if isinstance(schema, dict) else schema
        if kind in self.named:
            return [self.named[kind].format(name)]
        if kind in _PRIMITIVES:
            return [f"write_{kind}(out, {name})"]
        if kind in ("record", "enum"):
            return [self.define(schema).format(name)]
        if kind == "array":
            return self.block(name, f"for item in {name}:", self.value(schema["items"], "item"))
        if kind == "map":
            body = ["write_string(out, key)", *self.value(schema["values"], "item")]
            return self.block(name, f"for key, item in {name}.items():", body)
        raise ValueError(f"no encoding for the shape {kind!r}")

    def define(self, schema: Any) -> str:
        """Makes a named type known; the template of the line that writes it."""
        label = schema["name"].replace(".", "_")
        if schema["type"] == "enum":
            # By `_value_`: hashing the member itself would run Python code.
            self.scope[label] = {s: varint(i) for i, s in enumerate(schema["symbols"])}
            line = f"out += {label}[{{0}}._value_]"
        else:
            self.scope[label] = self.record(schema)
            line = f"{label}(out, {{0}})"
        self.named[schema["name"]] = line
        return line

    def block(self, name: str, loop: str, body: list[str]) -> list[str]:
        lines = [f"if {name}:", f"    out += varint(len({name}))", f"    {loop}"]
        return [*lines, *_indent(body, 2), r"out += b'\x00'"]

    def union(self, branches: list[Any], name: str) -> list[str]:
        if len(branches) == 2 and branches[0] == "null":
            lines = [f"if {name} is None:", r"    out += b'\x00'", "else:"]
            if branches[1] == "string":
                some = ["data = value.encode()".replace("value", name), "size = len(data)"]
                some.append(
                    r"out += some_lengths[size] if size < known else b'\x02' + varint(size)"
                )
                return lines + _indent([*some, "out += data"])
            return lines + _indent([r"out += b'\x02'", *self.value(branches[1], name)])
        if not all(branch in _PRIMITIVES for branch in branches):
            raise ValueError("no encoding for a union of these branches")
        label = f"union_{len(self.scope)}"
        self.scope[label] = {
            _PRIMITIVES[branch][0]: (varint(i), _PRIMITIVES[branch][1])
            for i, branch in enumerate(branches)
        }
        return [
            f"index, write_branch = {label}[{name}.__class__]",
            "out += index",
            f"write_branch(out, {name})",
        ]


def _indent(lines: list[str], levels: int = 1) -> list[str]:
    return ["    " * levels + line for line in lines]
