"""Deliveries: partitions as Java's client chooses them, order kept, every failure raised."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError, RequestTimedOutError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from streams.kafka.partitioner import partition_of
from streams.kafka.producer import Outgoing, deliver

# From Apache Kafka's own UtilsTest.testMurmur2.
JAVA_MURMUR2 = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}
BATCH_BYTES = 1000


class FakeProducer:
    """Accepts batches like aiokafka's producer; acknowledges in another order."""

    def __init__(self, partitions: int = 3, fail: dict[int, Exception] | None = None) -> None:
        self._partitions = partitions
        self._fail = fail or {}
        self.sent: dict[tuple[str, int], list[list[Any]]] = defaultdict(list)
        self._ends: dict[tuple[str, int], int] = defaultdict(int)
        self.open = 0
        cluster = SimpleNamespace(partitions_for_topic=lambda _: set(range(partitions)))
        self.client = SimpleNamespace(cluster=cluster)
        self._sends = 0

    def create_batch(self) -> Any:
        builder = BatchBuilder(BATCH_BYTES, 0)
        taken: list[Any] = []
        append = builder.append

        def recording(**record: Any) -> Any:
            added = append(**record)
            if added is not None:
                taken.append(record)
            return added

        builder.append = recording
        builder.taken = taken
        return builder

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> asyncio.Future[Any]:
        await asyncio.sleep(0)
        number, self._sends = self._sends, self._sends + 1
        self.sent[topic, partition].append(batch.taken)
        base = self._ends[topic, partition]
        self._ends[topic, partition] += len(batch.taken)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.open += 1

        def acknowledge() -> None:
            self.open -= 1
            if error := self._fail.get(number):
                future.set_exception(error)
            else:
                future.set_result(SimpleNamespace(offset=base))

        asyncio.get_running_loop().call_later(0.001 * (5 - number % 5), acknowledge)
        return future


@pytest.mark.parametrize(("key", "expected"), JAVA_MURMUR2.items())
def test_keys_are_hashed_as_java_does(key: bytes, expected: int) -> None:
    signed = int(murmur2(key))
    assert (signed - 2**32 if signed >= 2**31 else signed) == expected
    assert partition_of(key, 2**31) == expected & 0x7FFFFFFF


async def test_all_is_acknowledged_on_return_and_order_is_kept() -> None:
    producer = FakeProducer()
    records = [Outgoing("out", f"k{i % 7}".encode(), b"%d" % i * 30) for i in range(200)]
    written = await deliver(producer, records)  # type: ignore[arg-type]
    assert producer.open == 0
    assert sum(len(b) for batches in producer.sent.values() for b in batches) == 200
    for (_, partition), batches in producer.sent.items():
        sent = [(r["key"], r["value"]) for batch in batches for r in batch]
        assert len(batches) > 1  # Several batches per partition, or order would be no question.
        wanted = [(r.key, r.value) for r in records if partition_of(r.key or b"", 3) == partition]
        assert sent == wanted
        assert written["out", partition] == len(sent) - 1


async def test_a_given_partition_and_headers_are_kept() -> None:
    producer = FakeProducer()
    await deliver(producer, [Outgoing("log", b"k", None, [("h", b"\xff")], partition=2)])  # type: ignore[arg-type]
    ((record,),) = producer.sent["log", 2]
    assert (record["value"], record["headers"]) == (None, [("h", b"\xff")])


async def test_a_record_larger_than_a_batch_goes_alone() -> None:
    producer = FakeProducer(partitions=1)
    large = b"x" * (3 * BATCH_BYTES)
    await deliver(producer, [Outgoing("out", b"a", b"1"), Outgoing("out", b"a", large)])  # type: ignore[arg-type]
    assert [[len(r["value"]) for r in batch] for batch in producer.sent["out", 0]] == [
        [1],
        [len(large)],
    ]


@pytest.mark.parametrize("error", [RequestTimedOutError(), MessageSizeTooLargeError()])
@pytest.mark.parametrize("failing", [0, 1, 3])
async def test_one_failure_among_many_is_raised(error: Exception, failing: int) -> None:
    """Stock only logs it, and commits over it."""
    producer = FakeProducer(fail={failing: error})
    records = [Outgoing("out", b"%d" % i, b"v" * 200) for i in range(50)]
    with pytest.raises(type(error)):
        await deliver(producer, records)  # type: ignore[arg-type]
