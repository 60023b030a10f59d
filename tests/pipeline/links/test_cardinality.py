"""Estimates the number of distinct values from a sample of hashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.pipeline.links.cardinality import SIZE, estimated, sampled

values = st.lists(st.text(max_size=3), max_size=120)


@given(st.data(), values)
def test_a_sample_depends_on_which_values_came_only(data: st.DataObject, came: list[str]) -> None:
    at_once = sampled([], came)
    one_by_one: list[int] = []
    for value in data.draw(st.permutations([*came, *came[:10]])):
        one_by_one = sampled(one_by_one, [value])
    assert one_by_one == at_once
    assert sampled(at_once, came) is at_once
    if len(set(came)) < SIZE:
        assert estimated(at_once) == len(set(came))


@pytest.mark.parametrize("count", [100, 1_000, 100_000])
def test_estimates_are_right_within_their_error(count: int) -> None:
    sample, changes = [], 0
    for n in range(count):
        after = sampled(sample, [f"company|customer-{n}"])
        changes += after is not sample
        sample = after
    assert len(sample) == SIZE
    # Three times the error that two cases of three stay within.
    assert abs(estimated(sample) / count - 1) < 0.54
    assert changes < 500
