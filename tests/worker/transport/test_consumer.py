"""The consumer between Faust and aiokafka: fetching and ordered delivery."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.worker.transport import consumer as ours
from streams.worker.transport.batches import Batch
from streams.worker.transport.consumer import Consumer
from streams.worker.transport.driver import Producer

RAW, LOG = TP("idv.raw.didit", 0), TP("idv-links-changelog", 0)


class Fetches:
    """Replaces the client: answers as tests request."""

    def __init__(self) -> None:
        self.asked: list[set[TP]] = []
        self.records: dict[TP, list[Any]] = {}
        self.ready = asyncio.Event()
        self.ready.set()
        self.happened: list[str] = []
        self.committed: dict[TP, int | None] = {RAW: 5}
        self.rewound: list[TP] = []

    async def getmany(self, _: Any, active: set[TP], timeout: float) -> Any:
        self.asked.append(set(active))
        self.happened.append("fetch")
        await self.ready.wait()
        self.happened.append("fetched")
        return {tp: records for tp, records in self.records.items() if tp in active}

    async def go_to(self, offsets: Any) -> None:
        self.happened.append("go to")

    async def seek(self) -> Any:
        self.happened.append("seek")
        return self.committed

    async def rewind(self, *tps: TP) -> None:
        self.rewound += tps


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> Fetches:
    fetches = Fetches()
    monkeypatch.setattr(driver.Consumer, "_getmany", lambda s, a, t: fetches.getmany(s, a, t))
    monkeypatch.setattr(driver.Consumer, "seek_to_committed", lambda _: fetches.seek())
    return fetches


@pytest.fixture
async def consumer(tmp_path: Path, fetches: Fetches, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(ours, "RECOVERING_FETCH_S", 60.0)
    app = faust.App("idv", broker="idv+kafka://127.0.0.1:1", datadir=tmp_path, web_enabled=False)
    app.Table("links", key_type=bytes, value_type=bytes)
    consumer: Any = app.consumer
    consumer._is_changelog_tp = lambda tp: tp == LOG
    consumer.assignment = lambda: {RAW, LOG}
    consumer._thread.seek_to_beginning = fetches.rewind
    consumer._thread.seek_wait = fetches.go_to
    consumer.handed = []

    async def ends(*tps: TP) -> dict[TP, int]:
        return dict.fromkeys(tps, 1_000_000)

    consumer.highwaters = ends

    async def hand_over(message: Any) -> None:
        consumer.handed.append(message)

    consumer.callback = hand_over
    await consumer.perform_seek()
    app.flow_control.resume()
    consumer.resume_flow()
    fetches.happened.clear()
    return consumer


def _record(offset: int, tp: TP = RAW) -> Any:
    return SimpleNamespace(
        topic=tp.topic, partition=tp.partition, offset=offset, timestamp=1000, timestamp_type=0,
        headers=(("h", b"1"),), key=b"k", value=b"v", checksum=None, serialized_key_size=1,
        serialized_value_size=1,
    )  # fmt: skip


async def _fetched(consumer: Any, *tps: TP) -> list[Any]:
    fetched = await consumer._getmany(set(tps), 0.01)
    return [consumer._to_message(tp, record) for tp, batch in fetched.items() for record in batch]


async def _under_way(consumer: Any, fetches: Fetches) -> asyncio.Task[list[Any]]:
    """A fetch of one record that ends once `fetches.ready` is set."""
    fetches.records = {RAW: [_record(5)]}
    fetches.ready.clear()
    fetching = asyncio.create_task(_fetched(consumer, RAW))
    await asyncio.sleep(0)
    return fetching


def test_the_transport_is_ours() -> None:
    app = faust.App("idv", broker="idv+kafka://127.0.0.1:1", web_enabled=False)
    assert isinstance(app.consumer, Consumer)
    assert isinstance(app.producer, Producer)
    assert app.producer._settings_extra() == {"acks": "all", "enable_idempotence": True}


async def test_a_partition_s_records_are_one_message(consumer: Any, fetches: Fetches) -> None:
    fetches.records = {RAW: [_record(5), _record(6), _record(9)]}
    (message,) = await _fetched(consumer, RAW)
    assert isinstance(message.value, Batch)
    assert [record.offset for record in message.value.records] == [5, 6, 9]
    assert (message.offset, message.value.in_flight.commit, message.key) == (9, 10, None)


async def test_a_changelog_s_records_come_together_and_need_no_ack(
    consumer: Any, fetches: Fetches
) -> None:
    records = fetches.records[LOG] = [_record(0, LOG), _record(1, LOG)]
    (message,) = await _fetched(consumer, LOG)
    assert (message.offset, message.value.records) == (1, records)
    await consumer.perform_seek()  # That of the topics that are worked on.
    await consumer._deliver(message)
    assert consumer.handed == [message]
    assert consumer.offsets.in_flight() == 0


async def test_a_changelog_read_before_recovery_seeks_is_not_applied(
    consumer: Any, fetches: Fetches
) -> None:
    """Its end would pass for read, and what the seek went back for would be skipped."""
    fetches.records[LOG] = [_record(7, LOG), _record(8, LOG)]
    (stale,) = await _fetched(consumer, LOG)
    await consumer.seek_wait({LOG: 5})
    fetches.records[LOG] = [_record(5, LOG), _record(6, LOG)]
    (fresh,) = await _fetched(consumer, LOG)
    for message in (stale, fresh):
        await consumer._deliver(message)
    assert consumer.handed == [fresh]


async def test_acks_move_the_commit_only_over_the_head(consumer: Any, fetches: Fetches) -> None:
    fetches.records = {RAW: [_record(5)]}
    first = (await _fetched(consumer, RAW))[0]
    fetches.records = {RAW: [_record(6)]}
    second = (await _fetched(consumer, RAW))[0]
    for message in (first, second):
        await consumer._deliver(message)
    consumer.ack(second)
    assert list(consumer._filter_tps_with_pending_acks()) == []
    consumer.ack(first)
    assert consumer._new_offset(RAW) == 7


async def test_while_the_flow_is_suspended_only_changelogs_are_fetched(
    consumer: Any, fetches: Fetches
) -> None:
    """Faust resumes partitions before it seeks, and clears its queues when it resumes the flow:
    what is fetched in between is lost, or delivered twice.
    """
    consumer.app.flow_control.suspend()
    await consumer._getmany({RAW, LOG}, 0.01)
    await consumer._getmany({RAW}, 0.01)
    assert fetches.asked == [{LOG}]


async def test_after_an_assignment_only_changelogs_are_fetched_until_recovery_is_done(
    consumer: Any, fetches: Fetches
) -> None:
    """Recovery resumes the flow once to read changelogs and, seeking in between, once more."""
    consumer.app.consumer_generation_id = 2
    await _assigned(consumer)
    consumer.resume_flow()
    await consumer._getmany({RAW, LOG}, 0.01)
    await consumer.perform_seek()
    await consumer._getmany({RAW, LOG}, 0.01)
    consumer.resume_flow()
    await consumer._getmany({RAW, LOG}, 0.01)
    assert fetches.asked == [{LOG}, {LOG}, {RAW, LOG}]


async def test_a_recovery_that_ends_after_the_next_assignment_opens_nothing(
    consumer: Any, fetches: Fetches
) -> None:
    seeking = asyncio.create_task(consumer.perform_seek())
    await asyncio.sleep(0)
    await _assigned(consumer)
    await seeking
    consumer.resume_flow()
    await consumer._getmany({RAW}, 0.01)
    assert fetches.asked == []


async def test_what_was_under_way_at_the_next_assignment_is_not_delivered(
    consumer: Any, fetches: Fetches
) -> None:
    """The client answers it with records of the new assignment, whose state is not restored yet."""
    fetching = await _under_way(consumer, fetches)
    consumer.app.consumer_generation_id += 1
    fetches.ready.set()
    (message,) = await fetching
    await consumer._deliver(message)
    assert consumer.handed == []
    assert consumer.offsets.in_flight() == 0


async def test_recovery_clears_nothing_that_is_to_be_worked_on(
    consumer: Any, fetches: Fetches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust's own end of recovery, beside a fetcher that is as fast as can be."""
    app, fetcher = consumer.app, SimpleNamespace(should_stop=False)
    queue = app.FlowControlQueue(8, clear_on_resume=True)
    consumer.callback = queue.put
    consumer._set_active_tps({RAW, LOG})
    app.on_rebalance_start()
    await _assigned(consumer)
    consumer.resume_flow()
    drained = asyncio.create_task(consumer._drain_messages(fetcher))

    async def fetch(_: Any, active: set[TP], timeout: float) -> Any:
        await asyncio.sleep(0)
        return {RAW: fetches.records.pop(RAW)} if active & fetches.records.keys() else {}

    monkeypatch.setattr(driver.Consumer, "_getmany", fetch)
    monkeypatch.setattr(app._fetcher, "maybe_start", fetches.seek)
    fetches.records = {RAW: [_record(5)]}
    await app.tables.recovery.on_recovery_completed(app.consumer_generation_id)
    async with asyncio.timeout(30):
        delivered = await queue.get()
    fetcher.should_stop = True
    await drained
    assert delivered.offset == 5


