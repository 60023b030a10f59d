"""What pages ask the index. Each thread has a read-only connection of its own."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

from msgspec import Struct

from streams.console.index.rows import UNMAPPED
from streams.console.index.store import HOUR_MS
from streams.contracts.avro import Writers, decode, typed
from streams.contracts.model import Alert, Case, Disposition, Environment, Verification

PAGE = 50
# Beyond, a page says "more than": counting on would cost more than anybody reads.
MOST_COUNTED = 10_000
MOST_EVENTS = 200
_KINDS = {"verifications": Verification, "alerts": Alert, "dispositions": Disposition}


class Filter(Struct, frozen=True):
    """Which cases; empty strings do not narrow. `search` begins a subject key or a session id."""

    state: str = "OPEN"
    band: str = ""
    rule: str = ""
    vendor: str = ""
    environment: str = ""
    search: str = ""


class Found(Struct, frozen=True):
    """A page of cases, and how many there are, at most `MOST_COUNTED` + 1."""

    cases: list[Case]
    count: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-min(self.count, MOST_COUNTED) // PAGE))


class History(Struct, frozen=True):
    """The events of a case's subject, the latest `MOST_EVENTS` of each kind, oldest first."""

    verifications: list[Verification]
    alerts: list[Alert]
    dispositions: list[Disposition]


class VendorCounts(Struct, frozen=True):
    """What a vendor's records came to. `decisions` by hour, the last of 48 is now."""

    vendor: str
    decisions: list[int]
    rejected: dict[str, int]
    unmapped: dict[str, int]
    last_at: int | None

    @property
    def last_day(self) -> int:
        return sum(self.decisions[-24:])

    @property
    def silent(self) -> bool:
        """No decision in two hours, of which the day before had more than a hundred."""
        return not sum(self.decisions[-2:]) and sum(self.decisions[-26:-24]) > 100


class Queries:
    """Of the index in `file`."""

    def __init__(self, file: Path, writers: Writers | None) -> None:
        self._file = file
        self._writers = writers
        self._of_thread = threading.local()

    def cases(self, wanted: Filter, page: int = 1) -> Found:
        """Ranked by score, the latest change first among equals."""
        where, values = _conditions(wanted)
        (count,) = self._one(
            f"SELECT count(*) FROM (SELECT 1 FROM cases WHERE {where} LIMIT ?)",
            [*values, MOST_COUNTED + 1],
        )
        page = max(1, min(page, -(-count // PAGE)))
        found = self._all(
            f"SELECT value FROM cases WHERE {where}"
            " ORDER BY score DESC, changed_at DESC, n LIMIT ? OFFSET ?",
            [*values, PAGE, (page - 1) * PAGE],
        )
        return Found([self._read(value, Case) for (value,) in found], count, page)

    def case(self, case_id: str) -> Case | None:
        found = self._one("SELECT value FROM cases WHERE case_id = ?", [case_id])
        return self._read(found[0], Case) if found else None

    def case_of(self, subject_key: str, environment: Environment) -> str | None:
        """The id of a subject's case."""
        found = self._one(
            "SELECT case_id FROM cases WHERE subject_key = ? AND environment = ?",
            [subject_key, environment],
        )
        return str(found[0]) if found else None

    def history(self, case: Case) -> History:
        kinds: dict[str, list[Any]] = {}
        for table, kind in _KINDS.items():
            found = self._all(
                f"SELECT value FROM {table} WHERE subject_key = ? AND environment = ?"
                " ORDER BY occurred_at DESC LIMIT ?",
                [case.subject_key, case.environment, MOST_EVENTS],
            )
            kinds[table] = [self._read(value, kind) for (value,) in reversed(found)]
        return History(**kinds)

    def tags(self, kind: str) -> list[str]:
        """All rules or vendors that cases have, for a filter."""
        # One look-up for each distinct tag, not one for each row.
        found = self._all(
            "WITH RECURSIVE distinct_tags (tag) AS ("
            " SELECT min(tag) FROM tags WHERE tag > :start AND tag < :end"
            " UNION ALL SELECT (SELECT min(tag) FROM tags WHERE tag > d.tag AND tag < :end)"
            " FROM distinct_tags d WHERE d.tag IS NOT NULL"
            ") SELECT tag FROM distinct_tags WHERE tag IS NOT NULL",
            {"start": f"{kind}:", "end": f"{kind};"},
        )
        return [tag.partition(":")[2] for (tag,) in found]

    def vendors(self, names: tuple[str, ...], now_ms: int) -> list[VendorCounts]:
        """The last two days of each vendor."""
        now = now_ms // HOUR_MS
        counts = {name: VendorCounts(name, [0] * 48, {}, {}, None) for name in names}
        last: dict[str, int] = {}
        for vendor, what, hour, count, last_at in self._all(
            "SELECT vendor, what, hour, count, last_at FROM counts WHERE hour > ?", [now - 48]
        ):
            of = counts.setdefault(vendor, VendorCounts(vendor, [0] * 48, {}, {}, None))
            kind, _, detail = what.partition(":")
            if kind == "decision":
                of.decisions[max(0, min(47, 47 - (now - hour)))] += count
                last[vendor] = max(last.get(vendor, 0), last_at)
            elif hour > now - 24:
                into = of.unmapped if what.startswith(UNMAPPED) else of.rejected
                into[detail] = into.get(detail, 0) + count
        return [
            VendorCounts(c.vendor, c.decisions, c.rejected, c.unmapped, last.get(c.vendor))
            for c in counts.values()
        ]

    def _read(self, value: bytes, kind: Any) -> Any:
        return typed(decode(value, self._writers)[1], kind)

    def _all(self, query: str, values: Any) -> list[Any]:
        return self._db().execute(query, values).fetchall()

    def _one(self, query: str, values: Any) -> Any:
        return self._db().execute(query, values).fetchone()

    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._of_thread, "db", None)
        if db is None:
            db = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, isolation_level=None)
            self._of_thread.db = db
        return db


def _conditions(wanted: Filter) -> tuple[str, list[str]]:
    conditions, values = ["1"], []
    for column in ("state", "band", "environment"):
        if value := getattr(wanted, column):
            conditions.append(f"{column} = ?")
            values.append(value)
    for kind in ("rule", "vendor"):
        if value := getattr(wanted, kind):
            conditions.append("EXISTS (SELECT 1 FROM tags WHERE tag = ? AND tags.n = cases.n)")
            values.append(f"{kind}:{value}")
    if wanted.search:
        end = wanted.search + "\U0010ffff"
        conditions.append(
            "n IN (SELECT n FROM cases WHERE subject_key >= ? AND subject_key < ?"
            " UNION SELECT n FROM sessions WHERE session_id >= ? AND session_id < ?)"
        )
        values += [wanted.search, end] * 2
    return " AND ".join(conditions), values
