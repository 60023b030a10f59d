"""Injected bugs: an event loses a finding, or a record is rejected; all else continues."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from streams.contracts.model import Alert, RawRecord, Rejection, Verification
from streams.pipeline import pipeline as module
from streams.pipeline.enrichments import ENRICHMENTS
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.local import Offline, Result
from streams.pipeline.messages import FAILED_FLAG
from streams.pipeline.normalize.digest import HOUR_MS
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.normalize import Normalized, normalize
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from streams.rules import RULES

RING = Keyring({"k1": b"a key for these tests"})
TEN = 1_778_752_800_000  # 2026-05-14T10:00:00Z


def payload(session: str, subject: str, minute: int) -> bytes:
    report = {"status": "Approved", "node_id": "ip", "device_fingerprint": "fp-1f2e3d4c5b6a"}
    return json.dumps(
        {
            "event_id": f"event-{session}",
            "webhook_type": "status.updated",
            "session_id": session,
            "status": "Approved",
            "vendor_data": subject,
            "timestamp": TEN // 1000 + 60 * minute,
            "decision": {"session_id": session, "status": "Approved", "ip_analyses": [report]},
        }
    ).encode()


def run(pipeline: Pipeline) -> list[Result]:
    offline = Offline(pipeline)
    values = [payload("s1", "u1", 0), payload("s2", "u2", 5)]
    records = [RawRecord("idv.raw.didit", 0, i, TEN, None, v) for i, v in enumerate(values)]
    return [out for record in records for out in offline.run("didit", record, TEN)]


def events(results: list[Result]) -> list[Verification]:
    return [result for result in results if isinstance(result, Verification)]


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline(RING, policy_from(RING), Gazetteer())


def broken(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("planted")


def test_without_a_bug_nothing_is_flagged(pipeline: Pipeline) -> None:
    results = run(pipeline)
    assert [event.flags for event in events(results)] == [[], []]
    assert [r.rule for r in results if isinstance(r, Alert)] == ["duplicate_device"]


@pytest.mark.parametrize("part", [*ENRICHMENTS, "links_of", "update", "apply"])
def test_a_bug_in_an_enrichment_withholds_no_decision(
    part: str, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    if part in ENRICHMENTS:
        monkeypatch.setitem(ENRICHMENTS, part, replace(ENRICHMENTS[part], enrich=broken))
    else:
        monkeypatch.setattr(module, part, broken)
    assert [event.flags for event in events(run(pipeline))] == [[FAILED_FLAG]] * 2


@pytest.mark.parametrize("rule", RULES)
def test_a_bug_in_a_rule_costs_its_own_findings_only(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, rule, replace(RULES[rule], evaluate=broken))
    results = run(Pipeline(RING, policy_from(RING), Gazetteer()))
    assert len(events(results)) == 2
    if RULES[rule].stage == "session":
        assert [event.flags for event in events(results)] == [[FAILED_FLAG]] * 2
    found = [r.rule for r in results if isinstance(r, Alert)]
    assert found == ([] if rule == "duplicate_device" else ["duplicate_device"])


def test_a_bug_in_a_vendor_module_rejects_the_record(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "normalize", broken)
    results = run(pipeline)
    assert [type(r) for r in results] == [Rejection, Rejection]
    assert {r.code for r in results if isinstance(r, Rejection)} == {"internal_error"}
    assert "planted" not in str(results)


def test_a_clock_that_runs_ahead_moves_no_window_and_no_id() -> None:
    bare = b'{"session_id": "s1", "status": "Approved", "vendor_data": "u1"}'
    ahead = RawRecord("idv.raw.didit", 0, 0, TEN + 900 * HOUR_MS, None, bare)
    once, again = (normalize("didit", ahead, RING, latest=now) for now in (TEN, TEN + HOUR_MS))
    assert isinstance(once, Normalized)
    assert isinstance(again, Normalized)
    assert once.event.ingested_at == TEN
    assert once.event.event_id == again.event.event_id
