"""Subjects: whether two sightings differ, and the number of subjects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.contracts.model import Decision
from streams.pipeline.links.subjects import Crowd, differ
from streams.rules.base import Occurrence
from tests.support.links import (
    A,
    B,
    sighting,
)

# -- different subjects ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"subject": ("company", "a")}, {"subject": ("company", "b")}, True),
        ({"subject": ("company", "a")}, {"subject": ("company", "a")}, False),
        ({"subject": ("company", "a")}, {"subject": ("alice", "a")}, None),
        ({"subject": ("company", "a")}, {}, None),
        ({}, {}, None),
        ({"person_key": A}, {"person_key": B}, True),
        ({"person_key": A}, {"person_key": A}, False),
        ({"person_key": A}, {"person_key": "name:k1:AAA"}, None),
        ({"person_key": A}, {"person_key": "document:k2:AAA"}, None),
        # Ids decide before persons do: one subject may show two documents.
        (
            {"subject": ("company", "a"), "person_key": A},
            {"subject": ("company", "a"), "person_key": B},
            False,
        ),
        (
            {"subject": ("company", "a"), "person_key": A},
            {"subject": ("company", "b"), "person_key": A},
            True,
        ),
        ({"subject": ("company", "a"), "person_key": A}, {"person_key": B}, True),
        (
            {"subject": ("company", "a"), "person_key": A},
            {"subject": ("idwise", "b"), "person_key": A},
            False,
        ),
    ],
)
def test_different_subjects(one: dict, other: dict, expected: bool | None) -> None:
    first = msgspec.structs.replace(sighting("s", 0), **one)
    second = msgspec.structs.replace(sighting("s", 0), **other)
    assert differ(first, second) is expected
    assert differ(second, first) is expected


identities = st.tuples(
    st.sampled_from([None, ("company", "a"), ("company", "b"), ("company", "c"), ("v", "a")]),
    st.sampled_from([None, A, B, "document:k1:CCC", "name:k1:AAA", "name:k1:BBB"]),
)


def crowd(many: Iterable[tuple[tuple[str, str] | None, str | None]]) -> int:
    counted = Crowd()
    for subject, person in many:
        counted.add(Occurrence("didit", "s", "e", 0, 0, Decision.PENDING, subject, True, person))
    return len(counted)


def largest_set_of_different(many: Sequence[tuple[tuple[str, str] | None, str | None]]) -> int:
    """Tries all subsets; a use without subject and person does not count."""
    uses = [
        Occurrence("d", "s", "e", 0, 0, Decision.PENDING, s, True, p) for s, p in many if s or p
    ]
    return max(
        (
            size
            for size in range(1, len(uses) + 1)
            for chosen in combinations(uses, size)
            if all(differ(one, other) for one, other in combinations(chosen, 2))
        ),
        default=0,
    )


@settings(max_examples=400, deadline=None)
@given(st.lists(identities, max_size=7), identities)
def test_crowd_counts_no_more_than_there_are_and_never_shrinks(many: list, another: tuple) -> None:
    assert crowd(many) <= largest_set_of_different(many)
    assert crowd([*many, another]) >= crowd(many)


@pytest.mark.parametrize(
    ("many", "expected"),
    [
        ([(("company", "a"), A), (("company", "a"), B)], 1),
        ([(("company", "a"), A), (("company", "b"), A)], 2),
        ([(("company", "a"), A), (None, B)], 2),
        ([(("company", "a"), A), (None, A)], 1),
        ([(None, A), (None, B), (None, "name:k1:AAA")], 2),
        ([(("company", "a"), None), (("v", "a"), None)], 1),
    ],
)
def test_crowd(many: list, expected: int) -> None:
    assert crowd(many) == expected
