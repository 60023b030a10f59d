"""Avro's binary encoding of the canonical structs, by code generated from the schema.

fastavro is the reader and the reference: a test compares the bytes of any event. Its writer tries
each value against the branches of its union; nearly all fields are nullable, and writing took
longer than any other step of a decision. The contracts use few shapes, so each record becomes
straight-line code, generated once at import from the parsed schema alone. This encoder also refuses
values that fastavro writes silently: 1.7 or True in a `long`, NaN in a `double`.

Until the end, bytes are text of one character per byte (Latin-1): nearly all strings are ASCII and
need no conversion. An `encode` of each took most of the time.
"""

from __future__ import annotations

import keyword
import struct
import sys
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

Write = Callable[[Any], str]
"""The encoding of one struct, one character a byte. Raises ValueError, TypeError, AttributeError
or KeyError where a value does not fit its field."""

_EPOCH = date(1970, 1, 1).toordinal()
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1
_PACK = struct.Struct("<d").pack
_NULL, _SOME = "\x00", "\x02"
"""The indexes of the branches of a nullable field; `_NULL` also ends arrays and maps."""

_LAST = tuple(map(chr, range(0x80)))
_MORE = tuple(map(chr, range(0x80, 0x100)))


def varint(value: int) -> bytes:
    """An integer as Avro's zig-zag variable-length `long`; ValueError beyond 64 bits."""
    return _long(value).encode("latin-1")


def _long(value: int) -> str:
    if value.__class__ is not int:
        raise TypeError(f"expected an integer, got {type(value).__name__}")
    if not _LONG_MIN <= value <= _LONG_MAX:
        raise ValueError("integer does not fit 64 bits")
    rest = (value << 1) ^ (value >> 63)
    if rest > 0x3FFF:
        return _MORE[rest & 0x7F] + _MORE[rest >> 7 & 0x7F] + _upper(rest >> 14)
    return _groups(rest)


def _groups(rest: int) -> str:
    out = ""
    while rest > 0x7F:
        out += _MORE[rest & 0x7F]
        rest >>= 7
    return out + _LAST[rest]


# Times of the same eight seconds share all but their lowest bits.
_upper = lru_cache(maxsize=4096)(_groups)


_SHORT = 256
_LENGTHS = tuple(map(_long, range(_SHORT)))


def _length(size: int) -> str:
    return _LENGTHS[size] if size < _SHORT else _long(size)


def _utf8(value: str) -> str:
    return value.encode().decode("latin-1")


def _string(value: str) -> str:
    data = value if value.isascii() else _utf8(value)
    return _length(len(data)) + data


_LARGEST = sys.float_info.max


def _double(value: float) -> str:
    kind = value.__class__
    if (kind is not float and kind is not int) or not -_LARGEST <= value <= _LARGEST:
        raise ValueError(f"expected a finite number, got {type(value).__name__}")
    return _PACK(value).decode("latin-1")


def _boolean(value: bool) -> str:
    if value is not True and value is not False:
        raise TypeError(f"expected a boolean, got {type(value).__name__}")
    return _LAST[value]


@lru_cache(maxsize=4096)
def _days(value: date) -> str:
    return _long(value.toordinal() - _EPOCH)


def _date(value: date) -> str:
    if value.__class__ is not date:  # a datetime is a date too
        raise TypeError(f"expected a date, got {type(value).__name__}")
    return _days(value)


_PRIMITIVES: dict[str, tuple[type, Write]] = {
    "boolean": (bool, _boolean),
    "long": (int, _long),
    "double": (float, _double),
    "string": (str, _string),
}


class _Branches(dict[type, tuple[str, Write]]):
    """A value's class → the index of its branch in a union, and its writer."""

    def __missing__(self, kind: type) -> tuple[str, Write]:
        if issubclass(kind, str):  # an enum's member in a field of any text
            return self[str]
        raise KeyError(kind)


_RUNTIME = {
    "join": "".join, "null": _NULL, "some": _SOME, "utf8": _utf8,
    "lengths": _LENGTHS, "some_lengths": tuple(_SOME + length for length in _LENGTHS),
    "length": _length, "short": _SHORT, "write_date": _date,
    **{f"write_{kind}": write for kind, (_, write) in _PRIMITIVES.items()},
}  # fmt: skip


