"""What of its topics the group has shared out, and that new partitions are noticed.

Partitions are shared out by one member, the leader, and only it watches for new ones. A static
member that starts again within the session timeout gets its old partitions without another
sharing-out, so a leader does not learn that it still is the leader (KIP-814), and from then on
nobody watches: what is published to a new partition, or to a topic that a new release is the first
to read, would wait for the next rebalance, and no lag would tell. Here every member watches. The
broker answers a needless rejoin of another member with what it has, and makes a rebalance of the
leader's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator


class AssignmentMonitor:
    """Counts the partitions that the group has assigned, and looks for more."""

    def __init__(self) -> None:
        self._coordinator: Any = None
        self._assignor: Any = None
        self._wanted: set[str] = set()

    def watch(self, coordinator: GroupCoordinator, assignor: Any) -> None:
        """From every join on, compare what is there with what the join has shared out."""
        join: Callable[[Any], Awaitable[bool]] = coordinator._do_rejoin_group

        async def joining(subscription: Any) -> bool:
            joined = await join(subscription)
            self._wanted = {t for t in subscription.topics if not _is_changelog(t)}
            if joined and coordinator._group_subscription is None:
                # Looked at with every update of the metadata, and no sooner: where the leader has
                # not noticed yet, rejoining at once would go round in circles.
                coordinator._metadata_snapshot = self.counts()
                coordinator._group_subscription = set(coordinator._metadata_snapshot)
            return joined

        coordinator._do_rejoin_group = joining
        self._coordinator, self._assignor = coordinator, assignor

    def counts(self) -> dict[str, int]:
        """Topic → how many of its partitions some member has. Changelogs go with their topics."""
        counts: Counter[str] = Counter(dict.fromkeys(self._wanted, 0))
        if self._assignor is not None:
            for topics in self._assignor.external_topic_distribution.values():
                counts.update({topic: len(partitions) for topic, partitions in topics.items()})
        return dict(counts)

    def missing(self) -> int:
        """Partitions that are there and that no member has."""
        missing = 0
        for topic, shared in self.counts().items():
            there = self._coordinator._cluster.partitions_for_topic(topic) or ()
            missing += max(0, len(there) - shared)
        return missing


def _is_changelog(topic: str) -> bool:
    return topic.endswith("-changelog")
