"""The limit: aiokafka by hand, with prebuilt batches per partition and no framework.

Records are processed by partition: compute, send, await the acknowledgements of outputs and
changelog, write RocksDB once. Partitions overlap, so one computes while another waits for the
broker. Offsets of delivered records are committed once a second.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import rocksdict
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.kafka.partitioner import partition_of
from streams.worker.codec import raw_record
from tests.bench.peers.job import (
    BATCH_RECORDS,
    COMMIT_S,
    LARGEST,
    LINKS,
    RAW,
    SESSIONS,
    Job,
    Out,
    Peer,
    Stateful,
    arguments,
    stateful,
)


class Loop:
    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._job = Job()
        self._stages = {stage.topic: stage for stage in stateful(self._job)}
        self._store = cache(self._opened)
        self._done: dict[TopicPartition, int] = {}

    async def run(self) -> None:
        servers = self._peer.bootstrap
        self._producer = AIOKafkaProducer(
            bootstrap_servers=servers, acks="all", enable_idempotence=True,
            max_request_size=LARGEST, max_batch_size=1024 * 1024,
        )  # fmt: skip
        consumer = AIOKafkaConsumer(
            *RAW, LINKS, SESSIONS, bootstrap_servers=servers, group_id=self._peer.group,
            enable_auto_commit=False, auto_offset_reset="earliest",
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )  # fmt: skip
        await self._producer.start()
        await consumer.start()
        committed = time.monotonic()
        while True:
            fetched = await consumer.getmany(timeout_ms=200, max_records=4 * BATCH_RECORDS)
            batches = []
            for tp, records in fetched.items():
                batches.append(asyncio.create_task(self._batch(tp, records)))
                await asyncio.sleep(0.0)  # It computes up to its sends; then they go out.
            await asyncio.gather(*batches)
            if self._done and time.monotonic() - committed > COMMIT_S:
                await consumer.commit(self._done)
                self._done, committed = {}, time.monotonic()

    async def _batch(self, tp: TopicPartition, records: Sequence[Any]) -> None:
        stage = self._stages.get(tp.topic)
        if stage is None:
            outputs = [o for r in records for o in self._job.normalize(raw_record(r))]
            await self._deliver(outputs)
        else:
            await self._stateful(stage, tp, records)
        self._done[tp] = records[-1].offset + 1

    async def _stateful(self, stage: Stateful, tp: TopicPartition, records: Sequence[Any]) -> None:
        store = self._store(tp)
        states: dict[bytes, Any] = {}
        changed: dict[bytes, None] = {}
        outputs: list[Out] = []
        for consumed in records:
            key = consumed.key
            if key not in states:
                stored = store.get(key)
                states[key] = None if stored is None else stage.states.decode(stored)
            before = states[key]
            message = stage.messages.decode(consumed.value)
            states[key], sent = stage.step(raw_record(consumed), message, before)
            outputs += sent
            if states[key] is not before:
                changed[key] = None
        await self._deliver(outputs)
        encoded = {key: stage.states.encode(states[key]) for key in changed}
        if not encoded:
            return
        changelog = f"{self._peer.group}-{tp.topic.rpartition('.')[2]}-changelog"
        records_ = [Out(changelog, key, value, []) for key, value in encoded.items()]
        await self._send((changelog, tp.partition), records_)
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in encoded.items():
            batch.put(key, value)
        store.write(batch)

    async def _deliver(self, outputs: Iterable[Out]) -> None:
        by_partition: dict[tuple[str, int], list[Out]] = defaultdict(list)
        for out in outputs:
            count = len(self._producer.client.cluster.partitions_for_topic(out.topic) or ())
            if not count:
                count = len(await self._producer.partitions_for(out.topic))
            by_partition[out.topic, partition_of(out.key or b"", count)].append(out)
        await asyncio.gather(*(self._send(tp, group) for tp, group in by_partition.items()))

    async def _send(self, tp: tuple[str, int], records: Sequence[Out]) -> None:
        pending = []
        batch = self._producer.create_batch()
        for _, key, value, headers in records:
            while batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                batch.close()
                pending.append(await self._producer.send_batch(batch, tp[0], partition=tp[1]))
                batch = self._producer.create_batch()
        batch.close()
        pending.append(await self._producer.send_batch(batch, tp[0], partition=tp[1]))
        for future in pending:
            await future

    def _opened(self, tp: TopicPartition) -> rocksdict.Rdict:
        options = rocksdict.Options(raw_mode=True)
        options.create_if_missing(True)
        return rocksdict.Rdict(str(self._peer.folder / f"{tp.topic}-{tp.partition}"), options)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(Loop(arguments()).run())
