"""A lease to write for the assigned partitions.

A process that was paused (suspended, swapped out, cut off) for longer than the session timeout has
lost its partitions without notice. Its writes are stale: a late changelog record would overwrite
the state of the new owner. Kafka fences such a writer only in transactions, so the writer must
check itself. Every heartbeat that the group's coordinator confirms is a lease for two heartbeat
intervals, counted from when the heartbeat was *sent*. Without a lease nothing is written; the next
heartbeat shows whether this member is still in the group.

A lease is much shorter than a session, since a static member that starts on another host replaces
this one immediately. It ends by either of two clocks: the boot clock counts while the host is
suspended, and the wall clock jumps ahead when a frozen machine resumes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator

from streams.worker.fatal import fatal

LOOK_S = 0.05
# Tolerated delay of a heartbeat's answer on a busy event loop.
SLACK_S = 1.0


def clocks() -> tuple[float, float]:
    """Seconds since boot, if possible including suspension; seconds since 1970."""
    boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(boot), time.time()


class Lease:
    """Renewed by the answers of the coordinator."""

    def __init__(self) -> None:
        self._until = (0.0, 0.0)
        self._coordinator: Any = None

    def watch(self, coordinator: GroupCoordinator, heartbeat_s: float) -> None:
        """Renew at every confirmed join and heartbeat of the coordinator."""
        lease_s = 2 * heartbeat_s + SLACK_S

        def observed(ask: Callable[..., Awaitable[bool]]) -> Callable[..., Awaitable[bool]]:
            async def asking(*args: Any) -> bool:
                boot, wall = clocks()
                confirmed = await ask(*args)
                if confirmed:
                    self._until = boot + lease_s, wall + lease_s
                return confirmed

            return asking

        coordinator._do_rejoin_group = observed(coordinator._do_rejoin_group)
        coordinator._do_heartbeat = observed(coordinator._do_heartbeat)
        self._coordinator = coordinator

    def held(self) -> bool:
        (boot, wall), until = clocks(), self._until
        return boot < until[0] and wall < until[1]

    def lost(self) -> bool:
        """True if the coordinator has removed this member from the group."""
        return self._coordinator is not None and self._coordinator.generation < 0

    async def wait(self) -> bool:
        """Wait until the coordinator confirms this member; False if the group has removed it.

        Without an answer this waits until the caller's timeout.
        """
        while not self.held():
            if self.lost():
                return False
            await asyncio.sleep(LOOK_S)
        return not self.lost()

    async def wait_or_end(self) -> None:
        """Like `wait`, but exits if the lease is lost: records in flight cannot be recalled."""
        if not await self.wait():
            fatal("fenced with records in flight", stage="producer")
