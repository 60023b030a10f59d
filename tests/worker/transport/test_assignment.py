"""Detection of new partitions. With a broker: tests/faults."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from streams.worker.transport.assignment import AssignmentMonitor

SHARED = {"http://worker/a": {"raw": [0], "stage": [0, 1]}, "http://worker/b": {"raw": [1, 2]}}

WANTED = SimpleNamespace(topics={"raw", "stage", "idv-links-changelog"})


class Coordinator:
    def __init__(self, leads: bool) -> None:
        self.leads = leads
        self.confirms = True
        self.there = {"raw": {0, 1, 2}, "stage": {0, 1}}
        self._group_subscription: set[str] | None = None
        self._metadata_snapshot: dict[str, int] = {}
        self._cluster = SimpleNamespace(partitions_for_topic=lambda topic: self.there.get(topic))

    async def _do_rejoin_group(self, subscription: Any) -> bool:
        self._group_subscription = {"raw"} if self.leads else None
        return self.confirms


def monitor_of(coordinator: Any) -> AssignmentMonitor:
    monitor = AssignmentMonitor()
    monitor.watch(coordinator, SimpleNamespace(external_topic_distribution=SHARED))
    return monitor


async def test_a_member_that_does_not_lead_compares_with_what_was_shared_out() -> None:
    coordinator = Coordinator(leads=False)
    monitor_of(coordinator)
    assert await coordinator._do_rejoin_group(WANTED)
    assert coordinator._group_subscription == {"raw", "stage"}
    assert coordinator._metadata_snapshot == {"raw": 3, "stage": 2}


async def test_a_topic_that_nobody_has_yet_is_looked_for() -> None:
    coordinator = Coordinator(leads=False)
    monitor = monitor_of(coordinator)
    coordinator.there["new"] = {0, 1}
    assert await coordinator._do_rejoin_group(SimpleNamespace(topics={"raw", "new"}))
    assert coordinator._metadata_snapshot == {"raw": 3, "stage": 2, "new": 0}
    assert monitor.missing() == 2


async def test_a_leader_watches_as_before() -> None:
    coordinator = Coordinator(leads=True)
    monitor_of(coordinator)
    assert await coordinator._do_rejoin_group(WANTED)
    assert coordinator._group_subscription == {"raw"}


async def test_a_join_that_failed_changes_nothing() -> None:
    coordinator = Coordinator(leads=False)
    coordinator.confirms = False
    monitor_of(coordinator)
    assert not await coordinator._do_rejoin_group(WANTED)
    assert coordinator._group_subscription is None


def test_what_nobody_has_is_counted() -> None:
    coordinator = Coordinator(leads=False)
    monitor = monitor_of(coordinator)
    assert monitor.missing() == 0
    coordinator.there["raw"] |= {3, 4}
    assert monitor.missing() == 2
    del coordinator.there["stage"]  # Deleted under us: that is another alert's business.
    assert monitor.missing() == 2


def test_before_the_first_join_nothing_is_missing() -> None:
    assert AssignmentMonitor().missing() == 0
