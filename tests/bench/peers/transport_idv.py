"""Our worker's runtime with one stage: count per key, pass the record through.

App, transport, barrier and state are the worker's own; only the list of stages differs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from streams.config.settings import Settings
from streams.contracts.model import RawRecord
from streams.kafka.producer import Outgoing
from streams.worker import app, main
from streams.worker import stages as agents
from streams.worker.runtime import Stage
from streams.worker.state.store import Overlay
from tests.bench.peers.job import arguments

NAME, SOURCE, TARGET = "count", "bench.in", "bench.out"
COUNT = struct.Struct(">Q")


class CountBatch:
    """One partition's batch."""

    def __init__(self, table: Any, partition: int) -> None:
        store = table.data
        self.outputs: list[Outgoing] = []
        self._state: Overlay[int] = Overlay(
            lambda key: store.read(partition, key), lambda b: COUNT.unpack(b)[0], COUNT.pack
        )

    def process(self, record: RawRecord, now: int) -> None:
        del now
        key = (record.key or b"").decode()
        self._state.set(key, (self._state.get(key) or 0) + 1)
        self.outputs.append(Outgoing(TARGET, record.key, record.value))

    def changes(self) -> dict[bytes, bytes | None]:
        return self._state.changes()

    def count(self, now: int) -> None:
        """Nothing to count."""


def stages(_pipeline: Any, tables: Any, *_: Any) -> Iterator[Stage]:
    table = tables[NAME]
    yield Stage(NAME, 0, SOURCE, lambda partition: CountBatch(table, partition), table)


async def _no_check(_settings: Settings) -> None:
    """The topics are the benchmark's own."""


if __name__ == "__main__":
    arguments()
    agents.stages = stages  # type: ignore[assignment]
    app.STAGE_TOPICS = {NAME: SOURCE}
    main.check_topics = _no_check
    main.run(Settings())