async def _no_app(*_: Any, **__: Any) -> None:
    """What a running app would do."""


async def _revoked(consumer: Any) -> None:
    consumer._on_partitions_revoked = _no_app
    await consumer.on_partitions_revoked({RAW})


async def _assigned(consumer: Any) -> None:
    consumer._on_partitions_assigned = _no_app
    consumer.app.on_rebalance_return = lambda: None
    await consumer.on_partitions_assigned({RAW, LOG}, consumer.app.consumer_generation_id)


async def test_a_seek_waits_for_the_fetch_and_outdates_it(consumer: Any, fetches: Fetches) -> None:
    fetching = await _under_way(consumer, fetches)
    seeking = asyncio.create_task(consumer.perform_seek())
    await asyncio.sleep(0)
    fetches.ready.set()
    (stale,) = await fetching
    await seeking
    assert fetches.happened == ["fetch", "fetched", "seek"]
    await consumer._deliver(stale)
    assert consumer.handed == []
    assert consumer.offsets.in_flight() == 0


async def test_a_revoked_partition_s_late_batch_is_not_delivered(
    consumer: Any, fetches: Fetches
) -> None:
    fetches.records = {RAW: [_record(5)]}
    (message,) = await _fetched(consumer, RAW)
    await _revoked(consumer)
    await consumer._deliver(message)
    assert consumer.handed == []


