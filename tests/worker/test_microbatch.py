"""MicroBatcher: grouping, waiting, limits and order."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams.worker import microbatch as module
from streams.worker.microbatch import MicroBatcher, Take


def event(
    partition: int, number: int, *, records: int = 1, generation: int = 1, size: int = 0
) -> Any:
    return SimpleNamespace(
        number=number,
        message=SimpleNamespace(tp=TP("t", partition), generation_id=generation),
        value=SimpleNamespace(records=[number] * records, size=size),
    )


class Barrier:
    """A `run` that records its rounds and finishes them on request."""

    def __init__(self) -> None:
        self.rounds: list[list[tuple[int, int]]] = []
        self.open = asyncio.Event()
        self.turn = asyncio.Event()
        self.turn.set()

    async def __call__(self, take: Take) -> None:
        await self.turn.wait()
        if events := take():
            self.rounds.append([(e.message.tp.partition, e.number) for e in events])
            await self.open.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_comes_while_a_barrier_waits_passes_the_next_one_together() -> None:
    barrier = Barrier()
    rounds = MicroBatcher(barrier)
    await rounds.put(event(0, 1))
    await settle()
    for number in (2, 3, 4):
        await rounds.put(event(0, number))
    await settle()
    assert barrier.rounds == [[(0, 1)]]
    barrier.open.set()
    await rounds.join()
    assert barrier.rounds == [[(0, 1)], [(0, 2), (0, 3), (0, 4)]]


async def test_what_waits_for_its_turn_goes_together_whatever_its_partition() -> None:
    barrier = Barrier()
    barrier.open.set()
    barrier.turn.clear()
    rounds = MicroBatcher(barrier)
    for number in range(6):
        await rounds.put(event(number % 2, number))
    await settle()
    barrier.turn.set()
    await rounds.join()
    assert barrier.rounds == [[(0, 0), (0, 2), (0, 4), (1, 1), (1, 3), (1, 5)]]


async def test_a_waiting_partition_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MIN_BATCH_RECORDS", 1)
    barrier = Barrier()
    rounds = MicroBatcher(barrier)
    for partition in range(3):
        await rounds.put(event(partition, partition))
        await settle()
    assert barrier.rounds == [[(0, 0)], [(1, 1)], [(2, 2)]]
    rounds.cancel()


async def test_few_rounds_are_under_way_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCHES_AT_ONCE", 2)
    monkeypatch.setattr(module, "MIN_BATCH_RECORDS", 1)
    barrier = Barrier()
    rounds = MicroBatcher(barrier)
    for partition in range(4):
        await rounds.put(event(partition, partition))
        await settle()
    assert barrier.rounds == [[(0, 0)], [(1, 1)]]
    barrier.open.set()
    await rounds.join()
    assert barrier.rounds[2:] == [[(2, 2), (3, 3)]]


async def test_what_is_worth_no_round_of_its_own_waits_for_the_one_before() -> None:
    barrier = Barrier()
    rounds = MicroBatcher(barrier)
    for partition in range(3):
        await rounds.put(event(partition, partition))
        await settle()
    assert barrier.rounds == [[(0, 0)]]
    await rounds.put(event(3, 3, records=module.MIN_BATCH_RECORDS))
    await settle()
    assert barrier.rounds == [[(0, 0)], [(1, 1), (2, 2), (3, 3)]]
    rounds.cancel()


async def paused(barrier: Barrier, monkeypatch: pytest.MonkeyPatch) -> MicroBatcher:
    """MicroBatcher in a pause that never ends: one event is through, two wait."""
    monkeypatch.setattr(module, "PAUSE_PER_RECORD_S", 3600.0)
    monkeypatch.setattr(module, "LONGEST_PAUSE_S", 3600.0)
    barrier.open.set()
    rounds = MicroBatcher(barrier)
    for number in range(3):
        await rounds.put(event(0, number))
        await settle()
    return rounds


async def test_small_rounds_are_followed_by_pauses_and_large_ones_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds = await paused(barrier := Barrier(), monkeypatch)
    assert barrier.rounds == [[(0, 0)]]
    await rounds.put(event(0, 3, records=module.MIN_BATCH_RECORDS))
    await settle()
    assert barrier.rounds == [[(0, 0)], [(0, 1), (0, 2), (0, 3)]]


async def test_a_pause_ends_by_itself() -> None:
    went: asyncio.Queue[list[int]] = asyncio.Queue()

    async def run(take: Take) -> None:
        went.put_nowait([e.number for e in take()])

    rounds = MicroBatcher(run)
    async with asyncio.timeout(30):
        for number in range(4):
            await rounds.put(event(0, number))
            assert await went.get() == [number]


async def test_nothing_is_paused_for_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = await paused(barrier := Barrier(), monkeypatch)
    await rounds.join()
    assert barrier.rounds == [[(0, 0)], [(0, 1), (0, 2)]]


async def test_what_is_given_up_in_a_pause_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = await paused(barrier := Barrier(), monkeypatch)
    rounds.cancel()
    await rounds.join()
    assert barrier.rounds == [[(0, 0)]]


async def test_generations_do_not_mix() -> None:
    barrier = Barrier()
    barrier.open.set()
    rounds = MicroBatcher(barrier)
    for number, generation in enumerate((1, 1, 2, 2)):
        await rounds.put(event(0, number, generation=generation))
    await rounds.put(event(1, 4, generation=1))
    await rounds.join()
    assert barrier.rounds == [[(0, 0), (0, 1), (1, 4)], [(0, 2), (0, 3)]]


async def test_a_round_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_RECORDS", 10)
    barrier = Barrier()
    barrier.open.set()
    rounds = MicroBatcher(barrier)
    for number, records in enumerate((4, 4, 4, 40, 1)):
        await rounds.put(event(0, number, records=records))
    await rounds.join()
    assert [[number for _, number in r] for r in barrier.rounds] == [[0, 1], [2], [3], [4]]


async def test_a_busy_partition_starves_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_RECORDS", 1)
    barrier = Barrier()
    barrier.open.set()
    barrier.turn.clear()
    rounds = MicroBatcher(barrier)
    for partition, number in ((0, 0), (0, 1), (0, 2), (1, 3)):
        await rounds.put(event(partition, number))
    barrier.turn.set()
    await rounds.join()
    assert barrier.rounds == [[(0, 0)], [(1, 3)], [(0, 1)], [(0, 2)]]


async def test_too_much_waiting_stops_the_intake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_RECORDS", 5)
    barrier = Barrier()
    rounds = MicroBatcher(barrier)
    for number in range(5):
        await rounds.put(event(number, number))
    refused = asyncio.create_task(rounds.put(event(0, 9)))
    await settle()
    assert not refused.done()
    barrier.open.set()
    await refused
    await rounds.join()
    assert [(0, 9)] in barrier.rounds


async def test_a_failure_reaches_whoever_waits() -> None:
    async def run(take: Take) -> None:
        raise ZeroDivisionError

    rounds = MicroBatcher(run)
    await rounds.put(event(0, 1))
    with pytest.raises(ZeroDivisionError):
        await rounds.join()


async def test_a_round_ends_at_so_many_bytes() -> None:
    """Few large records cost as much as many small ones; one that is larger goes alone."""
    barrier = Barrier()
    barrier.open.set()
    barrier.turn.clear()
    rounds = MicroBatcher(barrier)
    half = module.BATCH_BYTES // 2
    for number, size in enumerate((half, half, 1, 3 * half, 1)):
        await rounds.put(event(0, number, size=size))
    await settle()
    barrier.turn.set()
    await rounds.join()
    assert barrier.rounds == [[(0, 0), (0, 1)], [(0, 2)], [(0, 3)], [(0, 4)]]


async def test_so_many_bytes_wait_in_memory() -> None:
    barrier = Barrier()
    barrier.turn.clear()
    rounds = MicroBatcher(barrier)
    await rounds.put(event(0, 0, size=module.WAITING_BYTES))
    waiting = asyncio.create_task(rounds.put(event(0, 1, size=1)))
    await settle()
    assert not waiting.done()
    barrier.open.set()
    barrier.turn.set()
    await waiting
    await rounds.join()
    assert barrier.rounds == [[(0, 0)], [(0, 1)]]
