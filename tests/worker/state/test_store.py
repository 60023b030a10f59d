"""State on disk: a batch sees its own writes, one write stores them, a restart reads them back."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.avro import PREFIXES
from streams.contracts.model import Decision, RawRecord
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.messages import LinkMessage, LinkVisit, Sighting
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from streams.worker.stages import KeyedBatch, keyed
from streams.worker.state.overlay import Overlay
from streams.worker.state.store import BLOCK_CACHE_BYTES, MEMTABLE_BYTES, Store
from streams.worker.transport.batches import Batch

CHANGELOG = "idv-links-changelog"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[faust.App]:
    app = faust.App("idv", broker="idv+kafka://127.0.0.1:1", datadir=tmp_path, web_enabled=False)
    app._create_directories()  # type: ignore[attr-defined]
    yield app
    gc.collect()


def _store(app: faust.App) -> Store:
    if "links" not in app.tables:
        app.Table("links", key_type=bytes, value_type=bytes)
    table: Any = app.tables["links"]
    return Store("idv+rocksdb://", app, table)


def _closed(store: Store) -> None:
    """As a rebalance closes them."""
    store._dbs.clear()
    gc.collect()


def test_values_and_offset_are_one_write_and_survive_a_restart(app: faust.App) -> None:
    store = _store(app)
    store.write(0, {b"a": b"1", b"b": b"2"}, 41)
    store.write(0, {b"a": b"3", b"b": None}, 57)
    _closed(store)
    store = _store(app)
    assert store.read(0, b"a") == b"3"
    assert store.read(0, b"b") is None
    assert store.persisted_offset(TP(CHANGELOG, 0)) == 57


def test_a_partition_s_share_of_memory_and_files_is_small(app: faust.App) -> None:
    """Stock Faust uses 2 GiB of cache per partition and 90 % of the process's open files."""
    store = _store(app)
    store.write(0, {b"a": b"1"}, 0)
    (written,) = store.partition_path(0).glob("OPTIONS-*")
    options = dict(line.strip().split("=", 1) for line in written.open() if "=" in line)
    assert int(options["max_open_files"]) <= 256
    memtables = int(options["write_buffer_size"]) * int(options["max_write_buffer_number"])
    assert memtables <= 32 * 1024 * 1024
    assert BLOCK_CACHE_BYTES + MEMTABLE_BYTES <= 128 * 1024 * 1024


def test_a_value_of_bytes_comes_back_as_it_was(app: faust.App) -> None:
    """Stock decoded the bytes of a value as JSON when it read them back."""
    store = _store(app)
    value = b'\x01\x82{"not": "json"}\x00\xff'
    store.write(0, {b"k": value}, 0)
    _closed(store)
    assert _store(app).read(0, b"k") == value


def test_partitions_keep_apart(app: faust.App) -> None:
    store = _store(app)
    store.write(0, {b"k": b"0"}, 1)
    store.write(1, {b"k": b"1"}, 9)
    assert (store.read(0, b"k"), store.read(1, b"k")) == (b"0", b"1")
    assert store.persisted_offset(TP(CHANGELOG, 0)) == 1


def test_the_changelog_alone_rebuilds_what_was_written(app: faust.App) -> None:
    """Recovery writes a batch where the store's own writes go, and the offset with it."""
    store = _store(app)
    written = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"b", None)]
    records = [
        SimpleNamespace(key=key, value=value, offset=offset)
        for offset, (key, value) in enumerate(written)
    ]
    events: Any = [
        SimpleNamespace(message=SimpleNamespace(value=Batch(part, 1, 0, None), partition=0))
        for part in (records[:3], records[3:])
    ]
    store.apply_changelog_batch(events, lambda key: key, lambda value: value)
    _closed(store)
    store = _store(app)
    assert (store.read(0, b"a"), store.read(0, b"b")) == (b"3", None)
    assert store.persisted_offset(TP(CHANGELOG, 0)) == 3
    assert dict(store.entries(0)) == {b"a": b"3"}


# -- the overlay -------------------------------------------------------------------------------

steps = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 9)), max_size=20)


@given(st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)), steps)
def test_an_overlay_is_a_map_that_touches_nothing(
    stored: dict[str, int], steps: list[tuple[str, int | None]]
) -> None:
    disk = {key.encode(): b"%d" % value for key, value in stored.items()}
    before = dict(disk)
    overlay: Overlay[int] = Overlay(disk.get, int, lambda value: b"%d" % value)
    model: dict[str, int | None] = dict(stored)
    for key, value in steps:
        assert overlay.get(key) == model.get(key)
        overlay.set(key, value)
        model[key] = value
        assert overlay.get(key) == value
    assert disk == before
    changed = {key for key, _ in steps}
    assert overlay.changes() == {
        key.encode(): None if model[key] is None else b"%d" % (model[key] or 0) for key in changed
    }


def test_what_was_only_read_is_not_written() -> None:
    overlay: Overlay[int] = Overlay({b"a": b"1"}.get, int, lambda value: b"%d" % value)
    assert overlay.get("a") == 1
    assert overlay.changes() == {}


def test_a_state_that_cannot_be_read_costs_its_key_and_keeps_its_bytes(app: faust.App) -> None:
    """Damaged, or written by a release that this one cannot read."""
    keyring = Keyring({"k1": b"a key for tests only"})
    pipeline = Pipeline(keyring, policy_from(keyring), Gazetteer())
    table: Any = SimpleNamespace(data=_store(app))
    stage = keyed(pipeline)[0]
    sighting = Sighting("e1", "didit", "s1", 1_778_752_800_000, Decision.APPROVED)
    message = LinkMessage(LinkVisit("LIVE|device|k1:x", sighting))
    table.data.write(0, {b"LIVE|device|k1:x": b"\x07garbage"}, 0)
    batch = KeyedBatch(stage, table, 0, PREFIXES)
    key, value = b"LIVE|device|k1:x", stage.messages.encode(message)
    batch.process(RawRecord("idv.stage.links", 0, 3, 0, key, value), 0)
    (letter,) = batch.outputs
    assert (letter.topic, letter.value) == ("idv.rejected", b"\x07garbage")
    assert dict(letter.headers)["idv.error.code"] == b"internal_error"
    (after,) = batch.changes().values()
    assert after is not None
    assert stage.states.decode(after).seen[0].session_id == "s1"