async def test_what_was_under_way_when_its_partition_was_revoked_is_not_delivered(
    consumer: Any, fetches: Fetches
) -> None:
    fetching = await _under_way(consumer, fetches)

    await _revoked(consumer)
    fetches.ready.set()
    (message,) = await fetching
    await consumer._deliver(message)
    assert consumer.handed == []


async def test_batches_that_end_elsewhere_after_a_seek_are_delivered(
    consumer: Any, fetches: Fetches
) -> None:
    """Stock drops a record below the highest offset that it has read: a shorter batch, whole."""
    consumer._set_active_tps({RAW})
    fetcher = SimpleNamespace(should_stop=False)

    async def hand_over(message: Any) -> None:
        consumer.handed.append(message)
        fetcher.should_stop = True

    consumer.callback = hand_over
    async with asyncio.timeout(30):
        for offsets in [5, 6, 7], [5, 6]:
            await consumer.perform_seek()
            consumer.resume_flow()
            fetches.records = {RAW: [_record(offset) for offset in offsets]}
            fetcher.should_stop = False
            await consumer._drain_messages(fetcher)
    assert [message.offset for message in consumer.handed] == [7, 6]


async def test_a_delivery_that_waits_for_room_ends_with_the_flow(
    consumer: Any, fetches: Fetches
) -> None:
    """A rebalance waits for the fetcher while no queue has room."""
    fetches.records = {RAW: [_record(5)]}
    (message,) = await _fetched(consumer, RAW)
    room = asyncio.Event()

    async def wait_for_room(_: Any) -> None:
        await room.wait()

    consumer.callback = wait_for_room
    consumer.app.topics._tp_index[RAW] = [SimpleNamespace(queue=SimpleNamespace(full=lambda: True))]
    delivering = asyncio.create_task(consumer._deliver(message))
    await asyncio.sleep(0)
    assert not delivering.done()
    consumer.stop_flow()
    async with asyncio.timeout(30):
        await delivering
    assert not room.is_set()


