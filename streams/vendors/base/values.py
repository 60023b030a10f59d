"""Values that all vendors write in their own way: words, ids, numbers.

Every function is total: it takes whatever JSON holds, never raises, and answers None where the
value is absent or not to be understood. The caller decides whether that is worth a reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")

_CACHED_LENGTH = 256


def cached(read: Callable[[str], T]) -> Callable[[str], T]:
    """`read` with a memory of short texts: a publisher chooses how much a long one would hold."""
    again = lru_cache(maxsize=4096)(read)

    def look_up(value: str) -> T:
        return again(value) if len(value) <= _CACHED_LENGTH else read(value)

    return look_up


_SEPARATORS = re.compile(r"[\s_\-]+")


def word(value: Any) -> str:
    """A vendor's status word made comparable: `" In Review"`, `IN_REVIEW` → `in_review`.

    The empty string for everything that is not text.
    """
    if not isinstance(value, str):
        return ""
    # As `cached` does, without its call: nothing else is called as often.
    return _short_word(value) if len(value) <= _CACHED_LENGTH else _make_word(value)


def _make_word(value: str) -> str:
    return _SEPARATORS.sub("_", value.strip().casefold()).strip("_")


_short_word = lru_cache(maxsize=4096)(_make_word)


def text(value: Any) -> str | None:
    """Text that is not blank; None for other types."""
    return value.strip() or None if isinstance(value, str) else None


# A code is one word; free text beside it may name the person, and is never read.
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}")


def token(value: Any) -> str | None:
    """A vendor's code as it is; None for everything that could be free text."""
    stripped = text(value)
    return stripped if stripped and _CODE.fullmatch(stripped) else None


_LARGEST_ID_BITS = 128


def identifier(value: Any) -> str | None:
    """An id as text, whole numbers in decimals; None where it is blank, another type, or a number
    larger than an id can be.
    """
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() <= _LARGEST_ID_BITS else None
    return None


def number(value: Any) -> float | None:
    """A finite number, also from clean text (`"12.5"`); None for booleans and the rest."""
    if value is None or isinstance(value, bool):
        return None
    if not isinstance(value, float):
        try:
            if isinstance(value, int):
                value = float(value)
            elif isinstance(value, str) and len(value) <= 40 and "_" not in value:
                value = float(value.strip())
            else:
                return None
        except (ValueError, OverflowError):
            return None
    return value if math.isfinite(value) else None


_BOOLEANS = {
    "true": True, "yes": True, "y": True, "1": True,
    "false": False, "no": False, "n": False, "0": False,
}  # fmt: skip


def boolean(value: Any) -> bool | None:
    """True or False, also from 0, 1 and the usual words; None is unknown, which is not false."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return bool(value) if value in (0, 1) else None
    return _BOOLEANS.get(word(value))


def fraction(value: Any, scale: float = 100.0) -> float | None:
    """A score of 0 to `scale` as 0–1, rounded to four places; None where it lies outside."""
    result = number(value)
    if result is None or not 0.0 <= result <= scale:
        return None
    return round(result / scale, 4)
