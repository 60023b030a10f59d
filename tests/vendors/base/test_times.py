"""Times and calendar dates in the forms of all vendors."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.vendors.base import times

NOON = 1_779_019_200_000  # 2026-05-17T12:00:00Z


@pytest.mark.parametrize(
    "raw",
    [
        NOON,
        NOON // 1000,
        float(NOON // 1000),
        str(NOON),
        str(NOON // 1000),
        "2026-05-17T12:00:00Z",
        "2026-05-17T12:00:00",
        "2026-05-17 12:00:00",
        "2026-05-17T12:00:00.000Z",
        "2026-05-17T12:00:00.000000000Z",
        "2026-05-17T14:00:00+02:00",
        "2026-05-17T18:00:00+0600",
        "2026-05-17T04:00:00-08",
        "2026-05-17 12:00:00 UTC",
        "2026-05-17T12:00:00 GMT",
        "2026-05-17t12:00:00z",
        "2026-05-17T12:00:00.000999Z",
        " 2026-05-17T12:00:00Z ",
        "20260517T120000Z",
    ],
)
def test_one_moment_in_many_forms(raw: Any) -> None:
    assert times.millis(raw) == NOON


def test_a_moment_without_a_time_of_day_is_its_first() -> None:
    assert times.millis("2026-05-17") == NOON - 12 * 3_600_000


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        0,
        -1,
        True,
        "yesterday",
        "17/05/2026 12:00",
        "2026-02-30T00:00:00Z",
        10**20,
        "12:00",
    ],
)
def test_what_is_no_moment(raw: Any) -> None:
    assert times.millis(raw) is None


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)))
def test_a_moment_survives_every_form(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    expected = round(moment.timestamp() * 1000)
    assert times.millis(moment.isoformat()) == expected
    assert times.millis(moment.isoformat().replace("+00:00", "Z")) == expected
    assert times.millis(expected if expected >= 1e11 else expected / 1000) == expected


@pytest.mark.parametrize(
    "raw",
    ["1990-02-03", "1990-2-3", "1990-02-03T00:00:00Z", "1990-02-03 10:00", "1990/02/03",
     "1990.02.03", "19900203", "03.02.1990", "3.2.1990", " 1990-02-03 "],
)  # fmt: skip
def test_one_day_in_many_forms(raw: str) -> None:
    assert times.day(raw) == date(1990, 2, 3)


@pytest.mark.parametrize(
    "raw",
    ["03/02/1990", "02-03-1990", "1990-02-30", "1990-13-01", "0001-01-01", "1990-02", "90-02-03",
     "1990-02-03garbage", "3 Feb 1990", "", None, 19900203],
)  # fmt: skip
def test_what_is_no_day_or_could_be_two(raw: Any) -> None:
    assert times.day(raw) is None


@given(st.dates(date(1850, 1, 1), date(2199, 12, 31)))
def test_a_day_survives_every_form(day: date) -> None:
    forms = (day.isoformat(), f"{day:%Y%m%d}", f"{day:%d.%m.%Y}", f"{day:%Y/%m/%d}")
    assert {times.day(form) for form in forms} == {day}
