"""The short form of `make fuzz`, and payloads that have broken readers before."""

from __future__ import annotations

import pytest

from streams.contracts.model import Decision, Drop, Rejection
from streams.vendors import VENDORS
from tests.fuzz.properties import outcome, run

MUTANTS = 1000


@pytest.mark.parametrize("vendor", VENDORS)
def test_properties_hold_for_mutants(vendor: str) -> None:
    found = run(vendor, range(1_000_000, 1_000_000 + MUTANTS))
    assert found.total() == MUTANTS
    # Mutants that are all refused would show nothing.
    assert sum(found[decision] for decision in Decision) > MUTANTS / 3
    assert len(found) > 5


CORPUS = {
    b"": Drop,
    b" ": "invalid_json",
    b"null": "not_an_object",
    b"[]": "not_an_object",
    b'"x"': "not_an_object",
    b"{}": "unknown_shape",
    b'{"status": NaN}': "invalid_json",
    b'{"status": -Infinity}': "invalid_json",
    b'{"status": 1e999}': "invalid_json",
    b'{"status": "\\ud800"}': "invalid_json",
    b'{"status": "\xff"}': "invalid_encoding",
    b"\xff\xfe{\x00}\x00": "invalid_encoding",
    b'{"status": 1, "status": 2}': "duplicate_key",
    b'{"status": 1, "sta\\u0074us": 2}': "duplicate_key",
    b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": "too_deep",
    b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}": "too_deep",
    b'{"a": "' + b"x" * 10_000_000 + b'"}': "too_large",
    b'{"a": 36893488147419103232}': "unknown_shape",
    b'{"a": 1} x': "invalid_json",
    b"{'a': 1}": "invalid_json",
    b"<xml/>": "invalid_json",
}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("value", CORPUS, ids=lambda value: repr(value[:24]))
def test_the_corpus(vendor: str, value: bytes) -> None:
    expected, result = CORPUS[value], outcome(vendor, value)
    if expected is Drop:
        assert result == Drop("empty")
    else:
        assert isinstance(result, Rejection)
        assert result.code == expected
        assert len(result.message) < 200
