"""Strict parsing: refused payloads with their codes, and accepted ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.model import Rejection
from streams.pipeline.normalize.parse import MAX_BYTES, MAX_COMMAS, MAX_DEPTH, parse


def nested(depth: int, opening: bytes = b'{"a":', closing: bytes = b"}") -> bytes:
    return opening * depth + b"1" + closing * depth


REFUSED = {
    "not UTF-8": (b'{"a":"\xff\xfe"}', "invalid_encoding"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "invalid_encoding"),
    "cut short": (b'{"a": [1, 2', "invalid_json"),
    "trailing comma": (b'{"a": 1,}', "invalid_json"),
    "trailing data": (b'{"a": 1} {"b": 2}', "invalid_json"),
    "blanks only": (b"  \n", "invalid_json"),
    "NaN": (b'{"a": NaN}', "invalid_json"),
    "Infinity": (b'{"a": -Infinity}', "invalid_json"),
    "beyond a double": (b'{"a": 1e999}', "invalid_json"),
    "beyond a double, signed": (b'{"a": -2.5E+400}', "invalid_json"),
    "beyond a double, digits": (b'{"a": ' + b"9" * 400 + b".0}", "invalid_json"),
    "lone surrogate": (b'{"a": "\\ud800"}', "invalid_json"),
    "control character": (b'{"a": "\x01"}', "invalid_json"),
    "leading zero": (b'{"a": 01}', "invalid_json"),
    "duplicate key": (b'{"a": 1, "b": {"c": 1, "c": 1}}', "duplicate_key"),
    "duplicate key, escaped": (b'{"a": 1, "\\u0061": 2}', "duplicate_key"),
    "null": (b"null", "not_an_object"),
    "array": (b"[{}]", "not_an_object"),
    "string": (b'"{}"', "not_an_object"),
    "number": (b"7", "not_an_object"),
    "boolean": (b"true", "not_an_object"),
    "too large": (b'{"a": "' + b"x" * MAX_BYTES + b'"}', "too_large"),
    "too deep": (nested(MAX_DEPTH + 1), "too_deep"),
    "too deep in turns": (nested(33, b'{"a":[', b"]}"), "too_deep"),
    "very deep": (nested(100_000), "too_deep"),
    "very deep, never closed": (b"[" * 100_000, "too_deep"),
}


@pytest.mark.parametrize(("value", "code"), REFUSED.values(), ids=REFUSED)
def test_what_json_does_not_have_is_refused(value: bytes, code: str) -> None:
    result = parse(value)
    assert isinstance(result, Rejection)
    assert result.code == code


PASSES: dict[str, tuple[bytes, Any]] = {
    "byte order mark": (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    "big integer": (b'{"a": 36893488147419103232}', {"a": 2**65}),
    "just deep enough": (nested(MAX_DEPTH), json.loads(nested(MAX_DEPTH))),
    "deep in turns": (nested(32, b'{"a":[', b"]}"), json.loads(nested(32, b'{"a":[', b"]}"))),
    "brackets in strings": (b'{"a": "]]}}{{[["}', {"a": "]]}}{{[["}),
    "exponent in a string": (b'{"a": "3e999"}', {"a": "3e999"}),
    "tiny": (b'{"a": 1e-999}', {"a": 0.0}),
    "wide": (b'{"a": [' + b"{},".join([b""] * 500) + b"1]}", {"a": [{}] * 499 + [1]}),
}


@pytest.mark.parametrize(("value", "expected"), PASSES.values(), ids=PASSES)
def test_what_json_has_passes_as_it_is(value: bytes, expected: Any) -> None:
    assert parse(value) == expected


@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(value: bytes) -> None:
    assert isinstance(parse(value), dict | Rejection)


@given(st.text(max_size=60))
def test_messages_quote_nothing_of_the_payload(secret: str) -> None:
    marked = f"QX{secret}XQ"
    for value in (json.dumps({marked: marked}).encode() + b",", json.dumps([marked]).encode()):
        result = parse(value)
        assert isinstance(result, Rejection)
        assert "QX" not in result.message


def test_a_payload_of_very_many_values_is_too_large() -> None:
    """Three megabytes of empty documents kept a worker busy for a minute."""
    value = b'{"documents": [' + b"{}," * (MAX_COMMAS + 1) + b"{}]}"
    rejection = parse(value)
    assert isinstance(rejection, Rejection)
    assert rejection.code == "too_large"
    assert not isinstance(parse(b'{"documents": [' + b"{}," * MAX_COMMAS + b"{}]}"), Rejection)
