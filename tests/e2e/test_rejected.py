"""Dead letters on a real Kafka: listed without personal data, replayed unchanged and once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from streams.cli.main import app
from streams.contracts.avro import decode
from streams.contracts.model import RawRecord, Rejection
from streams.worker.codec import rejected_headers
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-rejected")

SECRET = "Zdenka-Mustermann-4711"
FIRST_CAME = 1_778_752_800_000
BROKEN = f'{{"name": "{SECRET}", '.encode()


async def _send(bootstrap: str, topic: str, value: bytes, **more: Any) -> Any:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        return await producer.send_and_wait(topic, value, **more)
    finally:
        await producer.stop()


def send(cluster: Cluster, topic: str, value: bytes, **more: Any) -> Any:
    return asyncio.run(_send(cluster.bootstrap, topic, value, **more))


@pytest.fixture(scope="module")
def filled(cluster: Cluster) -> Iterator[Cluster]:
    """One record that the worker rejects, and a letter of a bug that is mended since."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDV_BOOTSTRAP_SERVERS", cluster.bootstrap)
        patch.setenv("IDV_CONFIG", "")
        headers = [("idv-subject", SECRET.encode()), ("idv-subject", b"cust-2"), ("own", b"\xff")]
        send(
            cluster, "idv.raw.alice", BROKEN,
            key=SECRET.encode(), headers=headers, timestamp_ms=FIRST_CAME,
        )  # fmt: skip
        good = next(d for d in traffic(7, 50) if d.vendor == "didit")
        record = RawRecord("idv.raw.didit", 1, 400, FIRST_CAME, good.key, good.value, ())
        mended = rejected_headers(record, Rejection("internal_error", "a bug: KeyError"))
        send(cluster, "idv.rejected", good.value, key=good.key, headers=mended)
        cluster.worker().start()
        cluster.workers[0].wait_until_ready()
        cluster.wait_until_drained()
        yield cluster


def idv(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["rejected", *arguments])
    assert result.exit_code == 0, result.output
    return result


def lines(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in idv(*arguments, "--json").stdout.splitlines()]


def test_a_letter_is_listed_with_its_reason_and_without_what_it_holds(filled: Cluster) -> None:
    listed = {letter["code"]: letter for letter in lines("list")}
    assert set(listed) == {"invalid_json", "internal_error"}
    letter = listed["invalid_json"]
    assert letter["topic"] == "idv.raw.alice"
    assert letter["received_at"] == "2026-05-14T10:00:00.000Z"
    assert letter["bytes"] == len(BROKEN)
    assert letter["replayed"] is False
    assert SECRET not in idv("list").output
    assert SECRET not in idv("show", letter["letter"]).output
    assert SECRET not in idv("show", letter["letter"], "--json").output


def test_show_gives_every_byte_when_asked(filled: Cluster) -> None:
    where = lines("list", "--code", "invalid_json")[0]["letter"]
    (shown,) = lines("show", where, "--payload")
    assert shown["payload"] == BROKEN.decode()
    assert shown["key"] == SECRET
    assert shown["headers"] == [
        ["idv-subject", SECRET], ["idv-subject", "cust-2"], ["own", {"base64": "/w=="}]
    ]  # fmt: skip


def test_filters_choose(filled: Cluster) -> None:
    assert [x["code"] for x in lines("list", "--vendor", "didit")] == ["internal_error"]
    assert lines("list", "--until", "2026-05-14T10:00:00Z") == []
    assert len(lines("list", "--since", "1h")) == 2
    assert len(lines("list", "--limit", "1")) == 1
    where = lines("list", "--code", "internal_error")[0]["letter"]
    assert [x["letter"] for x in lines("list", "--at", where)] == [where]
    assert lines("list", "--at", "0:999999", "--at", "77:0") == []
    missing = CliRunner().invoke(app, ["rejected", "show", "0:999999"])
    assert missing.exit_code == 1
    assert "rejected list" in missing.output


def test_replay_sends_once_and_as_it_was(filled: Cluster) -> None:
    before = _raw(filled)
    (planned,) = lines("replay", "--code", "internal_error")
    assert planned["status"] == "would be sent"
    assert _raw(filled) == before

    (done,) = lines("replay", "--code", "internal_error", "--send")
    assert done == {
        "status": "sent", "topic": "idv.raw.didit", "code": "internal_error", "letters": 1
    }  # fmt: skip
    filled.wait_until_drained()
    (event,) = [decode(r.value)[1] for r in filled.read("idv.verifications")]
    assert event["vendor"] == "didit"
    assert event["ingested_at"].timestamp() * 1000 == FIRST_CAME

    (again,) = lines("replay", "--code", "internal_error", "--send")
    assert again["status"] == "replayed before"
    assert _raw(filled) == before + 1


def test_what_is_rejected_again_keeps_its_lineage(filled: Cluster) -> None:
    first = lines("list", "--code", "invalid_json")[0]
    lines("replay", "--at", first["letter"], "--send")
    filled.wait_until_drained()
    second = next(x for x in lines("list", "--code", "invalid_json") if x["replays"] == 1)
    assert second["received_at"] == first["received_at"]
    lines("replay", "--at", second["letter"], "--send")
    filled.wait_until_drained()
    first_record, *again = [r for r in filled.read("idv.raw.alice") if r.value == BROKEN]
    assert len(again) == 2
    for number, record in enumerate(again, 1):
        assert record.key == first_record.key
        assert record.headers[:3] == first_record.headers
        added = dict(record.headers[3:])
        assert added["idv-replay-of"].decode() == (
            f"idv.raw.alice/{first_record.partition}/{first_record.offset}"
        )
        assert added["idv-replay-count"] == str(number).encode()
        assert added["idv-received-at"] == b"2026-05-14T10:00:00.000Z"


def test_a_letter_that_names_another_topic_is_not_sent(filled: Cluster) -> None:
    forged = RawRecord("idv.verifications", 0, 0, FIRST_CAME, None, b"{}", ())
    headers = rejected_headers(forged, Rejection("unsupported", "forged"))
    send(filled, "idv.rejected", b"{}", headers=headers)
    (refused,) = lines("replay", "--code", "unsupported", "--send")
    assert refused["status"] == "came from no topic of ours"


def test_the_rate_limit_holds(filled: Cluster) -> None:
    record = RawRecord("idv.raw.idwise", 0, 0, FIRST_CAME, None, b"[]", ())
    for _ in range(4):
        send(
            filled, "idv.rejected", b"[]",
            headers=rejected_headers(record, Rejection("not_an_object", "an array")),
        )  # fmt: skip
    since = time.monotonic()
    (done,) = lines("replay", "--code", "not_an_object", "--send", "--rate", "4")
    assert done["letters"] == 4
    assert time.monotonic() - since >= 3 / 4


def _raw(cluster: Cluster) -> int:
    return len(cluster.read("idv.raw.alice", "idv.raw.didit"))


def test_a_record_that_no_worker_wrote_is_no_letter(filled: Cluster) -> None:
    filled.wait_until_drained()
    before = {letter["letter"] for letter in lines("list")}
    send(filled, "idv.rejected", b"?", headers=[("idv.error.code", b"invalid_json")])
    assert {letter["letter"] for letter in lines("list")} == before
