"""Payloads made to be slow: repeated content of samples, and long texts that patterns and parsers
look for. Each case can have any size, so that growth can be measured.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from streams.pipeline.normalize.parse import MAX_BYTES, MAX_COMMAS
from tests.fuzz.patterns import all_patterns, tokens
from tests.support.json_fuzz import payloads

LARGEST = MAX_BYTES - 4096

# What the parser, the digest and the fast looks before them search for, and letters that grow when
# they are folded.
PARSED = (
    "https://", "http://a?", "[", "[]", "{}", ":", "u", "null", '"', "\\", "\\u0041", "\n", " ",
    "a ", "é", "e\u0301", "ﷺ", "😀", "1", "-", ",", "aA", "a.", "://",
)  # fmt: skip


class Case(NamedTuple):
    """`make` returns a payload of about the given size in bytes."""

    vendor: str
    name: str
    make: Callable[[int], bytes]


def cases(vendor: str) -> Iterator[Case]:
    """Every case of `shapes`, and long texts for patterns and parsers."""
    yield from shapes(vendor)
    sample = max(payloads(vendor), key=lambda p: len(json.dumps(p)))
    for token in dict.fromkeys((*PARSED, *(t for p in all_patterns().values() for t in tokens(p)))):
        yield Case(vendor, f"a text of {token!r}", _lengthened(sample, ("x",), token))


def shapes(vendor: str) -> Iterator[Case]:
    """Every list repeated, every map widened, every text lengthened; then cases outside of samples:
    long numbers, and many values under an unknown key.
    """
    for path, sample in _richest(vendor):
        value = _at(sample, path)
        name = ".".join(map(str, path)) or "payload"
        if isinstance(value, list) and value:
            yield Case(vendor, f"{name} repeated", _repeated(sample, path, vary=False))
            yield Case(vendor, f"{name} repeated, each new", _repeated(sample, path, vary=True))
        elif isinstance(value, dict):
            yield Case(vendor, f"{name} widened", _widened(sample, path))
        elif isinstance(value, str):
            yield Case(vendor, f"{name} of é-", _lengthened(sample, path, "é- "))
    sample = max(payloads(vendor), key=lambda p: len(json.dumps(p)))
    for item in ({}, [], 1, "a", {"status": "Approved", "warnings": [{"risk": "R"}]}):
        yield Case(
            vendor, f"many of {item}", _repeated({**sample, "x": [item]}, ("x",), vary=False)
        )
    for number in ("1", "1.1", "1e0", "-9"):
        yield Case(vendor, f"a number {number}…", _number(sample, number))


@cache
def _richest(vendor: str) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Each shape of path that any sample has, with the largest sample that has it."""
    found: dict[tuple[Any, ...], tuple[tuple[Any, ...], dict[str, Any]]] = {}
    for sample in sorted(payloads(vendor), key=lambda p: -len(json.dumps(p))):
        if isinstance(sample, dict):
            for path in _paths(sample, ()):
                shape = tuple("[]" if isinstance(step, int) else step for step in path)
                found.setdefault(shape, (path, sample))
    return list(found.values())


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1])
    for key, item in inner if isinstance(value, dict | list) else ():
        if isinstance(item, dict | list | str):
            yield from _paths(item, (*path, key)) if not isinstance(item, str) else ((*path, key),)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _with(sample: Any, path: tuple[Any, ...], value: Any) -> bytes:
    if not path:
        return _bytes(value)
    changed = copy.deepcopy(sample)
    _at(changed, path[:-1])[path[-1]] = value
    return _bytes(changed)


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _times(item: bytes, size: int) -> int:
    """How many of an item go into a payload of `size` bytes that is not refused for its commas."""
    return max(1, min(size // (len(item) + 1), (MAX_COMMAS - 2000) // (item.count(b",") + 1)))


def _repeated(sample: Any, path: tuple[Any, ...], *, vary: bool) -> Callable[[int], bytes]:
    items = _at(sample, path)

    def make(size: int) -> bytes:
        times = _times(_bytes(items[0]) + b"00000" * vary, size)
        many = [_varied(items[0], i) for i in range(times)] if vary else [items[0]] * times
        return _with(sample, path, many)

    return make


def _varied(value: Any, i: int) -> Any:
    if isinstance(value, dict):
        return {key: _varied(item, i) for key, item in value.items()}
    if isinstance(value, list):
        return [_varied(item, i) for item in value]
    return f"{value}{i}" if isinstance(value, str) else value


def _widened(sample: Any, path: tuple[Any, ...]) -> Callable[[int], bytes]:
    held = _at(sample, path)

    def make(size: int) -> bytes:
        item = next(iter(held.values()), None)
        times = _times(_bytes(item) + b'"aKey_00000":', size)
        return _with(sample, path, held | {f"aKey_{i}": item for i in range(times)})

    return make


def _lengthened(sample: Any, path: tuple[Any, ...], token: str) -> Callable[[int], bytes]:
    each = len(_bytes(token)) - 2

    def make(size: int) -> bytes:
        return _with(sample, path, token * max(1, size // each))

    return make


def _number(sample: Any, digits: str) -> Callable[[int], bytes]:
    def make(size: int) -> bytes:
        return _bytes(sample)[:-1] + b',"x":' + digits.encode() + digits[-1:].encode() * size + b"}"

    return make
