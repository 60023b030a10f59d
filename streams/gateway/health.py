"""Metrics and health of the gateway.

- live: the event loop answers;
- ready: a hook can be stored: Kafka takes it, or the spool has room.
"""

from __future__ import annotations

from collections.abc import Mapping

from streams.config.serving import State
from streams.gateway import metrics
from streams.gateway.publisher import Lane
from streams.gateway.spool import Spool


def measure(lanes: Mapping[str, Lane], spool: Spool, now: int) -> State:
    """`lanes`: vendor → lane; `now` is epoch ms."""
    ready = not spool.full or all(lane.up for lane in lanes.values())
    metrics.ready.set(ready)
    metrics.spool_bytes.set(spool.bytes)
    for vendor, lane in lanes.items():
        oldest = spool.oldest_ms.get(lane.topic, now)
        metrics.kafka_up.labels(vendor).set(lane.up)
        metrics.spool_records.labels(vendor).set(spool.records[lane.topic])
        metrics.spool_age.labels(vendor).set(max(0, now - oldest) / 1000)
    kafka = {vendor: lane.up for vendor, lane in lanes.items()}
    return State(ready, shown={"kafka": kafka, "spool_bytes": spool.bytes})
