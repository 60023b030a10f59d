"""The sweep removes only state that has expired by the partition's own time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from streams.worker.state import sweep as sweeping
from streams.worker.state.store import Store
from streams.worker.state.sweep import Lifetime, sweep

DAY = 24 * 3_600_000
LIFE = Lifetime(90 * DAY, lambda state: int(state) + 90 * DAY)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    conf = SimpleNamespace(tabledir=tmp_path, table_key_index_size=100)
    app: Any = SimpleNamespace(conf=conf)
    table: Any = SimpleNamespace(name="links")
    return Store("idv+rocksdb://", app, table, table_name="links")


def test_only_what_has_expired_goes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "SLICE", 3)
    states = {f"key-{day:03}".encode(): str(day * DAY).encode() for day in range(100)}
    store.write(0, states, 41)
    removed = asyncio.run(sweep(store, 0, LIFE))
    left = dict(store.entries(0))
    assert removed == 9
    assert left == {k: v for k, v in states.items() if int(v) >= 9 * DAY}
    assert store.read(0, store.offset_key) == b"41"


def test_an_empty_partition_is_swept_too(store: Store) -> None:
    store.write(0, {}, 0)
    assert asyncio.run(sweep(store, 0, LIFE)) == 0


def test_the_replay_of_an_old_topic_keeps_its_state(store: Store) -> None:
    store.write(0, {b"old": b"1000"}, 7)
    assert asyncio.run(sweep(store, 0, LIFE)) == 0
    assert store.read(0, b"old") == b"1000"
