"""The barrier: the order of sends and writes, also after failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import RequestTimedOutError
from faust.types import TP

from streams.contracts.model import RawRecord
from streams.kafka.producer import Outgoing
from streams.worker import checkpoint, runtime
from streams.worker.ops.health import Health
from streams.worker.runtime import Runtime, Stage
from streams.worker.transport.batches import Batch
from streams.worker.transport.offsets import InFlightBatch

OUT, LOG = "idv.verifications", "idv-links-changelog"


class Ended(BaseException):
    """What `fatal` does here in place of ending the process."""


class World:
    """Everything around the runtime; `happened` is the order in which it was touched."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.failing: dict[str, BaseException] = {}
        self.hanging: set[str] = set()
        self.leases: list[bool] = []
        self.generation = 3
        store = SimpleNamespace(write=lambda p, v, offset: self.happened.append(f"store@{offset}"))
        self.table: Any = SimpleNamespace(changelog_topic_name=LOG, data=store)
        self.app: Any = SimpleNamespace(
            producer=SimpleNamespace(_ensure_producer=lambda: None),
            consumer=SimpleNamespace(
                lease=SimpleNamespace(wait=self._lease),
                abandon=lambda _: self.happened.append("abandon"),
            ),
            consumer_generation_id=3,
        )
        self.runtime = Runtime(self.app, Health(barrier_limit_s=0.2), lambda: 0)

    async def _lease(self) -> bool:
        return self.leases.pop(0) if self.leases else True

    async def deliver(self, _: Any, records: Sequence[Outgoing]) -> dict[tuple[str, int], int]:
        topic = records[0].topic
        if topic in self.hanging:
            await asyncio.sleep(60)
        await asyncio.sleep(0)
        if topic in self.failing:
            raise self.failing[topic]
        self.happened.append(topic)
        return {(topic, 0): 41}

    async def consume(self, count: int = 1, work: type | None = None) -> None:
        stage = Stage("links", 1, "idv.stage.links", lambda _: (work or Work)(), self.table)
        await self.runtime.consume(stage, _Stream([self._event() for _ in range(count)]))

    def _event(self) -> Any:
        record = SimpleNamespace(topic="t", partition=0, offset=7, timestamp=0, key=None,
                                 value=b"", headers=())  # fmt: skip
        message = SimpleNamespace(tp=TP("idv.stage.links", 0), generation_id=self.generation)
        return SimpleNamespace(
            message=message,
            value=Batch([record], generation=1, epoch=0, in_flight=InFlightBatch(8, 0)),
            ack=lambda: self.happened.append("ack"),
        )


class _Stream:
    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def noack(self) -> _Stream:
        return self

    async def events(self) -> AsyncIterator[Any]:
        for item in self._items:
            yield item


class Work:
    def __init__(self) -> None:
        self.outputs: list[Outgoing] = []

    def process(self, record: RawRecord, now: int) -> None:
        self.outputs.append(Outgoing(OUT, b"k", b"v"))

    def changes(self) -> dict[bytes, bytes | None]:
        return {b"k": b"state"}

    def count(self, now: int) -> None:
        """Nothing is counted here."""


class Buggy(Work):
    def process(self, record: RawRecord, now: int) -> None:
        raise ZeroDivisionError


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()

    def ended(message: str, **context: Any) -> None:
        world.happened.append(f"end: {context.get('error')}")
        raise Ended

    monkeypatch.setattr(runtime, "fatal", ended)
    monkeypatch.setattr(checkpoint, "deliver", world.deliver)
    return world


async def test_outputs_then_changelog_then_state_then_ack(world: World) -> None:
    await world.consume(1)
    await world.consume(1)
    assert world.happened == [OUT, LOG, "store@41", "ack"] * 2


async def test_what_waits_of_a_partition_passes_the_barrier_together(world: World) -> None:
    await world.consume(3)
    assert world.happened == [OUT, LOG, "store@41", "ack", "ack", "ack"]


@pytest.mark.parametrize(
    ("failing", "before"), [(OUT, []), (LOG, [OUT])], ids=["outputs", "changelog"]
)
async def test_a_failed_delivery_ends_the_process_before_the_ack(
    world: World, failing: str, before: list[str]
) -> None:
    world.failing[failing] = RequestTimedOutError()
    with pytest.raises(Ended):
        await world.consume(2)
    assert world.happened == [*before, "end: RequestTimedOutError"]


@pytest.mark.parametrize("hanging", [OUT, LOG])
async def test_a_barrier_over_its_time_ends_the_process(world: World, hanging: str) -> None:
    world.hanging.add(hanging)
    with pytest.raises(Ended):
        await world.consume()
    assert world.happened[-1] == "end: TimeoutError"
    assert "ack" not in world.happened


async def test_a_bug_in_a_stage_ends_the_process_before_anything_is_sent(world: World) -> None:
    """Stages catch what one event causes. What comes through here would repeat for every batch."""
    with pytest.raises(Ended):
        await world.consume(work=Buggy)
    assert world.happened == ["end: ZeroDivisionError"]


async def test_a_batch_of_an_earlier_assignment_is_left_alone(world: World) -> None:
    world.generation = 2
    await world.consume()
    assert world.happened == ["abandon"]


async def test_without_a_lease_nothing_is_sent(world: World) -> None:
    world.leases = [False]
    await world.consume()
    assert world.happened == ["abandon"]


async def test_a_lease_lost_while_outputs_were_sent_keeps_the_changelog_as_it_is(
    world: World,
) -> None:
    """Outputs of two owners are repeats; their states would undo each other."""
    world.leases = [True, False]
    await world.consume()
    assert world.happened == [OUT, "abandon"]


async def test_a_cancelled_agent_neither_acks_nor_ends_the_process(world: World) -> None:
    world.hanging.add(OUT)
    task = asyncio.create_task(world.consume())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert world.happened == []
