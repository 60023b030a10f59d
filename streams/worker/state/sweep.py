"""Deletes expired state, a slice at a time. Findings do not depend on it, since expiry is also
checked when state is read.

The clock is the partition's latest event time, not the wall clock, so the replay of an old topic
keeps the state that it needs. Changelogs have their own retention.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from itertools import islice
from typing import NamedTuple

import structlog

from streams.worker.state.store import Store

log = structlog.get_logger()

EVERY_S = 24 * 3600.0
SLICE = 500


class Lifetime(NamedTuple):
    """How long a table's states live after their latest event (ms), and when an encoded state
    expires (event time, epoch ms; None if it cannot be decoded).
    """

    ms: int
    expires_at: Callable[[bytes], int | None]


async def sweep_forever(
    stores: Mapping[str, Store], lifetimes: Mapping[str, Lifetime], every_s: float = EVERY_S
) -> None:
    """Sweep this worker's partitions of each table periodically."""
    while True:
        await asyncio.sleep(every_s)
        for table, store in stores.items():
            for partition in store.partitions():
                removed = await sweep(store, partition, lifetimes[table])
                log.info("swept", table=table, partition=partition, removed=removed)


async def sweep(store: Store, partition: int, life: Lifetime) -> int:
    """Remove expired state from one partition; returns the number of keys."""
    newest = 0
    async for _, value in _slices(store, partition):
        newest = max(newest, (life.expires_at(value) or 0) - life.ms)
    removed = 0
    async for key, value in _slices(store, partition):
        expires_at = life.expires_at(value)
        if expires_at is not None and expires_at < newest:
            store.drop(partition, key)
            removed += 1
    return removed


async def _slices(store: Store, partition: int) -> AsyncIterator[tuple[bytes, bytes]]:
    """All entries. Yields to the event loop between slices, without an open iterator, which would
    block the database when the partition moves.
    """
    after: bytes | None = None
    while partition in store.partitions():
        entries = list(islice(store.entries(partition, after), SLICE))
        for entry in entries:
            yield entry
        if len(entries) < SLICE:
            return
        after = entries[-1][0]
        await asyncio.sleep(0)
