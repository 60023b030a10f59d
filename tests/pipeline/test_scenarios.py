"""Scenarios of the whole pipeline as data: `scenarios/<name>.jsonl` has lines for `idv enrich`,
`<name>.expected.json` a description, the exact standing alerts at the end, and optional settings
and a database of IP addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from streams.cli.commands.inputs import Payload
from streams.cli.commands.offline import enrich_line
from streams.contracts.model import Alert, RawRecord, Rejection, Verification
from streams.pipeline.geo.database import database_lookup
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.local import Offline, Result
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from streams.rules import RULES
from tests.support import mmdb
from tests.support.paths import TESTS

FOLDER = TESTS / "scenarios"
NAMES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
KEYRING = Keyring({"k1": b"a key for tests only"})


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer()


def expected(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.expected.json").read_text())


def records(name: str) -> Iterator[tuple[str, RawRecord]]:
    for number, line in enumerate((FOLDER / f"{name}.jsonl").read_bytes().splitlines()):
        given = enrich_line(Payload(f"line {number}", line), number, 0)
        assert not isinstance(given, Rejection), given
        yield given


def run(name: str, folder: Path) -> list[Result]:
    told = expected(name)
    lookup = None
    if database := told.get("database"):
        lookup = database_lookup(mmdb.write(folder / "city.mmdb", database))
    policy = policy_from(KEYRING, told.get("settings", {}))
    offline = Offline(Pipeline(KEYRING, policy, gazetteer(), lookup))
    results: list[Result] = []
    for vendor, record in records(name):
        results += offline.run(vendor, record, record.timestamp)
    assert any(isinstance(result, Verification) for result in results)
    assert not [r for r in results if isinstance(r, Rejection)]
    return results


def standing(results: list[Result]) -> list[dict[str, Any]]:
    alerts = [result for result in results if isinstance(result, Alert)]
    superseded = {alert.supersedes for alert in alerts}
    return [
        {
            "rule": alert.rule,
            "severity": alert.severity.value,
            "session": alert.session_id,
            "linked": sorted(linked.session_id for linked in alert.linked),
        }
        for alert in alerts
        if alert.alert_id not in superseded and not alert.evidence.get("withdrawn")
    ]


@pytest.mark.parametrize("name", NAMES)
def test_scenario(name: str, tmp_path: Path) -> None:
    found = standing(run(name, tmp_path))
    order = json.dumps
    assert sorted(found, key=order) == sorted(expected(name)["alerts"], key=order)


def test_every_scenario_has_its_expectation() -> None:
    assert {p.name.removesuffix(".expected.json") for p in FOLDER.glob("*.json")} == set(NAMES)
    assert [name for name in NAMES if not expected(name)["alerts"]], "some are silent"


@pytest.mark.parametrize("name", [n for n in NAMES if n.startswith("database_")])
def test_without_the_database_nothing_is_located_by_it(name: str, tmp_path: Path) -> None:
    told = expected(name)
    if not told["alerts"]:
        pytest.skip("silent with it as well")
    bare = {**told, "database": None}
    (tmp_path / "unused").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.expected", lambda _: bare)
        assert standing(run(name, tmp_path)) == []


def test_scenarios_show_rules_of_both_stages() -> None:
    shown = {alert["rule"] for name in NAMES for alert in expected(name)["alerts"]}
    assert {RULES[rule].stage for rule in shown} == {"session", "link"}
    assert len(shown) >= 8
