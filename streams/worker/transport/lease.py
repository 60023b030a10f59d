"""Whether this process may still write for its partitions.

A process that stood still (suspended, swapped out, cut off) for longer than the session timeout
has lost its partitions without knowing it. What it writes then is old: a late changelog record
would undo what the new owner has stored. Kafka cannot fence such a writer outside of transactions,
so the writer has to know: every heartbeat that the group's coordinator confirms is a lease for two
heartbeats' time, counted from when the heartbeat was *sent*. Without a lease nothing is written;
the next heartbeat tells whether the group has waited, or gone on without us.

A lease is much shorter than a session, since a static member that starts on another host takes the
place of one that still runs here, at once. It ends by either of two clocks: one counts while the
host is suspended, and the other, which people set, jumps ahead when a frozen machine wakes up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator

from streams.worker.fatal import fatal

LOOK_S = 0.05
# What an answer may be late by, on a busy loop, before the next heartbeat is waited for.
SLACK_S = 1.0


def clocks() -> tuple[float, float]:
    """Seconds since boot, also while suspended, where the system tells them; seconds since 1970."""
    boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(boot), time.time()


class Lease:
    """Until when this process may write, as the coordinator's answers tell."""

    def __init__(self) -> None:
        self._until = (0.0, 0.0)
        self._coordinator: Any = None

    def watch(self, coordinator: GroupCoordinator, heartbeat_s: float) -> None:
        """Learn of every confirmed join and heartbeat of a coordinator, which come so often."""
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
        """True once the group has told this process that it went on without it."""
        return self._coordinator is not None and self._coordinator.generation < 0

    async def wait(self) -> bool:
        """Wait until the group confirms this member; False where it does not know it any more.

        Without an answer this waits for as long as the caller lets it: nobody else can be asked.
        """
        while not self.held():
            if self.lost():
                return False
            await asyncio.sleep(LOOK_S)
        return not self.lost()

    async def wait_or_end(self) -> None:
        """For records that are on their way to the wire already: they cannot be called back."""
        if not await self.wait():
            fatal("fenced with records in flight", stage="producer")
