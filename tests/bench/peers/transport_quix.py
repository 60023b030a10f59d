"""Quix Streams: count per key in state, pass the record through."""

from __future__ import annotations

from quixstreams import Application, State

from tests.bench.peers.job import COMMIT_S, LINGER_MS, arguments

KEY = "count"


def count(value: bytes, state: State) -> bytes:
    state.set(KEY, state.get(KEY, 0) + 1)
    return value


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
        },
        consumer_extra_config={"max.partition.fetch.bytes": 4 * 1024 * 1024},
        loglevel="WARNING",
    )  # fmt: skip
    plain = {
        "value_deserializer": "bytes", "value_serializer": "bytes",
        "key_deserializer": "bytes", "key_serializer": "bytes",
    }  # fmt: skip
    frame = app.dataframe(app.topic("bench.in", **plain))
    frame.apply(count, stateful=True).to_topic(app.topic("bench.out", **plain))
    app.run()


if __name__ == "__main__":
    main()
