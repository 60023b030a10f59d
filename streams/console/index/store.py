"""The index's file, and its one writer.

SQLite with a log ahead (WAL): pages read while batches are written. Nothing in it lasts: a start
removes the file, since topics hold all of it, and what they no longer hold should be gone here too.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.console.index.rows import CaseRow, Erased, EventRow, Row

HOUR_MS = 3_600_000

EVENTS = ("alerts", "verifications", "dispositions", "rejected")
_EVENTS = "\n".join(
    f"""
CREATE TABLE {table} (
    id TEXT PRIMARY KEY, subject_key TEXT NOT NULL, environment TEXT NOT NULL,
    occurred_at INTEGER NOT NULL, at INTEGER NOT NULL, value BLOB NOT NULL
);
CREATE INDEX {table}_of ON {table} (subject_key, environment, occurred_at);
"""
    for table in EVENTS
)
_SCHEMA = f"""
PRAGMA page_size = 8192;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE cases (
    n INTEGER PRIMARY KEY, case_id TEXT NOT NULL UNIQUE, subject_key TEXT NOT NULL,
    environment TEXT NOT NULL, state TEXT NOT NULL, band TEXT NOT NULL, score INTEGER NOT NULL,
    changed_at INTEGER NOT NULL, at INTEGER NOT NULL, value BLOB NOT NULL
);
CREATE INDEX ranked ON cases (state, score DESC, changed_at DESC, n);
CREATE INDEX ranked_in_band ON cases (band, state, score DESC, changed_at DESC, n);
CREATE INDEX of_subject ON cases (subject_key);
CREATE TABLE tags (tag TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (tag, n)) WITHOUT ROWID;
CREATE INDEX tags_of ON tags (n);
CREATE TABLE sessions (session_id TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (session_id, n))
    WITHOUT ROWID;
CREATE INDEX sessions_of ON sessions (n);
CREATE TABLE counts (
    vendor TEXT NOT NULL, what TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL,
    last_at INTEGER NOT NULL, PRIMARY KEY (vendor, what, hour)
) WITHOUT ROWID;
{_EVENTS}
"""

_PUT_CASE = """
INSERT INTO cases (case_id, subject_key, environment, state, band, score, changed_at, at, value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (case_id) DO UPDATE SET subject_key = excluded.subject_key,
    environment = excluded.environment, state = excluded.state, band = excluded.band,
    score = excluded.score, changed_at = excluded.changed_at, at = excluded.at,
    value = excluded.value
RETURNING n
"""
_COUNT = """
INSERT INTO counts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    count = count + excluded.count, last_at = max(last_at, excluded.last_at)
"""
_NAMES = (("tags", "tag"), ("sessions", "session_id"))


class StoreError(Exception):
    """The index cannot be used; the message has the reason."""


class Store:
    """One writer owns it; `version` grows with every batch that changes what pages show. Raises
    StoreError, also where another console has the file.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.version = 0
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._lock = file.with_suffix(".lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for part in _parts(file):
                part.unlink(missing_ok=True)
            file.touch(mode=0o600)
            self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            self._db.executescript(_SCHEMA)
        except BlockingIOError as error:
            raise StoreError(f"another console has the data directory {file.parent}") from error
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"the index {file} cannot be used: {error}") from error

    @property
    def bytes(self) -> int:
        """On disk."""
        return sum(part.stat().st_size for part in _parts(self.file) if part.exists())

    def apply(self, rows: Iterable[Row]) -> None:
        """All rows or none, in their order; of one case the last counts."""
        cases: dict[str, CaseRow] = {}
        events: dict[str, list[EventRow]] = {table: [] for table in EVENTS}
        erased: list[Erased] = []
        for row in rows:
            match row:
                case CaseRow():
                    cases[row.case_id] = row
                case EventRow():
                    events[row.table].append(row)
                case Erased():
                    erased.append(row)
                    cases = {
                        case_id: found
                        for case_id, found in cases.items()
                        if found.values[1:3] != (row.subject_key, row.environment)
                    }
        with _transaction(self._db):
            for gone in erased:
                self._erase((gone.subject_key, gone.environment))
            for case in cases.values():
                self._put(case)
            for table, found in events.items():
                self._add(table, found)
        self.version += 1

    def prune(self, before_ms: int) -> None:
        """Forget what topics have forgotten: events of earlier, and closed cases."""
        with _transaction(self._db):
            for table in EVENTS:
                self._db.execute(f"DELETE FROM {table} WHERE at < ?", (before_ms,))
            self._db.execute("DELETE FROM counts WHERE hour < ?", (before_ms // HOUR_MS,))
            gone = self._db.execute(
                "DELETE FROM cases WHERE state = 'CLOSED' AND at < ? RETURNING n",
                (before_ms,),
            ).fetchall()
            self._forget(n for (n,) in gone)
        self.version += 1

    def close(self) -> None:
        self._db.close()
        self._lock.close()

    def _put(self, case: CaseRow) -> None:
        (n,) = self._db.execute(_PUT_CASE, case.values).fetchone()
        names = frozenset(
            [*(("tags", tag) for tag in case.tags), *(("sessions", s) for s in case.sessions)]
        )
        before = self._names_of(n)
        for table, column in _NAMES:
            gone = ((name, n) for of, name in before - names if of == table)
            self._db.executemany(f"DELETE FROM {table} WHERE {column} = ? AND n = ?", gone)
            new = ((name, n) for of, name in names - before if of == table)
            self._db.executemany(f"INSERT INTO {table} VALUES (?, ?)", new)

    def _names_of(self, n: int) -> frozenset[tuple[str, str]]:
        return frozenset(
            (table, name)
            for table, column in _NAMES
            for (name,) in self._db.execute(f"SELECT {column} FROM {table} WHERE n = ?", (n,))
        )

    def _add(self, table: str, found: list[EventRow]) -> None:
        """Repeats are left out, and not counted."""
        if not found:
            return
        counted: Counter[tuple[str, str, int]] = Counter()
        last: dict[tuple[str, str, int], int] = {}
        put = f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?, ?, ?, ?)"
        if not any(row.counts for row in found):
            self._db.executemany(put, (row.values for row in found))
            return
        for row in found:
            if self._db.execute(put, row.values).rowcount:
                for vendor, what in row.counts:
                    key = (vendor, what, row.at_ms // HOUR_MS)
                    counted[key] += 1
                    last[key] = max(last.get(key, 0), row.at_ms)
        self._db.executemany(_COUNT, ((*key, n, last[key]) for key, n in counted.items()))

    def _erase(self, of: tuple[str, str]) -> None:
        where = "WHERE subject_key = ? AND environment = ?"
        for table in EVENTS:
            self._db.execute(f"DELETE FROM {table} {where}", of)
        gone = self._db.execute(f"DELETE FROM cases {where} RETURNING n", of)
        self._forget(n for (n,) in gone.fetchall())

    def _forget(self, numbers: Iterable[int]) -> None:
        for n in numbers:
            for table, _ in _NAMES:
                self._db.execute(f"DELETE FROM {table} WHERE n = ?", (n,))


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _parts(file: Path) -> tuple[Path, Path, Path]:
    return file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")
