"""What a topic would refuse for ever is rejected: sent, it would end every worker it meets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streams.model import Environment, RawRecord
from streams.pipeline import Pipeline
from streams.worker import agents
from streams.worker.agents import NormalizeBatch
from streams.worker.delivery import Outgoing
from streams.worker.settings import Settings

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
    """Of a topic that takes little: what a payload holds is read to a bound."""
    monkeypatch.setitem(agents._LIMITS, "idv.stage.sessions", 4096)
    value, outputs = _sent(pipeline, _decision(id_verifications=[{}] * 100))
    (rejected,) = [o for o in outputs if o.topic == "idv.rejected"]
    assert (rejected.key, rejected.value) == (b"k", value)
    assert dict(rejected.headers)["idv.error.code"] == b"too_large"
    assert "idv.stage.sessions" not in {o.topic for o in outputs}


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
    limit = agents._LIMITS["idv.alerts"]
    within = Outgoing("idv.alerts", b"k" * 100, b"v" * (limit - 2000), [("h", b"x" * 100)])
    assert agents._fits(within)
    for over in (
        within._replace(key=b"k" * 3000),
        within._replace(value=b"v" * limit),
        within._replace(headers=[("h", b"x" * 3000)]),
    ):
        assert not agents._fits(over)