def compile_schema(schema: Any) -> Write:
    """The writer of a parsed record schema (`fastavro.parse_schema`) for structs whose attributes
    have the fields' names, with an underscore after Python's keywords.

    Raises ValueError for a shape that the contracts do not use.
    """
    return _Compiler().record(schema)


class _Compiler:
    """Generates one function per record: it sets a variable for each field, and joins them."""

    def __init__(self) -> None:
        self._scope: dict[str, Any] = dict(_RUNTIME)
        self._named: dict[str, str] = {}

    def record(self, schema: Any) -> Write:
        lines, parts = ["def write(record):"], []
        for index, field in enumerate(schema["fields"]):
            name, kind, value = field["name"], field["type"], f"value{index}"
            attribute = f"{name}_" if keyword.iskeyword(name) else name
            lines.append(f"    {value} = record.{attribute}")
            if kind in ("string", ["null", "string"]):
                lines += _text(value, f"length{index}", nullable=kind != "string")
                parts += [f"length{index}", value]
            else:
                parts.append(self._value(kind).format(value))
        lines.append(f"    return join(({', '.join(parts)},))")
        exec("\n".join(lines), self._scope)  # noqa: S102 - names come from our own contract
        write: Write = self._scope.pop("write")
        return write

    def _value(self, schema: Any) -> str:
        """The template of an expression: the encoding of the variable that fills it."""
        if isinstance(schema, list):
            return self._union(schema)
        if isinstance(schema, dict) and schema.get("logicalType") == "date":
            return "write_date({0})"
        kind = schema["type"] if isinstance(schema, dict) else schema
        if kind in self._named:
            return self._named[kind]
        if kind in _PRIMITIVES:
            return f"write_{kind}({{0}})"
        if kind in ("record", "enum"):
            return self._define(schema)
        if kind == "array":
            return _blocks(self._value(schema["items"]).format("item"), "item in {0}")
        if kind == "map":
            pair = f"write_string(key) + {self._value(schema['values']).format('item')}"
            return _blocks(pair, "key, item in {0}.items()")
        raise ValueError(f"no encoding for the shape {kind!r}")

    def _define(self, schema: Any) -> str:
        """Registers a named type; returns the template of its encoding."""
        label = schema["name"].replace(".", "_")
        if schema["type"] == "enum":
            # By `_value_`: hashing the member itself would run Python code.
            self._scope[label] = {s: _long(i) for i, s in enumerate(schema["symbols"])}
            template = f"{label}[{{0}}._value_]"
        else:
            self._scope[label] = self.record(schema)
            template = f"{label}({{0}})"
        self._named[schema["name"]] = template
        return template

    def _union(self, branches: list[Any]) -> str:
        if len(branches) == 2 and branches[0] == "null":
            some = self._value(branches[1])
            return f"null if {{0}} is None else some + {some}"
        if not all(branch in _PRIMITIVES for branch in branches):
            raise ValueError("no encoding for a union of these branches")
        label = f"union_{len(self._scope)}"
        kinds = [_PRIMITIVES[branch] for branch in branches]
        written = _Branches({kind: (_long(i), write) for i, (kind, write) in enumerate(kinds)})

        def write(value: Any) -> str:
            index, write_branch = written[value.__class__]
            return index + write_branch(value)

        self._scope[label] = write
        return f"{label}({{0}})"


def _text(value: str, length: str, *, nullable: bool) -> list[str]:
    """Lines that set `value` to the string's bytes, and `length` to their prefix."""
    lengths, some = ("some_lengths", "some + ") if nullable else ("lengths", "")
    lines = [
        f"if not {value}.isascii():",
        f"    {value} = utf8({value})",
        f"size = len({value})",
        f"{length} = {lengths}[size] if size < short else {some}write_long(size)",
    ]
    if nullable:
        absent = [f"if {value} is None:", f"    {length}, {value} = null, ''", "else:"]
        lines = [*absent, *_indent(lines)]
    return _indent(lines)


def _blocks(item: str, loop: str) -> str:
    return f"length(len({{0}})) + join([{item} for {loop}]) + null if {{0}} else null"


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
