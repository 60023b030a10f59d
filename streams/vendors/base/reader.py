"""How vendor modules read a payload: strictly what a decision rests on, leniently the rest.

`read_strictly` refuses a wrong type with `invalid_type`. A `Reader` leaves out what it cannot
understand and remembers why. Its reasons hold the path in the payload, never the value:

- `partial:<path>`: an impossible type, so that part is missing (flag `partial`);
- `invalid_<kind>:<path>`: a date, country, phone … that is none; the raw record still has it;
- `unmapped:<path>`: a word that no table has where an outcome or the decision hangs on it (flag
  `unmapped_value`);
- `too_many:<path>`: a list was read to its `MOST_ITEMS`, or the payload to its `MOST_PARTS` (flag
  `truncated`).

A decision that hangs on a field which is not there is UNDETERMINED with `missing:<path>`, and
carries no flag: nothing in it is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

import msgspec

from streams.contracts.model import Outcome, Rejection
from streams.vendors.base import addresses, people, times, values
from streams.vendors.base.countries import country2, country3, names_no_country
from streams.vendors.base.draft import NOT_APPLICABLE, Draft

T = TypeVar("T")

MOST_REASONS = 32
# Real sessions hold some dozens of reports and a few hundred matches or checks. What costs 20 to
# 100 microseconds each must not come by the ten thousand.
MOST_ITEMS = 512
MOST_PARTS = 4096

_AT = " - at `"
_FIRST = re.compile(r"^\.([^.\[]+)|^\[")
_WORD = re.compile(r"[a-z]+")
_JSON_NAMES = {"int": "integer", "float": "number", "str": "string", "bool": "boolean"}
_TYPES: dict[type, str] = {
    type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string",
    list: "array", dict: "object",
}  # fmt: skip

# What vendors write for "nothing" in a field of text.
_NOTHING = frozenset(
    {"", "n/a", "na", "none", "null", "unknown", "undefined", "not_available", "not_applicable"}
)


def invalid_type(path: str, expected: str, value: Any) -> Rejection:
    """A field the decision rests on has an impossible type; the message holds no value."""
    return Rejection("invalid_type", f"{path}: expected {expected}, got {_TYPES[type(value)]}")


def read_strictly(value: Any, kind: type[T], path: str = "") -> T | Rejection:
    """`value` as the struct `kind`, or `invalid_type` naming the field below `path`."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, where = _split(str(error))
        path += where
        message = message.replace("`", "").replace("Expected", "expected")
        message = _WORD.sub(lambda name: _JSON_NAMES.get(name.group(), name.group()), message)
        return Rejection("invalid_type", f"{path.lstrip('.')}: {message}")


_FLAGS = ("unmapped_value", "partial", "truncated")


