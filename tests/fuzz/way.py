"""The cost of a payload through every stage on bytes, like in a worker, without Kafka."""

from __future__ import annotations

import time
from collections import deque
from functools import cache
from types import SimpleNamespace
from typing import Any

from streams.contracts.model import Environment, RawRecord
from streams.contracts.topics import STAGE_TOPICS
from streams.kafka.producer import Outgoing
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from streams.worker.stages import KeyedBatch, NormalizeBatch, keyed
from tests.fuzz.properties import KEYRING, NOW


@cache
def pipeline() -> Pipeline:
    return Pipeline(KEYRING, policy_from(KEYRING), Gazetteer())


def whole_way(vendor: str, value: bytes) -> list[Outgoing]:
    """All records that a payload leads to, in the stages' topics too, from empty state."""
    batch: Any = NormalizeBatch(pipeline(), vendor, Environment.LIVE)
    # Offset 0 is one of those that are looked at for drift as well.
    batch.process(RawRecord(f"idv.raw.{vendor}", 0, 0, NOW, None, value), NOW)
    sent: list[Outgoing] = []
    pending = deque(batch.outputs)
    table: Any = SimpleNamespace(data=SimpleNamespace(read=lambda partition, key: None))
    stages = {
        STAGE_TOPICS[stage.name]: KeyedBatch(stage, table, 0, batch.prefixes)
        for stage in keyed(pipeline())
    }
    while pending:
        output = pending.popleft()
        sent.append(output)
        if stage := stages.get(output.topic):
            before = len(stage.outputs)
            stage.process(RawRecord(output.topic, 0, 0, NOW, output.key, output.value), NOW)
            pending.extend(stage.outputs[before:])
    for stage in stages.values():
        stage.changes()
        stage.count(NOW)
    batch.count(NOW)
    return sent


def cost(vendor: str, value: bytes) -> float:
    """Seconds of this thread's processor time."""
    started = time.thread_time()
    whole_way(vendor, value)
    return time.thread_time() - started
