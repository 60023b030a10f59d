"""The lease: confirmed heartbeats renew it, silence ends it, the group's answer decides."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streams.worker.transport import lease as module
from streams.worker.transport.lease import Lease

HEARTBEAT_S = 3.0
LEASE_S = 2 * HEARTBEAT_S + module.SLACK_S


class Clocks:
    """Two clocks that tests advance."""

    boot, wall = 500.0, 1_778_752_800.0

    def __call__(self) -> tuple[float, float]:
        return self.boot, self.wall

    def move(self, seconds: float) -> None:
        self.boot += seconds
        self.wall += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(module, "clocks", clocks)
    return clocks


class Coordinator:
    """The part of aiokafka's coordinator that a lease uses."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self.generation = 1
        self.confirms = True
        self.takes_s = 0.0

    async def _do_rejoin_group(self, subscription: Any) -> bool:
        return self.confirms

    async def _do_heartbeat(self) -> bool:
        self._clocks.move(self.takes_s)
        return self.confirms


@pytest.fixture
def coordinator(clocks: Clocks) -> Coordinator:
    return Coordinator(clocks)


@pytest.fixture
def lease(coordinator: Coordinator) -> Lease:
    lease = Lease()
    lease.watch(coordinator, HEARTBEAT_S)  # type: ignore[arg-type]
    return lease


async def test_there_is_none_before_the_group_has_answered(lease: Lease) -> None:
    assert not lease.held()


async def test_joining_and_heartbeats_give_it(lease: Lease, coordinator: Coordinator) -> None:
    await coordinator._do_rejoin_group(None)
    assert lease.held()


async def test_it_counts_from_when_the_heartbeat_was_sent(
    lease: Lease, coordinator: Coordinator
) -> None:
    coordinator.takes_s = LEASE_S * 1.5
    assert await coordinator._do_heartbeat()
    assert not lease.held()


async def test_an_unconfirmed_heartbeat_gives_none(lease: Lease, coordinator: Coordinator) -> None:
    coordinator.confirms = False
    await coordinator._do_heartbeat()
    assert not lease.held()


@pytest.mark.parametrize("moved", ["boot", "wall"])
async def test_a_process_that_stood_still_waits_for_the_group(
    lease: Lease, coordinator: Coordinator, clocks: Clocks, moved: str
) -> None:
    """A suspended host counts on since boot; of a frozen machine only the wall's clock jumps."""
    await coordinator._do_heartbeat()
    assert lease.held()
    setattr(clocks, moved, getattr(clocks, moved) + LEASE_S)
    assert not lease.held()
    waiting = asyncio.create_task(lease.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    await coordinator._do_heartbeat()
    assert await waiting


async def test_a_process_that_the_group_has_dropped_learns_it(
    lease: Lease, coordinator: Coordinator
) -> None:
    waiting = asyncio.create_task(lease.wait())
    coordinator.generation = -1
    assert not await waiting
    assert lease.lost()


async def test_a_generation_that_was_reset_ends_even_a_fresh_lease(
    lease: Lease, coordinator: Coordinator
) -> None:
    await coordinator._do_heartbeat()
    coordinator.generation = -1
    assert not await lease.wait()


async def test_records_on_the_wire_of_a_fenced_process_end_it(
    lease: Lease, coordinator: Coordinator, monkeypatch: pytest.MonkeyPatch
) -> None:
    class EndedError(Exception):
        """In place of the process's end."""

    def fatal(message: str, **_: Any) -> None:
        raise EndedError(message)

    monkeypatch.setattr(module, "fatal", fatal)
    coordinator.generation = -1
    with pytest.raises(EndedError, match="fenced"):
        await lease.wait_or_end()
