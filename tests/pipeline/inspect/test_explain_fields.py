"""`idv explain EVENT_ID` over lines agrees with the pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from streams.cli.main import app
from streams.rules import RULES
from tests.simulate.payloads import payload
from tests.simulate.stories import population


def invoke(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lines") / "lines.jsonl"
    rows = [
        {"vendor": a.vendor, "payload": payload(a, n), "timestamp": a.at, "subject": a.subject}
        for n, a in enumerate(population(1, 60))
    ]
    file.write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
    return file


@pytest.fixture(scope="module")
def alerts(lines: Path) -> dict[str, dict[str, Any]]:
    """One alert per rule."""
    said = map(json.loads, invoke("enrich", str(lines)).splitlines())
    return {s["alert"]["rule"]: s["alert"] for s in said if "alert" in s}


@pytest.mark.parametrize(
    "rule", ["duplicate_device", "ip_distance", "anonymous_ip", "decision_reversed"]
)
def test_an_alert_is_explained(rule: str, lines: Path, alerts: dict[str, Any]) -> None:
    alert = alerts[rule]
    told = json.loads(invoke("explain", alert["event_id"], "--lines", str(lines), "--json"))
    (fires,) = [v for v in told["verdicts"] if v["rule"] == rule and v["says"] == "fires"]
    assert (fires["severity"], fires["title"]) == (alert["severity"], alert["title"])
    assert fires["linked"] == [f"{x['vendor']}:{x['session_id']}" for x in alert["linked"]]
    evidence = {k: v for k, v in alert["evidence"].items() if k != "policy_version"}
    assert evidence.items() <= fires["inputs"].items()
    assert fires["thresholds"]
    assert alert["alert_id"] in {a["alert_id"] for a in told["alerts"]}
    assert {v["rule"] for v in told["verdicts"]} <= set(RULES)
    assert told["raw"]["is_the_same"] is True
    assert told["fields"]
    assert told["policy_version"] == alert["evidence"]["policy_version"]


def test_people_read_it(lines: Path, alerts: dict[str, Any]) -> None:
    event_id = alerts["duplicate_device"]["event_id"]
    text = invoke("explain", event_id, "--lines", str(lines))
    for words in ("vendor status:", "raw record: idv.raw.", "fires   duplicate_device (device)"):
        assert words in text
    assert "silent  verification_lapsed" in text


def test_no_personal_data_is_shown(lines: Path, alerts: dict[str, Any]) -> None:
    attempts = population(1, 60)
    text = invoke("explain", alerts["ip_distance"]["event_id"], "--lines", str(lines))
    for attempt in attempts:
        for secret in (attempt.person.last, attempt.person.document, attempt.line.ip):
            assert secret not in text


@pytest.mark.parametrize(
    "arguments",
    [["explain"], ["explain", "x", "--fields", "didit", "-"]],
)
def test_one_thing_is_explained(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_an_event_that_is_not_there(lines: Path) -> None:
    done = CliRunner().invoke(app, ["explain", "nobody", "--lines", str(lines)])
    assert done.exit_code == 1
