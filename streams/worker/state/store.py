"""The state of one table on RocksDB: read per key, written once per batch.

Faust does changelog recovery, standbys and the moving of partitions. Reads and writes bypass its
table API, which writes each key separately, does not await changelog records, and needs a second
put for every update.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import rocksdict
import structlog
from faust.stores import rocksdb

from streams.worker.fatal import fatal

log = structlog.get_logger()

MIB = 1024 * 1024
# Budgets of the process, shared by all partitions: budgets per partition would add up.
BLOCK_CACHE_BYTES = 48 * MIB
MEMTABLE_BYTES = 48 * MIB
OPEN_FILES_PER_DB = 64
_SIZE = (
    "rocksdb.estimate-num-keys", "rocksdb.live-sst-files-size", "rocksdb.cur-size-all-mem-tables",
)  # fmt: skip

# Prefixes of RocksDB's errors for a damaged database.
_DAMAGED = ("Corruption", "Invalid argument", "NotFound")

# Suffix of a file beside a database; its mtime is the last time the database was up to date.
_KEPT = ".kept"
TRUSTED_S = 12 * 3600.0
"""Half of Kafka's default retention of tombstones."""

_shared: dict[str, Any] = {}


def _options() -> rocksdict.Options:
    if not _shared:
        _shared["cache"] = rocksdict.Cache(BLOCK_CACHE_BYTES)
        _shared["memtables"] = rocksdict.WriteBufferManager(MEMTABLE_BYTES, False)
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_max_open_files(OPEN_FILES_PER_DB)
    options.set_write_buffer_size(8 * MIB)
    options.set_max_write_buffer_number(2)
    options.set_write_buffer_manager(_shared["memtables"])
    options.set_keep_log_file_num(2)
    options.set_max_log_file_size(MIB)
    blocks = rocksdict.BlockBasedOptions()
    blocks.set_block_cache(_shared["cache"])
    blocks.set_cache_index_and_filter_blocks(True)
    blocks.set_bloom_filter(10, block_based=False)
    options.set_block_based_table_factory(blocks)
    return options


class Store(rocksdb.Store):
    """Faust's RocksDB store with fixed memory budgets and one write per batch."""

    applied = 0
    """Number of changelog batches that recovery has applied; shows its progress."""

    trusted_s = TRUSTED_S
    """Maximum age in seconds of a reusable database: see `_open_for_partition`."""

    def _open_for_partition(self, partition: int) -> rocksdict.Rdict:
        """Delete a damaged database: recovery restores it from its changelog. Delete also one that
        this worker has not updated for longer than the changelog keeps tombstones: keys that
        another owner erased meanwhile would stay in it.
        """
        path: Path = self.partition_path(partition)
        if path.exists() and time.time() - _kept_until(path) > self.trusted_s:
            self.discard(partition, "not updated for longer than its changelog keeps tombstones")
        self._keep(path)
        try:
            return rocksdict.Rdict(str(path), options=_options())
        except Exception as error:
            if not str(error).startswith(_DAMAGED):
                raise  # Locked by another process, or the disk is full: deleting does not help.
            self.discard(partition, f"it is damaged: {str(error)[:200]}")
            return rocksdict.Rdict(str(path), options=_options())

    def discard(self, partition: int, why: str) -> None:
        """Delete a partition's database; recovery restores it from the changelog."""
        db = self._dbs.pop(partition, None)
        if db is not None:
            db.close()
        path: Path = self.partition_path(partition)
        log.error("state is deleted", path=str(path), why=why, action="restored from its changelog")
        shutil.rmtree(path)

    def keep(self) -> None:
        """Mark the open databases as up to date. Called every few seconds."""
        for partition in self._dbs:
            self._keep(self.partition_path(partition))

    @staticmethod
    def _keep(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(_KEPT).touch()

    async def stop(self) -> None:
        """Close the databases now, not at garbage collection."""
        self.keep()
        dbs, self._dbs = self._dbs, {}
        for db in dbs.values():
            db.close()

    def read(self, partition: int, key: bytes) -> bytes | None:
        value: bytes | None = self._db_for_partition(partition).get(key)
        return value

    def write(self, partition: int, values: Mapping[bytes, bytes | None], offset: int) -> None:
        """Store values (None deletes) and their changelog offset in one write."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in values.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(self.offset_key, str(offset).encode())
        self._db_for_partition(partition).write(batch)

    def apply_changelog_batch(self, batch: Iterable[Any], *_: Any, **__: Any) -> None:
        """Recovery: each event is a batch of one changelog partition. Exit on an error: Faust would
        log it and continue, and the state would be incomplete or recovery would never end.
        """
        for event in batch:
            records = event.message.value.records
            values = {record.key: record.value for record in records if record.key is not None}
            try:
                self.write(event.message.partition, values, records[-1].offset)
            except Exception as error:
                fatal("state cannot be restored", table=self.table_name, error=str(error)[:200])
            Store.applied += 1

    def size(self) -> tuple[int, int]:
        """Entries and bytes of the open partitions, estimated by RocksDB."""
        partitions = list(self._dbs.values())
        entries, files, memory = (
            sum(db.property_int_value(name) or 0 for db in partitions) for name in _SIZE
        )
        return entries, files + memory

    def partitions(self) -> list[int]:
        """The partitions with an open database."""
        return list(self._dbs)

    def entries(self, partition: int, after: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Keys and values in key order, from the key after `after`; without Faust's own key."""
        entries = self._db_for_partition(partition).iter()
        if after is None:
            entries.seek_to_first()
        else:
            entries.seek(after + b"\x00")
        while entries.valid():
            if (key := entries.key()) != self.offset_key:
                yield key, entries.value()
            entries.next()

    def drop(self, partition: int, key: bytes) -> None:
        """Remove a key from the database only; its changelog record stays."""
        self._db_for_partition(partition).delete(key)


def _kept_until(path: Path) -> float:
    """Unix time of the last mark; without one (older release), of the last change."""
    mark = path.with_suffix(_KEPT)
    return (mark if mark.exists() else path).stat().st_mtime
