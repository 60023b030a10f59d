"""Drift metrics: labels are the tables' names, for any payload."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streams.contracts.model import RawRecord
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.messages import ToSession
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from streams.vendors import FIELDS
from streams.worker.ops import drift, metrics

KEYRING = Keyring({"test": b"a key for tests of drift"})
PIPELINE = Pipeline(KEYRING, policy_from(KEYRING), Gazetteer())


def counted(name: str, vendor: str) -> dict[str, float]:
    family = next(f for f in metrics.registry.collect() if f.name == name)
    return {
        s.labels["field"]: s.value
        for s in family.samples
        if s.name.endswith("_total") and s.labels["vendor"] == vendor and s.value
    }


@pytest.fixture(autouse=True)
def _from_zero() -> None:
    metrics.unmapped.clear()
    metrics.drift.clear()


def observe(vendor: str, payload: Any, offset: int = 0) -> None:
    value = json.dumps(payload).encode()
    record = RawRecord(f"idv.raw.{vendor}", 0, offset, 1_767_225_600_000, None, value)
    outputs = list(PIPELINE.normalize(vendor, record))
    drift.sample(vendor, record, outputs)
    for output in outputs:
        if isinstance(output, ToSession):
            drift.count_unmapped(output.envelope.event)


PAYLOAD = {
    "journey_id": "j-1",
    "system_decision": "Nearly",
    "rule_results": {"nobody_knows": {"result": "Maybe"}},
    "Ilse Vogt": "born 1990",
}


def test_words_and_fields_are_counted_by_the_names_of_the_tables() -> None:
    observe("idwise", PAYLOAD)
    assert counted("idv_unmapped_values", "idwise") == {
        "Head.system_decision": 1,
        "RuleResult.result": 1,
    }
    assert counted("idv_drift", "idwise") == {
        "Head.*": 1,
        "Head.system_decision": 1,
        "Context.rule_results": 1,
        "RuleResult.result": 1,
    }
    assert set(counted("idv_drift", "idwise")) <= FIELDS["idwise"].unknown_field_labels


def test_only_a_sample_is_looked_at_and_every_unmapped_word_counted() -> None:
    for offset in range(2 * drift.SAMPLE_EVERY):
        observe("idwise", PAYLOAD, offset)
    assert counted("idv_drift", "idwise")["Head.*"] == 2
    assert counted("idv_unmapped_values", "idwise")["RuleResult.result"] == 2 * drift.SAMPLE_EVERY


@pytest.mark.parametrize(
    "payload",
    [[], {"x": 1}, {"journey_id": " ", "zzz": 1}, {"event": "Finished Step", "body": {"zzz": 1}}],
)
def test_what_becomes_no_event_is_no_drift(payload: Any) -> None:
    observe("idwise", payload)
    assert counted("idv_drift", "idwise") == {}
