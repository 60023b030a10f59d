"""Filters for dead letters, and the parser of times in options."""

from __future__ import annotations

import re
from collections.abc import Iterable

import typer
from msgspec import Struct

from streams.cli.commands.terminal import USAGE, fail
from streams.config.clock import wall_clock
from streams.kafka.dead_letters import DeadLetter
from streams.vendors.base.times import millis

_AGO = re.compile(r"^(\d+)([smhd])$")
_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_AT = re.compile(r"^(\d+)[:/](\d+)$")


class Moment:
    """Parser of an option: `90m`, `2h`, `7d` ago, or ISO 8601; returns epoch ms."""

    __name__ = "time"

    def __call__(self, text: str) -> int:
        if ago := _AGO.match(text):
            return wall_clock() - int(ago[1]) * _UNITS_MS[ago[2]]
        moment = millis(text)
        if moment is None:
            raise typer.BadParameter(f"{text!r}: write a time as 2h, 7d or 2026-05-14T10:00:00Z")
        return moment


class Filter(Struct, frozen=True):
    """`since` and `until` in epoch ms; `at` has (partition, offset) in idv.rejected."""

    codes: frozenset[str] = frozenset()
    vendor: str | None = None
    since: int | None = None
    until: int | None = None
    at: frozenset[tuple[int, int]] = frozenset()
    limit: int | None = None

    @classmethod
    def of(
        cls,
        code: Iterable[str] | None = None,
        vendor: str | None = None,
        since: int | None = None,
        until: int | None = None,
        at: Iterable[str] | None = None,
        limit: int | None = None,
    ) -> Filter:
        """From command-line options; exits with a message if one is invalid."""
        return cls(
            frozenset(code or ()), vendor, since, until, frozenset(map(_position, at or ())), limit
        )

    def matches(self, letter: DeadLetter) -> bool:
        return (
            (not self.codes or letter.code in self.codes)
            and (self.vendor is None or letter.vendor == self.vendor)
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
        )


def _position(text: str) -> tuple[int, int]:
    parts = _AT.match(text)
    if parts is None:
        fail(f"{text!r} is not a dead letter", hint="write PARTITION:OFFSET, as 3:17", code=USAGE)
    return int(parts[1]), int(parts[2])