async def test_the_client_ends_without_the_other_tasks_of_its_loop(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stock Faust would use a thread and cancel all tasks of the thread's loop."""
    client = consumer._new_consumer_thread()

    async def nothing() -> None:
        """No broker is there to connect to."""

    monkeypatch.setattr(client, "on_start", nothing)
    other = asyncio.create_task(asyncio.Event().wait())
    threads = threading.active_count()
    async with asyncio.timeout(30):
        await client.start()
        assert await client.call_thread(_running_loop) is asyncio.get_running_loop()
        assert threading.active_count() == threads
        await client.stop()
    assert not other.done()


async def _running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


async def test_a_partition_without_a_commit_is_read_from_its_start_again(
    consumer: Any, fetches: Fetches
) -> None:
    """aiokafka leaves it where the last fetch ended: those records would never be seen again."""
    other = TP("idv.raw.alice", 1)
    fetches.committed = {RAW: 5, other: None, TP("idv.raw.alice", 0): 0, LOG: None}
    await consumer.perform_seek()
    assert fetches.rewound == [other, TP("idv.raw.alice", 0)]


async def test_an_abandoned_batch_holds_up_no_rebalance(consumer: Any, fetches: Fetches) -> None:
    fetches.records = {RAW: [_record(5)]}
    (message,) = await _fetched(consumer, RAW)
    await consumer._deliver(message)
    consumer.track_message(message)
    assert consumer.unacked
    consumer.abandon(message)
    assert not consumer.unacked
    assert consumer._new_offset(RAW) is None


async def test_room_in_full_buffers_is_noticed_at_once(consumer: Any) -> None:
    """Stock sleeps for a second where no partition is fetched."""
    consumer._set_active_tps({RAW})
    consumer.on_buffer_full(RAW)
    await _waits_until(consumer, lambda: consumer.on_buffer_drop(RAW))
    assert consumer._get_active_partitions() == {RAW}


async def test_a_partition_that_recovery_resumes_is_noticed_at_once(consumer: Any) -> None:
    consumer._set_active_tps({RAW})
    consumer.pause_partitions({RAW})
    await _waits_until(consumer, lambda: consumer.resume_partitions({RAW}))
    assert consumer._get_active_partitions() == {RAW}


async def test_the_end_of_recovery_is_noticed_at_once(consumer: Any) -> None:
    await _assigned(consumer)
    consumer._set_active_tps({RAW})
    await consumer.perform_seek()
    await _waits_until(consumer, consumer.resume_flow)


async def _waits_until(consumer: Any, resume: Callable[[], object]) -> None:
    async def sleep(seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")

    consumer.sleep = sleep
    waiting = asyncio.create_task(consumer._wait_next_records(timeout=60.0))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    resume()
    async with asyncio.timeout(30):
        assert (await waiting)[0] == {}
