"""A look at few fields of a body, without reading the rest."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")

Id = str | int | None


def look(body: bytes, shape: type[T]) -> T | None:
    """The fields of `shape` alone; None where the body is no JSON or one has another type."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
