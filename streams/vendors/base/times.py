"""Times and calendar dates as vendors write them. Functions are total, as in `values`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from streams.vendors.base.values import number

_MILLIS_FROM = 1e11
_ZONE_NAMES = ("UTC", "GMT", "Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LATEST = 4_102_444_800_000  # 2100-01-01: beyond it a number is no time of a decision
_EARLIEST = 0


def millis(value: Any) -> int | None:
    """Epoch milliseconds UTC of an ISO 8601 text (without a zone: UTC) or an epoch number.

    Numbers from 1e11 on are milliseconds, below it seconds: vendors use both.
    """
    if value is None:
        return None
    if isinstance(value, str):
        stripped = value.strip()
        if not _is_numeric(stripped):
            return _iso_millis(stripped)
    seconds_or_millis = number(value)
    if seconds_or_millis is None:
        return None
    scale = 1 if abs(seconds_or_millis) >= _MILLIS_FROM else 1000
    result = round(seconds_or_millis * scale)
    return result if _EARLIEST < result < _LATEST else None


def _is_numeric(value: str) -> bool:
    return len(value) >= 9 and value.replace(".", "", 1).isdigit()


def _iso_millis(value: str) -> int | None:
    if not 10 <= len(value) <= 40:
        return None
    try:
        moment = _moment(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        # Cut, not rounded: no state lies after the time that the vendor gave it.
        result = (aware - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None
    return result if _EARLIEST < result < _LATEST else None


def _moment(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        zone = next((z for z in _ZONE_NAMES if value.upper().endswith(z)), None)
        if zone is None:
            raise
        return datetime.fromisoformat(f"{value[: -len(zone)].rstrip()}Z")


# Year first needs no guess, and dots are written with the day first everywhere. What other forms
# mean (03/04/1990) depends on the country, so they are not read.
_DAYS = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?"),
    re.compile(r"(?P<y>\d{4})[/.](?P<m>\d{1,2})[/.](?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
)
_FIRST_YEAR = 1850  # Earlier ones are fillers such as 0001-01-01.


@lru_cache(maxsize=4096)
def _day(value: str) -> date | None:
    for form in _DAYS:
        if match := form.fullmatch(value):
            year, month, day_of_month = (int(match.group(part)) for part in "ymd")
            try:
                return date(year, month, day_of_month) if year >= _FIRST_YEAR else None
            except ValueError:
                return None
    return None


def day(value: Any) -> date | None:
    """A calendar date: `YYYY-MM-DD` (also the date part of a time), year first with other
    separators or none, or `DD.MM.YYYY`.
    """
    if not isinstance(value, str):
        return None
    stripped = value.strip()
    if not 8 <= len(stripped) <= 40:
        return None
    if len(stripped) == 10 and stripped[4] == stripped[7] == "-":
        # Nearly all dates have this form.
        try:
            found = date.fromisoformat(stripped)
            return found if found.year >= _FIRST_YEAR else None
        except ValueError:
            pass
    return _day(stripped)
