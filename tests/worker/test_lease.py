"""The lease: confirmed heartbeats hold it, silence ends it, the group's answer settles it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from streams.worker import lease as module
from streams.worker.lease import Lease

SESSION_S = 0.2


class Coordinator:
    """As aiokafka's, as far as a lease looks at it."""

    def __init__(self) -> None:
        self.generation = 1
        self.confirms = True
        self.takes_s = 0.0

    async def _do_rejoin_group(self, subscription: Any) -> bool:
        return self.confirms

    async def _do_heartbeat(self) -> bool:
        await asyncio.sleep(self.takes_s)
        return self.confirms


@pytest.fixture
def coordinator() -> Coordinator:
    return Coordinator()


@pytest.fixture
def lease(coordinator: Coordinator) -> Lease:
    lease = Lease()
    lease.watch(coordinator, SESSION_S)  # type: ignore[arg-type]
    return lease


async def test_there_is_none_before_the_group_has_answered(lease: Lease) -> None:
    assert not lease.held()


async def test_joining_and_heartbeats_give_it(lease: Lease, coordinator: Coordinator) -> None:
    await coordinator._do_rejoin_group(None)
    assert lease.held()


async def test_it_counts_from_when_the_heartbeat_was_sent(
    lease: Lease, coordinator: Coordinator
) -> None:
    coordinator.takes_s = SESSION_S * 1.5
    assert await coordinator._do_heartbeat()
    assert not lease.held()


async def test_an_unconfirmed_heartbeat_gives_none(lease: Lease, coordinator: Coordinator) -> None:
    coordinator.confirms = False
    await coordinator._do_heartbeat()
    assert not lease.held()


async def test_a_process_that_stood_still_waits_for_the_group(
    lease: Lease, coordinator: Coordinator
) -> None:
    await coordinator._do_heartbeat()
    time.sleep(SESSION_S * 1.5)  # noqa: ASYNC251 - as a suspended process does: the loop stands.
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
