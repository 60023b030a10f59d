"""What ordinary publishers and administrators do: any codec, transactions, removed records."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from streams.demo.processes import WorkerProcess
from streams.worker.delivery import Outgoing
from tests.e2e.accounts import account
from tests.e2e.cluster import Cluster
from tests.faults.test_hazards import _until

pytestmark = pytest.mark.xdist_group("kafka-publishers")

TOPIC = "idv.raw.didit"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("publishers"), partitions=1) as running:
        yield running


def _event(session: str) -> bytes:
    decision = {"session_id": session, "status": "Approved"}
    return json.dumps({"event_id": session, "timestamp": 1_778_752_800, **decision}).encode()


async def _compressed(bootstrap: str, codec: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=codec)
    async with producer:
        for number in range(5):
            await producer.send_and_wait(TOPIC, _event(f"{codec}-{number}"), key=b"k")


async def _in_transactions(bootstrap: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="publisher")
    async with producer:
        async with producer.transaction():
            await producer.send_and_wait(TOPIC, _event("committed"), key=b"k")
        await producer.begin_transaction()
        await producer.send_and_wait(TOPIC, _event("aborted"), key=b"k")
        await producer.abort_transaction()


async def _remove_first(bootstrap: str, before: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(TOPIC, 0): RecordsToDelete(before)})
    finally:
        await admin.close()


async def _ends(bootstrap: str) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    async with consumer:
        ends = await consumer.end_offsets([TopicPartition(TOPIC, 0)])
        return int(ends[TopicPartition(TOPIC, 0)])


def _sessions(cluster: Cluster) -> set[str]:
    return {
        dict(r.headers)["ce_subject"].decode().removeprefix("didit:")
        for r in cluster.read("idv.verifications")
    }


def _figure(worker: WorkerProcess, series: str) -> float | None:
    lines = (worker.read("/metrics") or "").splitlines()
    return next((float(x.split()[-1]) for x in lines if x.startswith(series)), None)


def test_every_codec_is_read(cluster: Cluster) -> None:
    worker = cluster.worker()
    worker.start()
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        asyncio.run(_compressed(cluster.bootstrap, codec))
    cluster.wait_until_drained()
    assert account(cluster).verifications == 20
    assert worker.running()


def test_what_a_transaction_gave_up_is_no_decision(cluster: Cluster) -> None:
    """Nor does its marker, at the end of the partition, count as a record that waits."""
    (worker,) = cluster.workers
    asyncio.run(_in_transactions(cluster.bootstrap))
    lag = f'idv_consumer_lag_records{{partition="0",topic="{TOPIC}"}}'
    _until(lambda: "committed" in _sessions(cluster), "the committed record is worked on")
    _until(lambda: _figure(worker, lag) == 0, "no lag is left")
    assert "aborted" not in _sessions(cluster)
    assert worker.stop() == 0


def test_records_that_were_removed_unread_are_told(cluster: Cluster) -> None:
    (worker,) = cluster.workers
    begin = asyncio.run(_ends(cluster.bootstrap))
    for number in range(20):
        cluster.produce([Outgoing(TOPIC, b"k", _event(f"late-{number}"))])
    asyncio.run(_remove_first(cluster.bootstrap, begin + 15))
    worker.start()
    lost = f'idv_records_lost_total{{topic="{TOPIC}"}}'
    _until(lambda: (_figure(worker, lost) or 0) > 0, "the loss is told")
    # Two markers and the aborted record lay behind the last commit as well.
    assert _figure(worker, lost) == 15 + 3
    assert '"event": "records lost"' in worker.log.read_text()
    _until(lambda: "late-19" in _sessions(cluster), "what is left is worked on")
    assert worker.stop() == 0
