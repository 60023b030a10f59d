"""Every rule on its cases: `rules/<rule>/fires_*.json` and `silent_*.json`; both are required.

A case of a session rule has `event` (a partial verification; places and distances are computed like
in the pipeline), and optional `vendor_distances` and `previous`. A case of a link rule has a `link`
(its key) and partial `sightings` in order of arrival, with `minute` instead of `seen_at`; the
latest use of the link is evaluated. `expect` lists the required fields of each finding; `config`
overrides thresholds.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.contracts.model import Verification
from streams.pipeline.geo.distance import distances
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.geo.locate import located
from streams.pipeline.links.link import LinkConfig, update
from streams.pipeline.messages import Sighting
from streams.rules import RULES
from streams.rules.base import (
    EventObservation,
    Finding,
    LinkObservation,
    PreviousState,
)
from streams.vendors.base.draft import VendorDistance

CASES = Path(__file__).parent
FILES = sorted(CASES.glob("*/*.json"))
EVENT = {
    "event_id": "11111111-1111-5111-8111-111111111111",
    "event_type": "verification.approved",
    "vendor": "didit",
    "session_id": "session-1",
    "decision": "APPROVED",
    "final": True,
    "raw": {"topic": "idv.raw.didit", "partition": 0, "offset": 7, "sha256": "00"},
    "ingested_at": 1_714_557_600_000,
    "occurred_at": 1_714_557_600_000,
}


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer()


def event_observation(case: dict[str, Any]) -> EventObservation:
    event = located(msgspec.convert({**EVENT, **case["event"]}, Verification), gazetteer())
    by_vendor = [VendorDistance(*row) for row in case.get("vendor_distances", [])]
    if not event.enrichment.distances:
        event.enrichment.distances = distances(event, by_vendor)
    return EventObservation(event, msgspec.convert(case.get("previous"), PreviousState | None))


def link_observation(case: dict[str, Any]) -> LinkObservation:
    state, observations = None, []
    for i, given in enumerate(case["sightings"]):
        told = {"event_id": f"event-{i}", "vendor": "didit", "decision": "APPROVED", **given}
        told["seen_at"] = EVENT["occurred_at"] + round(told.pop("minute") * 60_000)
        sighting = msgspec.convert(told, Sighting)
        observed = update(case["link"], state, sighting, LinkConfig())
        state = observed.state
        observations = observed.observations or observations
    return observations[-1]


OBSERVE = {"session": event_observation, "link": link_observation}


def run(rule_name: str, case: dict[str, Any]) -> list[Finding]:
    rule = RULES[rule_name]
    config = msgspec.convert(case.get("config", {}), rule.config)
    observation = OBSERVE[rule.stage](case)
    if rule.kinds and observation.kind not in rule.kinds:
        return []  # The judge gives a rule observations of its kinds only.
    return rule.evaluate(observation, config)


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_case(path: Path) -> None:
    case = json.loads(path.read_text())
    kind = path.stem.partition("_")[0]
    expected = case.get("expect", [])
    assert kind in ("fires", "silent")
    assert bool(expected) is (kind == "fires"), "a case fires where it expects something"
    found = run(path.parent.name, case)
    shown = [json.loads(msgspec.json.encode(finding)) for finding in found]
    assert len(shown) == len(expected), shown
    for finding, wanted in zip(shown, expected, strict=True):
        evidence = wanted.pop("evidence", {})
        assert {key: finding[key] for key in wanted} == wanted
        assert {key: finding["evidence"].get(key) for key in evidence} == evidence
    keys = [finding.dedupe for finding in found]
    assert len(set(keys)) == len(keys), "one observation raises each alert once"
    assert run(path.parent.name, case) == found, "a rule is a function of its observation"


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_shown_firing_and_silent(name: str) -> None:
    stems = [path.stem for path in FILES if path.parent.name == name]
    assert any(stem.startswith("fires_") for stem in stems)
    assert any(stem.startswith("silent_") for stem in stems)


def test_every_case_is_of_a_rule() -> None:
    assert {path.parent.name for path in FILES} <= set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_the_shape(name: str) -> None:
    rule = RULES[name]
    assert rule.name == name
    assert rule.stage in OBSERVE
    assert rule.title
    assert "\n" not in rule.title
    for asked in ("What to do", "false alarm", "Dedupe"):
        assert asked.casefold() in rule.runbook.casefold(), f"the runbook lacks {asked!r}"
    config = rule.config()
    assert config.enabled is True  # type: ignore[attr-defined]
    assert config.shadow is False  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        config.enabled = False  # type: ignore[attr-defined]
