"""`idv drift` over raw topics of a real Kafka."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from streams.cli.main import app
from tests.support.cluster import Cluster

pytestmark = pytest.mark.xdist_group("kafka-drift")

RESULT = {"journey_id": "j-1", "system_decision": "Complete", "tenant_id": "t"}


async def _send(bootstrap: str, payloads: list[bytes | None]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for payload in payloads:
            await producer.send_and_wait("idv.raw.idwise", payload, key=b"one partition")
    finally:
        await producer.stop()


def drift(cluster: Cluster, *arguments: str) -> list[dict[str, Any]]:
    command = ["drift", *arguments, "--json", "--bootstrap", cluster.bootstrap]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_drift_over_raw_topics(cluster: Cluster) -> None:
    strange = RESULT | {"brand_new": 1, "rule_results": {"odd_rule": {"result": "Passed"}}}
    given: list[bytes | None] = [json.dumps(p).encode() for p in (RESULT, RESULT, strange, strange)]
    asyncio.run(_send(cluster.bootstrap, [*given, b"{broken", None]))
    *rows, total = drift(cluster, "idwise")
    assert total == {"vendor": "idwise", "payloads": 5, "events": 4}
    assert [(r["kind"], r["place"], r["what"], r["count"], r["share"]) for r in rows] == [
        ("field", "payload", "brand_new", 2, 0.5),
        ("word", "rule_results", "odd_rule", 2, 0.5),
    ]
    everyone = drift(cluster)
    assert {r["vendor"]: r["payloads"] for r in everyone if "payloads" in r} == {
        "aiprise": 0, "alice": 0, "didit": 0, "idwise": 5,
    }  # fmt: skip
    # The newest only: two of the one partition that holds any, a broken one and a tombstone.
    (last,) = drift(cluster, "idwise", "--records", str(2 * cluster.partitions))
    assert last == {"vendor": "idwise", "payloads": 1, "events": 0}
