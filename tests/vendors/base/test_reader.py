"""Unreadable parts are left out, with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.model import Decision, Lifecycle
from streams.vendors.base.draft import Draft
from streams.vendors.base.reader import Reader


def finished(reader: Reader) -> Draft:
    return reader.finish(Draft("s", Decision.APPROVED, Lifecycle.COMPLETED))


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("date", "03/02/1990", "invalid_date:x"),
        ("time", "yesterday", "invalid_time:x"),
        ("gender", "Q", "invalid_gender:x"),
        ("country2", "Atlantis", "invalid_country:x"),
        ("country3", "QQQ", "invalid_country:x"),
        ("ip", "1.2.3", "invalid_ip:x"),
        ("email", "nobody", "invalid_email:x"),
    ],
)
def test_a_bad_value_leaves_a_reason_and_no_flag(kind: str, value: str, reason: str) -> None:
    reader = Reader()
    assert getattr(reader, kind)(value, "x") in (None, (None, None))
    assert (finished(reader).reasons, finished(reader).flags) == ([reason], [])


@pytest.mark.parametrize("kind", ["date", "time", "gender", "country2", "country3", "ip", "email"])
@pytest.mark.parametrize("value", [None, "", "  ", "N/A", "unknown", "null"])
def test_nothing_leaves_no_reason(kind: str, value: Any) -> None:
    reader = Reader()
    assert getattr(reader, kind)(value, "x") in (None, (None, None))
    assert finished(reader).reasons == []


def test_a_stateless_person_is_no_bad_country() -> None:
    reader = Reader()
    assert reader.country3("XXA", "x") is None
    assert finished(reader).reasons == []


@given(st.permutations([f"p{i}" for i in range(60)]))
def test_reasons_do_not_depend_on_the_order_of_fields(paths: list[str]) -> None:
    reader = Reader()
    for path in paths:
        reader.note(path)
    draft = finished(reader)
    assert draft.reasons == sorted(f"partial:p{i}" for i in range(60))[:32]
    assert draft.flags == ["partial"]
