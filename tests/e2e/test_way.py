"""The whole pipeline on a real Kafka, read like a subscriber with the contracts only."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastavro
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from fastavro.schema import fingerprint, to_parsing_canonical_form

from streams.contracts.topics import STAGE_TOPICS
from streams.kafka.partitioner import partition_of
from streams.kafka.producer import Outgoing
from tests.support.accounts import RAW, Accounts, account
from tests.support.cluster import Cluster
from tests.support.paths import AVRO, SAMPLES

pytestmark = pytest.mark.xdist_group("kafka-way")

PAYLOADS = sorted(SAMPLES.glob("*/*.raw.json"))
# One hour for all: part of the id of events that no field of their vendor orders.
RECEIVED_AT = b"2026-05-14T10:00:00Z"
NAMES = ("verification", "alert")
SCHEMAS = {name: json.loads((AVRO / f"{name}.avsc").read_text()) for name in NAMES}


def _records() -> Iterator[Outgoing]:
    for path in PAYLOADS:
        yield Outgoing(
            f"idv.raw.{path.parent.name}",
            f"key of {path.name}".encode(),
            path.read_bytes(),
            [("idv-received-at", RECEIVED_AT), ("from", path.name.encode()), ("odd", b"\xff")],
        )


def _subscribed(value: bytes, name: str) -> dict[str, Any]:
    """Decode by Avro's specification of single-object encoding and the schema file only."""
    assert value[:2] == b"\xc3\x01"
    canonical = to_parsing_canonical_form(SCHEMAS[name])
    assert value[2:10].hex() == fingerprint(canonical, "CRC-64-AVRO")
    parsed = fastavro.parse_schema(SCHEMAS[name])
    body = io.BytesIO(value[10:])
    record: Any = fastavro.schemaless_reader(body, parsed, None)
    assert body.read() == b""
    return dict(record)


class Way:
    """All samples on their way through a worker, once for all tests of this module."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        cluster.produce(_records())
        self.worker = cluster.worker()
        self.worker.start()
        cluster.wait_until_drained()
        self.accounts: Accounts = account(cluster)
        self.raw = {(r.topic, r.partition, r.offset): r for r in cluster.read(*RAW)}


@pytest.fixture(scope="module")
def way(cluster: Cluster) -> Way:
    return Way(cluster)


def test_every_sample_is_accounted_for(way: Way) -> None:
    assert way.accounts.balanced, way.accounts
    assert way.accounts.raw == len(PAYLOADS)
    assert way.accounts.verifications > 40
    assert way.accounts.rejected > 20
    assert way.accounts.repeats == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_subscriber_needs_the_contract_alone(way: Way, name: str) -> None:
    records = way.cluster.read(f"idv.{name}s")
    assert records
    for record in records:
        event = _subscribed(record.value, name)
        subject = event["subject_id"] or f"{event['vendor']}:{event['session_id']}"
        assert record.key.decode() == subject
        partitions = way.cluster.partitions
        assert record.partition == partition_of(record.key, partitions)
        headers = {key: value.decode() for key, value in record.headers}
        moment = datetime.fromisoformat(headers.pop("ce_time"))
        assert moment == event["occurred_at"]
        assert moment.tzinfo == UTC
        kind = event["event_type"] if name == "verification" else f"alert.{event['rule']}"
        assert headers == {
            "ce_id": event["event_id" if name == "verification" else "alert_id"],
            "ce_type": kind,
            "ce_source": f"/idv-streams/{event['vendor']}",
            "ce_specversion": "1.0",
            "ce_subject": subject,
            "content-type": "application/avro",
        }


def test_every_verification_names_the_raw_record_it_came_from(way: Way) -> None:
    for record in way.cluster.read("idv.verifications"):
        event = _subscribed(record.value, "verification")
        raw = event["raw"]
        source = way.raw[raw["topic"], raw["partition"], raw["offset"]]
        assert source.topic == f"idv.raw.{event['vendor']}"
        assert event["ingested_at"] == datetime.fromisoformat(RECEIVED_AT.decode())


def test_rejected_records_are_as_they_came_and_say_why(way: Way) -> None:
    for record in way.cluster.read("idv.rejected"):
        headers = dict(record.headers)
        where = (
            headers["__streams.errors.topic"].decode(),
            int(headers["__streams.errors.partition"]),
            int(headers["__streams.errors.offset"]),
        )
        source = way.raw[where]
        assert (record.key, record.value) == (source.key, source.value)
        assert record.headers[: len(source.headers)] == source.headers
        file = SAMPLES / where[0].rpartition(".")[2] / headers["from"].decode()
        expected = json.loads(Path(str(file).replace(".raw.", ".expected.")).read_text())
        assert headers["idv.error.code"].decode() == expected["rejected"]["code"]
        assert headers["idv.error.stage"] == b"normalize"
        assert headers["idv.error.message"]


def test_a_redelivery_is_dropped(way: Way) -> None:
    way.cluster.produce(_records())
    way.cluster.wait_until_drained()
    again = account(way.cluster)
    assert again.balanced, again
    assert again.verifications == way.accounts.verifications
    assert again.repeats == 0
    assert again.dropped == 2 * way.accounts.dropped + way.accounts.verifications
    page = way.worker.read("/metrics") or ""
    assert 'idv_dropped_total{code="duplicate"' in page


def test_a_replay_from_the_start_gives_the_same_ids(way: Way) -> None:
    """Another application id: no offsets, no state, and so everything once more."""
    assert way.worker.stop() == 0
    before = _ids(way.cluster)
    counts = len(way.cluster.read("idv.verifications"))
    asyncio.run(_changelogs(way.cluster, "replayed"))
    worker = way.cluster.worker("replaying", {"IDV_APP_ID": "replayed"})
    worker.start()
    way.cluster.wait_until_drained(group="replayed")
    assert _ids(way.cluster) == before
    assert len(way.cluster.read("idv.verifications")) >= 2 * counts
    assert worker.stop() == 0


def _ids(cluster: Cluster) -> set[str]:
    events = (_subscribed(r.value, "verification") for r in cluster.read("idv.verifications"))
    return {event["event_id"] for event in events}


async def _changelogs(cluster: Cluster, app_id: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        topics = [f"{app_id}-{table}-changelog" for table in STAGE_TOPICS]
        await admin.create_topics([NewTopic(name, cluster.partitions, 1) for name in topics])
    finally:
        await admin.close()
