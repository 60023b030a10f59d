"""Partitions side by side, each in order: what is merged, what waits, what is bounded."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from streams.worker import lanes as module
from streams.worker.lanes import Lanes


def event(partition: int, number: int, *, records: int = 1, generation: int = 1) -> Any:
    return SimpleNamespace(
        number=number,
        message=SimpleNamespace(partition=partition, generation_id=generation),
        value=SimpleNamespace(records=[number] * records),
    )


class Barrier:
    """A `run` that notes its calls and lets them pass only when told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, list[int]]] = []
        self.open = asyncio.Event()

    async def __call__(self, events: list[Any]) -> None:
        self.calls.append((events[0].message.partition, [e.number for e in events]))
        await self.open.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_comes_while_a_barrier_waits_passes_the_next_one_together() -> None:
    barrier = Barrier()
    lanes = Lanes(barrier)
    await lanes.put(event(0, 1))
    await settle()
    for number in (2, 3, 4):
        await lanes.put(event(0, number))
    barrier.open.set()
    await lanes.join()
    assert barrier.calls == [(0, [1]), (0, [2, 3, 4])]


async def test_a_waiting_partition_holds_up_no_other() -> None:
    barrier = Barrier()
    lanes = Lanes(barrier)
    for partition in range(3):
        await lanes.put(event(partition, partition))
    await settle()
    assert [partition for partition, _ in barrier.calls] == [0, 1, 2]
    lanes.cancel()


async def test_generations_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = Barrier()
    barrier.open.set()
    lanes = Lanes(barrier)
    for number, generation in enumerate((1, 1, 2, 2)):
        await lanes.put(event(0, number, generation=generation))
    await lanes.join()
    assert barrier.calls == [(0, [0, 1]), (0, [2, 3])]


async def test_merging_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MERGED_RECORDS", 10)
    barrier = Barrier()
    barrier.open.set()
    lanes = Lanes(barrier)
    for number, records in enumerate((4, 4, 4, 40, 1)):
        await lanes.put(event(0, number, records=records))
    await lanes.join()
    assert [numbers for _, numbers in barrier.calls] == [[0, 1], [2], [3], [4]]


async def test_too_much_waiting_stops_the_intake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_RECORDS", 5)
    barrier = Barrier()
    lanes = Lanes(barrier)
    for number in range(5):
        await lanes.put(event(number, number))
    refused = asyncio.create_task(lanes.put(event(0, 9)))
    await settle()
    assert not refused.done()
    barrier.open.set()
    await refused
    await lanes.join()
    assert (0, [9]) in barrier.calls


async def test_a_failure_reaches_whoever_waits() -> None:
    async def run(events: list[Any]) -> None:
        raise ZeroDivisionError

    lanes = Lanes(run)
    await lanes.put(event(0, 1))
    with pytest.raises(ZeroDivisionError):
        await lanes.join()
