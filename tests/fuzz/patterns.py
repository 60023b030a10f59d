"""Texts that make a regular expression slow, derived from the expression."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Iterator
from typing import Any

import streams

MOST_TOKENS = 60
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_DIGIT: "a", codes.CATEGORY_NOT_SPACE: "a", codes.CATEGORY_NOT_WORD: "-",
}  # fmt: skip


def all_patterns() -> dict[str, re.Pattern[Any]]:
    """Every compiled pattern of `streams`, by module and name."""
    found: dict[str, re.Pattern[Any]] = {}
    for module in pkgutil.walk_packages(streams.__path__, "streams."):
        names = vars(importlib.import_module(module.name))
        for name, value in names.items():
            values = value if isinstance(value, tuple) else (value,)
            for i, item in enumerate(values):
                if isinstance(item, re.Pattern):
                    found[f"{module.name}.{name}[{i}]"] = item
    return found


def tokens(pattern: re.Pattern[Any]) -> list[str]:
    """Short texts to repeat: what it begins with, all it matches, and its parts in other orders."""
    text = pattern.pattern
    text = text.decode("latin-1") if isinstance(text, bytes) else text
    atoms = list(dict.fromkeys(_atoms(parser.parse(text, pattern.flags & ~re.UNICODE))))
    whole = "".join(atoms)
    starts = [whole[:n] for n in range(1, len(whole) + 1)]
    pairs = ["".join(pair) for pair in itertools.permutations(atoms[:7], 2)]
    return list(dict.fromkeys([*atoms, whole, *starts, *pairs, *(f"{t}x" for t in atoms)]))[
        :MOST_TOKENS
    ]


def _atoms(parsed: Any) -> Iterator[str]:
    """The literals of a pattern, and a character of each of its classes."""
    run = ""
    for code, argument in parsed:
        if code is codes.LITERAL:
            run += chr(argument)
            continue
        if run:
            yield run
            run = ""
        yield from _of(code, argument)
    if run:
        yield run


def _of(code: Any, argument: Any) -> Iterable[str]:
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        return _atoms(argument[2])
    if code is codes.SUBPATTERN:
        return _atoms(argument[3])
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return _atoms(argument[1])
    if code is codes.BRANCH:
        return itertools.chain.from_iterable(_atoms(branch) for branch in argument[1])
    if code is codes.IN:
        return itertools.chain.from_iterable(_member(*item) for item in argument)
    return ["x"] if code in (codes.ANY, codes.NOT_LITERAL) else []


def _member(code: Any, argument: Any) -> Iterable[str]:
    if code is codes.LITERAL:
        return [chr(argument)]
    if code is codes.RANGE:
        return [chr(argument[0])]
    return [_CATEGORIES[argument]] if code is codes.CATEGORY else []


def run(pattern: re.Pattern[Any], token: str, length: int) -> None:
    """Everything that code does with a pattern, on a text of one repeated token."""
    text: Any = (token * (length // len(token) + 1))[:length]
    if isinstance(pattern.pattern, bytes):
        text = text.encode("latin-1", "replace")
    pattern.search(text)
    pattern.fullmatch(text)
    pattern.sub(text[:0], text)
