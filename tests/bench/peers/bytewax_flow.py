"""Bytewax as its docs recommend: Kafka source, stateful operators, Kafka sink, and recovery with
snapshots every second. The stages meet in Kafka, as everywhere here: an event visits link after
link, and a dataflow has no loops.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bytewax import operators as op
from bytewax._bytewax import cli_main
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir

from streams.contracts.model import RawRecord
from tests.bench.peers.job import (
    BATCH_RECORDS,
    COMMIT_S,
    LARGEST,
    LINGER_MS,
    RAW,
    Job,
    Out,
    Peer,
    Stateful,
    arguments,
    stateful,
)


def flow(peer: Peer) -> Dataflow:
    job = Job()
    dataflow = Dataflow("whole_job")
    brokers = [peer.bootstrap]
    tuning = {"max.partition.fetch.bytes": str(4 * 1024 * 1024)}

    def source(name: str, topics: list[str]) -> Any:
        kafka = KafkaSource(brokers, topics, add_config=tuning, batch_size=BATCH_RECORDS)
        return op.input(name, dataflow, kafka)

    raw = source("raw", list(RAW))
    sent = [op.flat_map("normalize", raw, lambda m: _messages(job.normalize(_record(m))))]
    for stage in stateful(job):
        name = stage.topic.rpartition(".")[2]
        keyed = op.key_on(f"{name}_key", source(name, [stage.topic]), lambda m: m.key.decode())
        stepped = op.stateful_flat_map(f"{name}_step", keyed, _mapper(stage))
        sent.append(op.key_rm(f"{name}_out", stepped))
    kafka = KafkaSink(
        brokers, None,
        {"acks": "all", "enable.idempotence": "true", "linger.ms": str(LINGER_MS),
         "partitioner": "murmur2_random", "message.max.bytes": str(LARGEST)},
    )  # fmt: skip
    op.output("out", op.merge("outputs", *sent), kafka)
    return dataflow


def _mapper(stage: Stateful) -> Any:
    def step(state: Any, message: Any) -> tuple[Any, list[Any]]:
        record = _record(message)
        after, outputs = stage.step(record, stage.messages.decode(message.value), state)
        return after, _messages(outputs)

    return step


def _messages(outputs: list[Out]) -> list[Any]:
    return [KafkaSinkMessage(o.key, o.value, topic=o.topic, headers=o.headers) for o in outputs]


def _record(message: Any) -> RawRecord:
    return RawRecord(
        message.topic, message.partition, message.offset, message.timestamp[1], message.key,
        message.value, tuple(message.headers),
    )  # fmt: skip


def main() -> None:
    peer = arguments()
    recovery = peer.folder / "recovery"
    recovery.mkdir()
    init_db_dir(recovery, 1)
    cli_main(
        flow(peer),
        epoch_interval=timedelta(seconds=COMMIT_S),
        recovery_config=RecoveryConfig(str(recovery)),
    )


if __name__ == "__main__":
    main()
