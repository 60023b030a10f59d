"""Hooks on disk while Kafka does not accept them.

SQLite is in the standard library and does what a queue on disk needs: checksums, atomic commits
with fsync (`synchronous=FULL`), recovery after SIGKILL or a power cut. One writer owns the file.
Deleted hooks are overwritten with zeros.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from streams.kafka.producer import Outgoing

T = TypeVar("T")

HEAD_RECORDS = 500
HEAD_BYTES = 4 * 1024 * 1024
USUAL_BYTES = 64 * 1024
# Overhead of a row and its index entry.
ROW_BYTES = 100

_SCHEMA = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS hooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    size INTEGER NOT NULL,
    key BLOB,
    value BLOB NOT NULL,
    headers BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS in_order ON hooks (topic, id);
"""

_headers = msgspec.msgpack.Decoder(list[tuple[str, bytes]])


class SpoolError(Exception):
    """The spool cannot be used or is full; the message has the reason."""


class Spool:
    """Up to `limit_bytes` of hooks. Raises SpoolError if the file cannot be opened."""

    def __init__(self, file: Path, limit_bytes: int) -> None:
        self._file = file
        self._limit = limit_bytes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self.bytes = 0
        self.records: dict[str, int] = defaultdict(int)
        """Topic → number of records, including those not yet written."""
        self.oldest_ms: dict[str, int] = {}
        """Topic → when its oldest hook was received (epoch ms)."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            self._db = sqlite3.connect(
                file, timeout=0.5, isolation_level=None, check_same_thread=False
            )
            self._db.executescript(_SCHEMA)
            self._db.execute("BEGIN IMMEDIATE")  # Takes the lock for the lifetime of the process.
            self._db.execute("COMMIT")
            for topic, count, size, oldest in self._db.execute(
                "SELECT topic, count(*), sum(size), min(received_ms) FROM hooks GROUP BY topic"
            ):
                self.records[topic] = count
                self.bytes += size
                self.oldest_ms[topic] = oldest
        except (OSError, sqlite3.Error) as error:
            raise SpoolError(f"the spool {file} cannot be used: {error}") from error

    async def append(self, received_ms: int, records: Sequence[Outgoing]) -> int:
        """Write all records durably; returns the last id. On SpoolError none is written."""
        rows = [
            (r.topic, received_ms, _size(r), r.key, r.value, msgspec.msgpack.encode(r.headers))
            for r in records
        ]
        size = sum(row[2] for row in rows)
        if self.bytes + size > self._limit:
            raise SpoolError("full")
        self._count(records, 1, size)
        try:
            last = await self._run(self._append, rows)
        except SpoolError:
            self._count(records, -1, -size)
            raise
        for record in records:
            self.oldest_ms.setdefault(record.topic, received_ms)
        return last

    @property
    def full(self) -> bool:
        """No room for a hook of the usual size."""
        return self.bytes + USUAL_BYTES > self._limit

    async def head(self, topic: str) -> tuple[int, list[Outgoing]]:
        """The oldest records of a topic, in order, and the id of the last of them."""
        return await self._run(self._head, topic)

    async def remove(self, topic: str, last: int) -> None:
        """Delete a topic's records up to an id."""
        count, size, oldest = await self._run(self._remove, topic, last)
        self.records[topic] -= count
        self.bytes -= size
        if oldest is None:
            self.oldest_ms.pop(topic, None)
        else:
            self.oldest_ms[topic] = oldest

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._db.close)
        self._thread.shutdown()

    def _count(self, records: Sequence[Outgoing], sign: int, size: int) -> None:
        self.bytes += size
        for record in records:
            self.records[record.topic] += sign

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        def guarded() -> T:
            try:
                return work(*arguments)
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise SpoolError(getattr(error, "sqlite_errorname", "disk")) from error

        # Shielded: after a cancelled request the counts must match what the thread writes.
        work_done = asyncio.get_running_loop().run_in_executor(self._thread, guarded)
        return await asyncio.shield(work_done)

    # -- on the thread ---------------------------------------------------------------------

    def _append(self, rows: list[tuple[Any, ...]]) -> int:
        self._db.execute("BEGIN IMMEDIATE")
        last = -1
        for row in rows:
            last = int(
                self._db.execute(
                    "INSERT INTO hooks (topic, received_ms, size, key, value, headers)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    row,
                ).lastrowid
                or -1
            )
        self._db.execute("COMMIT")
        return last

    def _head(self, topic: str) -> tuple[int, list[Outgoing]]:
        rows = self._db.execute(
            "SELECT id, size, key, value, headers FROM hooks WHERE topic = ? ORDER BY id LIMIT ?",
            (topic, HEAD_RECORDS),
        )
        last, size = -1, 0
        records: list[Outgoing] = []
        for number, row_size, key, value, headers in rows:
            size += row_size
            if records and size > HEAD_BYTES:
                break
            records.append(Outgoing(topic, key, value, _headers.decode(headers)))
            last = number
        rows.close()
        return last, records

    def _remove(self, topic: str, last: int) -> tuple[int, int, int | None]:
        which = "FROM hooks WHERE topic = ? AND id <= ?"
        self._db.execute("BEGIN IMMEDIATE")
        count, size = self._db.execute(
            f"SELECT count(*), coalesce(sum(size), 0) {which}", (topic, last)
        ).fetchone()
        self._db.execute(f"DELETE {which}", (topic, last))
        self._db.execute("COMMIT")
        oldest = self._db.execute(
            "SELECT received_ms FROM hooks WHERE topic = ? ORDER BY id LIMIT 1", (topic,)
        ).fetchone()
        if self._db.execute("SELECT 1 FROM hooks LIMIT 1").fetchone() is None:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # The WAL contains hooks too.
        return count, size, oldest[0] if oldest else None


def _size(record: Outgoing) -> int:
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return ROW_BYTES + len(record.key or b"") + len(record.value or b"") + headers
