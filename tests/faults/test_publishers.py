"""Normal actions of publishers and administrators: any codec, transactions, deleted records."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from streams.cli.demo.processes import ServiceProcess
from streams.cli.demo.run import create_topics
from streams.contracts.topics import load
from streams.kafka.producer import Outgoing
from tests.faults.test_hazards import _until
from tests.support.accounts import account
from tests.support.cluster import Cluster

pytestmark = pytest.mark.xdist_group("kafka-publishers")

TOPIC = "idv.raw.didit"

Headers = list[tuple[str, bytes | None]]


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


async def _as_it_is(bootstrap: str, data: bytes) -> None:
    """A batch of another client, byte for byte, with a corrected checksum."""
    batch = bytearray(data)
    struct.pack_into(">I", batch, 17, calc_crc32c(bytes(batch[21:])))
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=False)
    async with producer:
        shell = producer.create_batch()
        shell.append(timestamp=None, key=b"k", value=b"v")
        shell.close()
        shell._build()
        shell._buffer = bytes(batch)
        await (await producer.send_batch(shell, TOPIC, partition=0))


def _batch(headers: Headers, value: bytes, codec: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=0, producer_id=-1, producer_epoch=-1,
        base_sequence=-1, batch_size=1 << 20,
    )  # fmt: skip
    builder.append(0, 1_778_752_800_000, b"k", value, headers)
    return bytes(builder.build())


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


def _figure(worker: ServiceProcess, series: str) -> float | None:
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


def test_a_header_name_that_is_no_text_costs_no_record(cluster: Cluster) -> None:
    (worker,) = cluster.workers
    batch = _batch([("XXXXXX", b"1")], _event("bad-header"))
    named = batch.replace(b"XXXXXX", "prénom".encode("latin-1"))
    asyncio.run(_as_it_is(cluster.bootstrap, named))
    _until(lambda: "bad-header" in _sessions(cluster), "the record is worked on")
    assert worker.running()


def test_much_in_little_is_rejected_and_cut(cluster: Cluster) -> None:
    """Twelve megabytes in a few kilobytes, several at once."""
    (worker,) = cluster.workers
    for _ in range(4):
        packed = _batch([], b'{"x": "%s"}' % (b"x" * 12_000_000), codec=1)
        asyncio.run(_as_it_is(cluster.bootstrap, packed))
    cluster.wait_until_drained()
    cut = [r for r in cluster.read("idv.rejected") if "idv.error.cut" in dict(r.headers)]
    assert len(cut) == 4
    assert all(dict(r.headers)["idv.error.code"] == b"too_large" for r in cut)
    assert worker.running()


def test_memory_is_bounded_by_bytes(cluster: Cluster) -> None:
    """A backlog of half a gigabyte in a hundred records, met by a worker that starts."""
    (worker,) = cluster.workers
    assert worker.stop() == 0
    large = Outgoing(TOPIC, b"k", b'{"x": "%s"}' % (b"x" * 5_500_000))
    for _ in range(10):
        cluster.produce([large] * 10)
    worker.start()
    cluster.wait_until_drained()
    status = Path(f"/proc/{worker.pid}/status").read_text()
    peak = next(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmHWM"))
    assert peak < 400 * 1024, f"{peak // 1024} MiB"


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


async def _delete(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([TOPIC])
    finally:
        await admin.close()


def test_a_topic_that_is_deleted_and_made_anew(cluster: Cluster) -> None:
    """The others go on meanwhile, and no offset of the old one counts on the new."""
    worker = cluster.worker("anew", {"IDV_METADATA_MAX_AGE_S": "5"})
    worker.start()
    worker.wait_until_ready()
    for number in range(30):
        cluster.produce([Outgoing(TOPIC, b"k", _event(f"old-{number}"))])
    cluster.wait_until_drained()
    asyncio.run(_delete(cluster.bootstrap))
    before = len(cluster.read("idv.rejected"))
    time.sleep(10)  # Until the worker has looked which topics there are.
    cluster.produce([Outgoing("idv.raw.alice", b"k", b"not json")] * 20)
    _until(lambda: len(cluster.read("idv.rejected")) == before + 20, "other topics go on")
    asyncio.run(create_topics(cluster.bootstrap, load(1)))
    cluster.produce([Outgoing(TOPIC, b"k", _event(f"new-{number}")) for number in range(10)])
    _until(lambda: "new-9" in _sessions(cluster), "the new topic is read")
    assert worker.stop() == 0
    cluster.produce([Outgoing(TOPIC, b"k", _event(f"later-{number}")) for number in range(40)])
    worker.start()
    _until(lambda: "later-39" in _sessions(cluster), "what came while it was stopped is read")
    wanted = {f"new-{n}" for n in range(10)} | {f"later-{n}" for n in range(40)}
    assert wanted <= _sessions(cluster)
    assert worker.stop() == 0
