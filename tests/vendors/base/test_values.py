"""Words and numbers in the forms that vendors write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.vendors.base import addresses, people, times, values
from streams.vendors.base.countries import country2, country3, names_no_country
from tests.support.json_fuzz import JSON

ANYTHING = JSON | st.text(max_size=60) | st.binary(max_size=20).map(repr)


@pytest.mark.parametrize(
    "total",
    [
        values.word, values.text, values.identifier, values.number, values.boolean,
        values.fraction, times.millis, times.day, people.fold, people.gender, people.phone,
        people.email, addresses.ip, people.document_type, country2, country3, names_no_country,
    ],
)  # fmt: skip
@given(ANYTHING)
def test_every_reader_takes_anything(total: Any, value: Any) -> None:
    if total is people.fold and not isinstance(value, str):
        return
    assert total(value) == total(value)


@given(ANYTHING, ANYTHING)
def test_coordinates_take_anything(latitude: Any, longitude: Any) -> None:
    found = addresses.point(latitude, longitude)
    assert found is None or (abs(found[0]) <= 90 and abs(found[1]) <= 180)


# -- words and numbers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", ["In Review", "IN_REVIEW", " in-review ", "in  review", "In - Review"]
)
def test_one_word_in_many_spellings(raw: str) -> None:
    assert values.word(raw) == "in_review"


@given(st.text(max_size=30))
def test_a_word_is_its_own_word(raw: str) -> None:
    once = values.word(raw)
    assert values.word(once) == once
    assert values.word(raw.upper()) in (once, values.word(raw.upper()))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (7, "7"),
        (2**127, str(2**127)),
        (2**200, None),
        (True, None),
        (1.5, None),
        (" a ", "a"),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_identifier(raw: Any, expected: str | None) -> None:
    assert values.identifier(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (1, 1.0),
        ("12.5", 12.5),
        (" 7 ", 7.0),
        ("1e3", 1000.0),
        (True, None),
        ("1_000", None),
        ("1,5", None),
        ("nan", None),
        ("inf", None),
        (10**400, None),
        ("9" * 41, None),
        ({}, None),
    ],
)
def test_number(raw: Any, expected: float | None) -> None:
    assert values.number(raw) == expected


@given(st.floats(0, 100))
def test_a_score_lies_between_0_and_1(score: float) -> None:
    found = values.fraction(score)
    assert found is not None
    assert 0 <= found <= 1
    assert values.fraction(score + 100.1) is None
