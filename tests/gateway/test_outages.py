"""Kafka or one topic is unavailable: hooks are answered, kept, and sent in order later."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from streams.cli.demo.run import create_topics
from streams.contracts.topics import load
from tests.gateway.process import GatewayProcess, didit_hook, signed
from tests.support.cluster import Cluster

pytestmark = pytest.mark.xdist_group("kafka-gateway-outages")

SENDERS = 32
FAST = {"IDV_GATEWAY__ACK_TIMEOUT_S": "0.5"}


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "cluster", partitions=1) as running:
        yield running


def send(gateway: GatewayProcess, vendor: str, body: bytes) -> int:
    url = f"{gateway.url}/hooks/{vendor}"
    request = urllib.request.Request(url, body, signed(vendor, body))
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def spooled(vendor: str) -> str:
    return f'idv_gateway_spool_records{{vendor="{vendor}"}}'


def test_an_outage_is_bridged_and_nothing_comes_twice(kafka: Cluster, tmp_path: Path) -> None:
    gateway = GatewayProcess(kafka.bootstrap, tmp_path / "gateway", FAST)
    gateway.start()
    gateway.wait_until_up()
    bodies = [didit_hook("s-1", number) for number in range(6)]
    assert send(gateway, "didit", bodies[0]) == 200
    kafka.broker.stop()
    # The first of these is on its way to Kafka when it goes to disk.
    assert [send(gateway, "didit", body) for body in bodies[1:3]] == [200, 200]
    gateway.wait_for(spooled("didit"), 2)
    assert gateway.sample('idv_gateway_kafka_up{vendor="didit"}') == 0
    assert gateway.answers("/ready")
    kafka.broker.start()
    gateway.wait_until_up()
    assert send(gateway, "didit", bodies[3]) == 200
    assert [r.value for r in kafka.read("idv.raw.didit")] == bodies[:4]

    # It also ends and starts without Kafka, and goes on where it was.
    kafka.broker.stop()
    assert send(gateway, "didit", bodies[4]) == 200
    assert gateway.stop() == 0
    gateway.start()
    gateway.wait_until_ready()
    assert send(gateway, "didit", bodies[5]) == 200
    gateway.wait_for(spooled("didit"), 2)
    kafka.broker.start()
    gateway.wait_for(spooled("didit"), 0)
    gateway.kill()
    assert [r.value for r in kafka.read("idv.raw.didit")] == bodies


def test_after_an_outage_hooks_go_to_kafka_at_once_again_whatever_the_load(
    kafka: Cluster, tmp_path: Path
) -> None:
    gateway = GatewayProcess(kafka.bootstrap, tmp_path / "gateway", FAST)
    gateway.start()
    gateway.wait_until_up()
    stop = threading.Event()

    def load(sender: int) -> int:
        count = 0
        while not stop.is_set():
            count += send(gateway, "didit", didit_hook(f"s-{sender}", count)) == 200
        return count

    with ThreadPoolExecutor(SENDERS) as senders:
        sent = [senders.submit(load, number) for number in range(SENDERS)]
        try:
            kafka.broker.stop()
            gateway.wait_for('idv_gateway_kafka_up{vendor="didit"}', 0)
            kafka.broker.start()
            gateway.wait_until_up()
        finally:
            stop.set()
    accepted = sum(future.result() for future in sent)
    assert gateway.stop() == 0
    numbers: dict[bytes, list[int]] = {}
    for record in kafka.read("idv.raw.didit"):
        numbers.setdefault(record.key, []).append(json.loads(record.value)["number"])
    assert sum(len(set(found)) for found in numbers.values()) == accepted
    for found in numbers.values():
        assert list(dict.fromkeys(found)) == sorted(set(found))


def test_a_missing_topic_holds_up_its_own_vendor_alone(kafka: Cluster, tmp_path: Path) -> None:
    asyncio.run(_delete(kafka.bootstrap, "idv.raw.alice"))
    gateway = GatewayProcess(kafka.bootstrap, tmp_path / "gateway", FAST)
    gateway.start()
    gateway.wait_until_up("didit")
    alice = [b'{"report": {"user_id": "u", "n": %d}}' % number for number in range(3)]
    didit = didit_hook("s-1")
    assert [send(gateway, "alice", body) for body in alice] == [200] * 3
    assert send(gateway, "didit", didit) == 200
    assert gateway.sample(spooled("alice")) == 3
    assert [r.value for r in kafka.read("idv.raw.didit")] == [didit]
    asyncio.run(create_topics(kafka.bootstrap, load(1)))
    gateway.wait_for(spooled("alice"), 0, seconds=60)
    gateway.kill()
    assert [r.value for r in kafka.read("idv.raw.alice")] == alice


async def _delete(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        while topic in await admin.list_topics():  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(0.05)
    finally:
        await admin.close()
