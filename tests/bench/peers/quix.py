"""Quix Streams as its docs recommend: one Application, a StreamingDataFrame per topic, state in
RocksDB with changelogs, checkpoints that flush and commit once a second.
"""

from __future__ import annotations

from typing import Any

from quixstreams import Application, State, message_context
from quixstreams.models import SerializationContext, Serializer

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

KEY = "state"


class ValueOf(Serializer):
    """Extract the value: records of a stage carry their own topic, key and headers."""

    def __call__(self, value: Out, ctx: SerializationContext) -> bytes | None:
        return value.value


def main() -> None:
    peer = arguments()
    app = Application(
        broker_address=peer.bootstrap,
        consumer_group=peer.group,
        auto_offset_reset="earliest",
        commit_interval=COMMIT_S,
        state_dir=peer.folder,
        producer_extra_config={
            "acks": "all", "enable.idempotence": True, "linger.ms": LINGER_MS,
            "message.max.bytes": LARGEST,
        },
        consumer_extra_config={"max.partition.fetch.bytes": 4 * 1024 * 1024},
        loglevel="WARNING",
    )  # fmt: skip
    plain = {
        "value_deserializer": "bytes", "value_serializer": ValueOf(),
        "key_deserializer": "bytes", "key_serializer": "bytes",
    }  # fmt: skip
    topics = {name: app.topic(name, **plain) for name in (*RAW, *OUTPUTS)}
    job = Job()

    def normalize(value: bytes, key: bytes, timestamp: int, headers: Any) -> list[Out]:
        return job.normalize(_record(value, key, timestamp, headers))

    def keyed(stage: Stateful) -> Any:
        def run(value: bytes, key: bytes, timestamp: int, headers: Any, state: State) -> list[Out]:
            record = _record(value, key, timestamp, headers)
            after, outputs = stage.on_bytes(record, state.get_bytes(KEY))
            if after is not None:
                state.set_bytes(KEY, after)
            return outputs

        return run

    def send(frame: Any) -> None:
        frame = frame.set_headers(lambda out, *_: out.headers)
        frame.to_topic(lambda out, *_: topics[out.topic], key=lambda out: out.key)

    for name in RAW:
        send(app.dataframe(topics[name]).apply(normalize, expand=True, metadata=True))
    for stage in stateful(job):
        frame = app.dataframe(topics[stage.topic])
        send(frame.apply(keyed(stage), stateful=True, expand=True, metadata=True))
    app.run()


def _record(value: bytes, key: bytes, timestamp: int, headers: Any) -> RawRecord:
    context = message_context()
    return RawRecord(
        context.topic, context.partition, context.offset, timestamp, key, value,
        tuple(headers or ()),
    )  # fmt: skip


if __name__ == "__main__":
    main()