class Reader:
    """Reads parts of one payload into typed values and remembers what it had to leave out."""

    def __init__(self) -> None:
        self._reasons: dict[str, None] = {}
        self._flags: set[str] = set()
        self._parts_left = MOST_PARTS

    # -- parts ---------------------------------------------------------------------------------

    def part(self, value: Any, kind: type[T], path: str) -> T | None:
        """`value` as `kind`; None where it is null or no object at all. The payload itself has
        an empty `path`.
        """
        if value is None:
            return None
        if not isinstance(value, dict):
            self.note(path)
            return None
        self._parts_left -= 1
        if self._parts_left < 0:
            if self._parts_left == -1:  # the first of the whole payload that is too many
                self._too_many(path)
            return None
        while True:
            try:
                return msgspec.convert(value, kind)
            except msgspec.ValidationError as error:
                name = _first_field(str(error))
                if name is None or name not in value:
                    self.note(path)
                    return None
                self.note(f"{path}.{name}" if path else name)
                value = {k: v for k, v in value.items() if k != name}

    def parts(self, value: Any, kind: type[T], path: str) -> list[T]:
        """Every object of a list as `kind`; null is an empty list, a lone object a list of one."""
        if value is None:
            return []
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            self.note(path)
            return []
        found = []
        for i, item in enumerate(self.items(value, path)):
            if (read := self.part(item, kind, f"{path}[{i}]")) is not None:
                found.append(read)
        return found

    def entries(self, value: Any, path: str) -> list[tuple[str, Any]]:
        """The entries of an object whose keys are the vendor's data, sorted by key."""
        if value is None:
            return []
        if not isinstance(value, dict):
            self.note(path)
            return []
        return self.items(sorted(value.items()), path)

    def items(self, value: list[T], path: str) -> list[T]:
        """As many items of a list as are read."""
        if len(value) <= MOST_ITEMS:
            return value
        self._too_many(path)
        return value[:MOST_ITEMS]

    # -- values --------------------------------------------------------------------------------

    def identifier(self, value: Any, path: str) -> str | None:
        """An id that the decision does not rest on, as text."""
        found = values.identifier(value)
        if value is not None and found is None and isinstance(value, bool | float | list | dict):
            self.note(path)
        return found

    def boolean(self, value: Any, path: str) -> bool | None:
        found = values.boolean(value)
        if found is None and _is_given(value):
            self.note(path)
        return found

    def date(self, value: Any, path: str) -> date | None:
        return self._read("date", times.day, value, path)

    def time(self, value: Any, path: str) -> int | None:
        """Epoch milliseconds UTC."""
        return self._read("time", times.millis, value, path)

    def gender(self, value: Any, path: str) -> str | None:
        return self._read("gender", people.gender, value, path)

    def country3(self, value: Any, path: str) -> str | None:
        return self._country(country3, value, path)

    def country2(self, value: Any, path: str) -> str | None:
        return self._country(country2, value, path)

    def ip(self, value: Any, path: str) -> tuple[str | None, bool | None]:
        """`(address, is_global)`; both None where there is no address."""
        return self._read("ip", addresses.ip, value, path) or (None, None)

    def email(self, value: Any, path: str) -> str | None:
        return self._read("email", people.email, value, path)

    def phone(self, value: Any, region: str | None, path: str) -> tuple[str, str | None] | None:
        if (found := people.phone(value, region)) is None and _is_given(value):
            self.invalid("phone", path)
        return found

    def point(self, latitude: Any, longitude: Any, path: str) -> addresses.Point | None:
        """Coordinates in degrees, both or none."""
        if latitude is None and longitude is None:
            return None
        found = addresses.point(latitude, longitude)
        if found is None:
            self.invalid("coordinates", path)
        return found

    def _country(self, convert: Callable[[Any], str | None], value: Any, path: str) -> str | None:
        if value is None:
            return None
        if (found := convert(value)) is None and not names_no_country(value) and _is_given(value):
            self.invalid("country", path)
        return found

    def _read(
        self, kind: str, convert: Callable[[Any], T | None], value: Any, path: str
    ) -> T | None:
        if value is None:
            return None
        if (found := convert(value)) is None and _is_given(value):
            self.invalid(kind, path)
        return found

    # -- words ---------------------------------------------------------------------------------

    def mapped(self, table: Mapping[str, T], value: Any, path: str) -> T | None:
        """The row of a vendor's word; None where it is absent, or unmapped and noted as such."""
        key = values.word(value)
        if (row := table.get(key)) is None and key:
            self.unmapped(path)
        return row

    def outcome(
        self, table: Mapping[str, Outcome], value: Any, path: str
    ) -> tuple[Outcome, list[str]]:
        """The outcome of a vendor's word, and `unmapped` as a reason where the table lacks it."""
        known = table.get(values.word(value)) if value is None or isinstance(value, str) else None
        if known is not None:
            return known, []
        self.unmapped(path)
        return NOT_APPLICABLE, ["unmapped"]

    # -- what was left out ---------------------------------------------------------------------

    def note(self, path: str) -> None:
        """`path` was left out because of its type."""
        self._reasons[f"partial:{path}"] = None
        self._flags.add("partial")

    def invalid(self, kind: str, path: str) -> None:
        """The value at `path` is no `kind` that can be understood."""
        self._reasons[f"invalid_{kind}:{path}"] = None

    def unmapped(self, path: str) -> None:
        """The word at `path` is in no table."""
        self._reasons[f"unmapped:{path}"] = None
        self._flags.add("unmapped_value")

    def _too_many(self, path: str) -> None:
        self._reasons[f"too_many:{path}"] = None
        self._flags.add("truncated")

    def finish(self, draft: Draft) -> Draft:
        """The draft with what this reader remembers, each reason and flag once.

        Sorted, since fields are met in the order that the payload happens to have.
        """
        if not self._reasons and len(draft.reasons) < 2 and len(draft.flags) < 2:
            return draft
        own = sorted(self._reasons)[:MOST_REASONS]
        return msgspec.structs.replace(
            draft,
            reasons=list(dict.fromkeys(draft.reasons + own)),
            flags=list(dict.fromkeys([*draft.flags, *(f for f in _FLAGS if f in self._flags)])),
        )


def _is_given(value: Any) -> bool:
    """True for everything but null and the usual words for nothing."""
    return values.word(value) not in _NOTHING if isinstance(value, str) else value is not None


def _split(message: str) -> tuple[str, str]:
    """A message of msgspec's and the path at its end: `Expected `int` - at `$.a[0]`` → `.a[0]`."""
    expected, _, where = message.rpartition(_AT)
    return (expected, where.removeprefix("key in ")[1:-1]) if expected else (message, "")


def _first_field(message: str) -> str | None:
    first = _FIRST.match(_split(message)[1])
    return first.group(1) if first else None
