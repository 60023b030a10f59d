"""Stock Faust as its docs recommend: an agent per topic, tables on RocksDB, `await topic.send`.

Faust commits even if its sends fail, so this peer guarantees less than the others.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

import faust

from streams.contracts.model import RawRecord
from tests.bench.peers.job import (
    COMMIT_S,
    LARGEST,
    LINGER_MS,
    OUTPUTS,
    RAW,
    Job,
    Out,
    Stateful,
    arguments,
    stateful,
)


def main() -> None:
    peer = arguments()
    job = Job()
    app = faust.App(
        peer.group,
        broker=f"kafka://{peer.bootstrap}",
        store="rocksdb://",
        key_serializer="raw",
        value_serializer="raw",
        datadir=peer.folder,
        processing_guarantee="at_least_once",
        producer_acks=-1,
        producer_linger=LINGER_MS / 1000,
        producer_max_batch_size=1024 * 1024,
        producer_max_request_size=LARGEST,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 * 1024 * 1024,
        broker_commit_interval=COMMIT_S,
        stream_buffer_maxsize=16_384,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
    )
    plain = {"key_type": bytes, "value_type": bytes}
    topics = {name: app.topic(name, **plain) for name in (*RAW, *OUTPUTS)}

    async def send(outputs: list[Out]) -> None:
        for out in outputs:
            await topics[out.topic].send(key=out.key, value=out.value, headers=out.headers)

    for name in RAW:

        async def normalize(stream: faust.StreamT[bytes]) -> AsyncIterator[None]:
            async for event in stream.events():
                await send(job.normalize(_record(event)))
            yield

        app.agent(topics[name], name=name)(normalize)

    for stage in stateful(job):
        short = stage.topic.rpartition(".")[2]
        table: Any = app.Table(short, key_type=bytes, value_type=bytes)
        _keyed(app, topics[stage.topic], table, stage, send)

    sys.argv = [sys.argv[0], "worker", "--loglevel=warn", "--without-web"]
    app.main()


def _keyed(app: Any, topic: Any, table: Any, stage: Stateful, send: Any) -> None:
    async def run(stream: faust.StreamT[bytes]) -> AsyncIterator[None]:
        async for event in stream.events():
            after, outputs = stage.on_bytes(_record(event), table.get(event.key))
            await send(outputs)
            if after is not None:
                table[event.key] = after
        yield

    app.agent(topic, name=stage.topic)(run)


def _record(event: Any) -> RawRecord:
    message = event.message
    return RawRecord(
        message.topic, message.partition, message.offset, int(message.timestamp * 1000),
        message.key, message.value, tuple((message.headers or {}).items()),
    )  # fmt: skip


if __name__ == "__main__":
    main()
