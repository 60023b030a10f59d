"""The short form of `make slow`. It counts calls instead of time; a non-linear pattern exceeds the
test's time limit.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import streams
from streams.vendors import VENDORS
from tests.fuzz.patterns import all_patterns, run, tokens
from tests.fuzz.slow import shapes
from tests.fuzz.way import pipeline, whole_way

PATTERNS = all_patterns()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_linear(name: str) -> None:
    """One that is not needs minutes for a single of these texts: `\\s*Z$` three, for blanks."""
    for token in tokens(PATTERNS[name]):
        run(PATTERNS[name], token, 100_000)


def test_no_pattern_hides_in_a_function() -> None:
    """All patterns are names of modules, where the tests find them."""
    compiled = 0
    for path in Path(streams.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            if node.value.id == "re" and callable(getattr(re, node.attr)):
                assert node.attr in ("compile", "Pattern", "Match"), path
                compiled += node.attr == "compile"
    assert compiled == len(PATTERNS)


def _calls(work: Callable[[], object]) -> int:
    count = 0

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("vendor", VENDORS)
def test_calls_grow_no_faster_than_payloads(vendor: str) -> None:
    pipeline().lookups.places.load()
    checked = 0
    for case in shapes(vendor):
        whole_way(vendor, small := case.make(20_000))
        few = _calls(lambda small=small: whole_way(vendor, small))
        large = case.make(40_000)
        growth = len(large) / len(small)
        whole_way(vendor, large)
        many = _calls(lambda large=large: whole_way(vendor, large))
        assert many <= 1.25 * growth * few, case.name
        checked += 1
    assert checked > 20
