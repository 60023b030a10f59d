"""Faust's tables, and its recovery of their state from changelogs."""

from __future__ import annotations

from typing import Any

from faust.tables import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP


class _Recovery(Recovery):
    """Stock recovery crashes at every start if state on disk is ahead of its changelog."""

    async def _build_offsets(
        self, consumer: Any, tps: set[TP], destination: Any, title: str
    ) -> None:
        """Start offsets of changelogs. State on disk of a recreated changelog is deleted, since no
        other worker could restore it.
        """
        ends = await consumer.highwaters(*tps) if tps else {}
        for table in self.tables.values():
            for tp in tps & {TP(t, p.partition) for p in tps for t in table.changelog_topic.topics}:
                kept = table.data.persisted_offset(tp)
                if kept is not None and kept >= (ends.get(tp) or 0):
                    table.data.discard(tp.partition, "its changelog was recreated")
                    destination[tp] = None
        await super()._build_offsets(consumer, tps, destination, title)


class Tables(TableManager):
    """All tables exist before the app starts; stock Faust waits a second for more."""

    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = _Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()
