"""The effect of other settings: the same records through two policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from streams.cli.main import app
from tests.simulate.payloads import payload
from tests.simulate.stories import population


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lines") / "lines.jsonl"
    rows = [
        {"vendor": a.vendor, "payload": payload(a, n), "timestamp": a.at, "subject": a.subject}
        for n, a in enumerate(population(3, 60))
    ]
    file.write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
    return file


@pytest.fixture
def diff(lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    # The command names the files in the environment of its process.
    monkeypatch.setenv("IDV_CONFIG", "")

    def run(after: str, *options: str) -> str:
        (tmp_path / "a.toml").write_text("")
        (tmp_path / "b.toml").write_text(after)
        files = [str(tmp_path / "a.toml"), str(tmp_path / "b.toml")]
        done = CliRunner().invoke(app, ["diff", *files, "--lines", str(lines), *options])
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def as_json(text: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *changes, last = map(json.loads, text.splitlines())
    return changes, last


def test_same_settings_change_nothing(diff: Any) -> None:
    changes, last = as_json(diff("", "--json"))
    assert changes == []
    assert last["settings"] == {}
    assert last["summary"]["events"] > 60


@pytest.mark.parametrize(
    ("settings", "rule", "kind", "why"),
    [
        (
            "[rules.anonymous_ip]\nshadow = true",
            "anonymous_ip",
            "removed",
            ["held back: shadow mode", "rules.anonymous_ip.shadow: False → True"],
        ),
        (
            "[rules.ip_distance]\nenabled = false",
            "ip_distance",
            "removed",
            ["the rule is off", "rules.ip_distance.enabled: True → False"],
        ),
        (
            "[rules.ip_distance.grades]\nmedium = 'HIGH'",
            "ip_distance",
            "changed",
            ["rules.ip_distance.grades.medium: MEDIUM → HIGH"],
        ),
        ("[links]\nshared_above = 3", "shared_device", "added", ["links.shared_above: 20 → 3"]),
    ],
)
def test_alerts_change_for_a_reason(
    diff: Any, settings: str, rule: str, kind: str, why: list[str]
) -> None:
    changes, last = as_json(diff(settings, "--json"))
    alerts = [c for c in changes if c["part"] == rule]
    assert {c["kind"] for c in alerts} == {kind}
    assert all(c["why"] == why for c in alerts)
    assert last["summary"]["alerts"][rule][kind] == len(alerts) > 0
    assert last["summary"]["decisions_changed"] == 0


def test_findings_change_with_their_bands(diff: Any) -> None:
    changes, last = as_json(diff("[distance]\npass_km = 0.0\ninfo_km = 1.0", "--json"))
    found = [c for c in changes if c["what"] == "finding"]
    assert last["summary"]["findings_changed"] == len(found) > 0
    assert {c["part"] for c in found} == {"distances"}
    assert all("distance.info_km: 500.0 → 1.0" in c["why"] for c in found)


def test_cases_change_with_their_weights(diff: Any) -> None:
    settings = "[cases.weights.ip_distance]\nlow = 0\nmedium = 5\nhigh = 5"
    assert as_json(diff(settings, "--json"))[0] == []
    changes, last = as_json(diff(settings, "--json", "--cases"))
    assert {c["what"] for c in changes} == {"case"}
    assert last["summary"]["cases_changed"] == len(changes) > 0
    assert all("ip_distance" in str(c["before"]) for c in changes)
    assert {c["before"]["band"] for c in changes} >= {"MEDIUM"}
    assert "22 MEDIUM → 5 LOW" in diff(settings, "--cases")


def test_people_read_it_and_no_known_value_is_quoted(diff: Any) -> None:
    text = diff("[known]\nsubjects = ['customer-9']\n[rules.anonymous_ip]\nshadow = true")
    assert "because held back: shadow mode" in text
    assert "0 decisions" in text.splitlines()[-1]
    assert "customer-9" not in text


def test_one_source_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("")
    assert CliRunner().invoke(app, ["diff", str(file), str(file)]).exit_code == 2
