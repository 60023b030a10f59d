"""An output that its topic would refuse is rejected: sending it would end every worker."""

from __future__ import annotations

import hashlib
import json
from types import SimpleNamespace
from typing import Any

import pytest

from streams.config.settings import Settings
from streams.contracts.model import Environment, RawRecord
from streams.kafka import dead_letters
from streams.kafka.dead_letters import DeadLetter
from streams.kafka.producer import Outgoing
from streams.pipeline.pipeline import Pipeline
from streams.worker import outputs
from streams.worker.stages import NormalizeBatch

NOW = 1_778_752_800_000


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    settings = Settings()
    return Pipeline(settings.keyring(), settings.policy(), settings.places())


def _sent(pipeline: Pipeline, payload: dict[str, Any], *headers: tuple[str, bytes]) -> Any:
    batch = NormalizeBatch(pipeline, "didit", Environment.LIVE)
    value = json.dumps(payload).encode()
    record = RawRecord("idv.raw.didit", 0, 7, NOW, b"k", value, headers)
    batch.process(record, NOW)
    return value, batch.outputs


def _decision(**decision: Any) -> dict[str, Any]:
    return {
        "event_id": "e",
        "session_id": "s",
        "status": "Approved",
        "timestamp": NOW // 1000,
        "decision": {"session_id": "s", "status": "Approved", **decision},
    }


def test_an_event_larger_than_its_topic_is_rejected_with_its_bytes(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a topic with a low limit: payloads are read up to a limit."""
    monkeypatch.setitem(outputs._LIMITS, "idv.stage.sessions", 4096)
    value, sent = _sent(pipeline, _decision(id_verifications=[{}] * 100))
    (rejected,) = [o for o in sent if o.topic == "idv.rejected"]
    assert (rejected.key, rejected.value) == (b"k", value)
    assert dict(rejected.headers)["idv.error.code"] == b"too_large"
    assert "idv.stage.sessions" not in {o.topic for o in sent}


@pytest.mark.parametrize("name", ["session_id", "event_id", "vendor_data", "workflow_id"])
def test_an_id_without_end_is_no_id(pipeline: Pipeline, name: str) -> None:
    _, (rejected,) = _sent(pipeline, _decision() | {name: "x" * 3_000_000})
    headers = dict(rejected.headers)
    assert headers["idv.error.code"] == b"invalid_type"
    assert b"xxx" not in headers["idv.error.message"]


def test_nor_is_one_in_a_header(pipeline: Pipeline) -> None:
    _, (rejected,) = _sent(pipeline, _decision(), ("idv-subject", b"x" * 1000))
    assert dict(rejected.headers)["idv.error.code"] == b"invalid_type"


def test_headers_and_key_count(pipeline: Pipeline) -> None:
    limit = outputs._LIMITS["idv.alerts"]
    within = Outgoing("idv.alerts", b"k" * 100, b"v" * (limit - 2000), [("h", b"x" * 100)])
    assert outputs._fits(within)
    for over in (
        within._replace(key=b"k" * 3000),
        within._replace(value=b"v" * limit),
        within._replace(headers=[("h", b"x" * 3000)]),
    ):
        assert not outputs._fits(over)


def _letter(sent: Outgoing) -> DeadLetter:
    record = SimpleNamespace(
        partition=0, offset=0, timestamp=NOW, key=sent.key, value=sent.value, headers=sent.headers
    )
    letter = dead_letters.read(record)
    assert letter is not None
    return letter


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (b"x" * 12_000_000, [("own", b"1")]),
        (b"x" * 12_000_000, [("own", b"1" * 9_000_000)]),
        (b"not json", [(f"own-{number}", b"1" * 1000) for number in range(9000)]),
    ],
)
def test_a_rejection_larger_than_its_topic_is_cut_and_says_so(
    pipeline: Pipeline, value: bytes, headers: list[tuple[str, bytes]]
) -> None:
    """12 MB of one letter fit six mebibytes a thousand times over once they are compressed."""
    batch = NormalizeBatch(pipeline, "didit", Environment.LIVE)
    batch.process(RawRecord("idv.raw.didit", 0, 7, NOW, b"k", value, tuple(headers)), NOW)
    (sent,) = batch.outputs
    size = len(sent.value or b"") + sum(len(n) + len(v) for n, v in sent.headers)
    assert size < 8_388_608
    letter = _letter(sent)
    assert value.startswith(letter.value or b"?")
    whole = hashlib.sha256(value).hexdigest()
    assert letter.cut == f"{len(value)} bytes, sha256 {whole}"
    assert letter.summary()["cut"] == letter.cut
    assert (letter.key, letter.origin) == (b"k", ("idv.raw.didit", 0, 7))


def test_a_rejection_that_fits_is_whole(pipeline: Pipeline) -> None:
    batch = NormalizeBatch(pipeline, "didit", Environment.LIVE)
    batch.process(RawRecord("idv.raw.didit", 0, 7, NOW, b"k", b"x" * 6_000_000, ()), NOW)
    (sent,) = batch.outputs
    assert (len(sent.value or b""), _letter(sent).cut) == (6_000_000, None)
