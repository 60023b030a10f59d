"""Scheduler: one at a time, later stages first, no starvation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from streams.worker.scheduler import LONGEST_WAIT_S, Scheduler


class World:
    """Microbatches that compute in slices; `done` records the order of slices."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns = Scheduler(self.clock)
        self.done: list[str] = []
        self.computing = 0

    def clock(self) -> float:
        self.now += 1e-6
        return self.now

    async def round(
        self, name: str, rank: int, slices: int = 1, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        async with self.turns.turn(rank) as turn:
            for number in range(slices):
                self.computing += 1
                assert self.computing == 1
                try:
                    await asyncio.sleep(0)
                    self.done.append(f"{name}{number}")
                    meanwhile()
                finally:
                    self.computing -= 1
                await self.turns.yield_to_higher(turn)


def run(*rounds: tuple[str, int, int], world: World | None = None) -> list[str]:
    world = world or World()

    async def all_at_once() -> None:
        await asyncio.gather(*(world.round(*r) for r in rounds))

    asyncio.run(all_at_once())
    return world.done


def test_the_first_goes_on_while_nobody_is_nearer_to_the_end() -> None:
    assert run(("a", 1, 2), ("b", 1, 1), ("c", 0, 1)) == ["a0", "a1", "b0", "c0"]


def test_of_those_that_wait_the_nearest_to_the_end_goes_first() -> None:
    assert run(("a", 2, 1), ("b", 0, 1), ("c", 1, 1), ("d", 2, 1)) == ["a0", "d0", "c0", "b0"]


def test_a_round_makes_way_between_slices_and_goes_on_before_its_like() -> None:
    assert run(("a", 0, 2), ("b", 1, 2), ("c", 0, 1)) == ["a0", "b0", "b1", "a1", "c0"]


def test_what_has_waited_for_long_goes_first_and_makes_way_no_more() -> None:
    world = World()

    async def scene() -> None:
        def late() -> None:
            world.now = LONGEST_WAIT_S + 0.1

        first = asyncio.create_task(world.round("a", 2, 1, late))
        await asyncio.sleep(0)
        old = asyncio.create_task(world.round("b", 0, 2))
        await asyncio.sleep(0)
        world.now += 0.5
        newer = asyncio.create_task(world.round("c", 2, 1))
        await asyncio.gather(first, old, newer)

    asyncio.run(scene())
    assert world.done == ["a0", "b0", "b1", "c0"]


@pytest.mark.parametrize("who", ["first", "second"])
def test_a_round_that_is_given_up_leaves_its_turn_to_the_next(who: str) -> None:
    world = World()

    async def scene() -> None:
        tasks = {
            "first": asyncio.create_task(world.round("a", 0, 3)),
            "second": asyncio.create_task(world.round("b", 1, 1)),
            "third": asyncio.create_task(world.round("c", 0, 1)),
        }
        await asyncio.sleep(0)
        tasks[who].cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        await world.round("d", 0)

    asyncio.run(scene())
    expected = ["b0", "c0"] if who == "first" else ["a0", "a1", "a2", "c0"]
    assert world.done == [*expected, "d0"]


def test_one_that_makes_way_and_is_given_up_takes_no_turn_away() -> None:
    world = World()

    async def scene() -> None:
        made_way = asyncio.create_task(world.round("a", 0, 2))
        busy = asyncio.create_task(world.round("b", 1, 3, made_way.cancel))
        await asyncio.gather(made_way, busy, return_exceptions=True)
        await world.round("c", 0)

    asyncio.run(scene())
    assert world.done == ["a0", "b0", "b1", "b2", "c0"]
