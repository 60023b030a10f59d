"""Monitors the partitions that the group has assigned, and detects new ones.

The leader of the group assigns partitions, and only it watches for new ones. A static member that
restarts within the session timeout gets its old partitions without a new assignment. So a leader
does not learn that it is still the leader (KIP-814), and no member watches any more: records of a
new partition, or of a topic that only a new release reads, would wait for the next rebalance,
without any lag to show it. Here every member watches. The broker answers a needless rejoin of a
follower with its current assignment, and starts a rebalance for one of the leader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator


class AssignmentMonitor:
    """Counts the assigned partitions and detects unassigned ones."""

    def __init__(self) -> None:
        self._coordinator: Any = None
        self._assignor: Any = None
        self._wanted: set[str] = set()

    def watch(self, coordinator: GroupCoordinator, assignor: Any) -> None:
        """After every join, compare the existing partitions with the assigned ones."""
        join: Callable[[Any], Awaitable[bool]] = coordinator._do_rejoin_group

        async def joining(subscription: Any) -> bool:
            joined = await join(subscription)
            self._wanted = {t for t in subscription.topics if not _is_changelog(t)}
            if joined and coordinator._group_subscription is None:
                # Compared at every metadata update and no earlier: until the leader has detected
                # the change, an immediate rejoin would repeat endlessly.
                coordinator._metadata_snapshot = self.counts()
                coordinator._group_subscription = set(coordinator._metadata_snapshot)
            return joined

        coordinator._do_rejoin_group = joining
        self._coordinator, self._assignor = coordinator, assignor

    def counts(self) -> dict[str, int]:
        """Topic → number of assigned partitions. Changelogs follow their topics."""
        counts: Counter[str] = Counter(dict.fromkeys(self._wanted, 0))
        if self._assignor is not None:
            for topics in self._assignor.external_topic_distribution.values():
                counts.update({topic: len(partitions) for topic, partitions in topics.items()})
        return dict(counts)

    def missing(self) -> int:
        """Number of existing partitions that no member owns."""
        missing = 0
        for topic, shared in self.counts().items():
            there = self._coordinator._cluster.partitions_for_topic(topic) or ()
            missing += max(0, len(there) - shared)
        return missing


def _is_changelog(topic: str) -> bool:
    return topic.endswith("-changelog")
