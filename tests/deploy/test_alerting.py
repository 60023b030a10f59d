"""Every alert has a runbook, an addressee, and tests in which it fires and does not fire; promtool
runs those tests if it is installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.paths import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
TEST_FILES = sorted((PROMETHEUS / "tests").glob("*.yml"))
GROUPS: list[dict[str, Any]] = [
    group for file in RULE_FILES for group in yaml.safe_load(file.read_text())["groups"]
]
ALERTS = {r["alert"]: r for group in GROUPS for r in group["rules"] if "alert" in r}
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_how_bad_and_what_to_do(name: str) -> None:
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in ("page", "ticket", "info")
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks.md#{name.lower()}"
    section = re.search(rf"(?m)^### {name}\n\n\*(\w+)\.\* ", RUNBOOKS)
    assert section, "docs/runbooks.md has no section that begins with the severity"
    assert section[1] == alert["labels"]["severity"]


def test_no_runbook_is_left_over() -> None:
    assert set(re.findall(r"(?m)^### (\w+)$", RUNBOOKS)) == ALERTS.keys()
    links = set(re.findall(r"\]\(#(\w+)\)", RUNBOOKS))
    assert links <= {name.lower() for name in ALERTS}


def test_every_alert_is_seen_to_fire_and_to_keep_silent() -> None:
    fires, silent = set(), set()
    for file in TEST_FILES:
        for case in yaml.safe_load(file.read_text())["tests"]:
            for look in case["alert_rule_test"]:
                (fires if look["exp_alerts"] else silent).add(look["alertname"])
    assert fires == ALERTS.keys()
    assert silent == ALERTS.keys()


@pytest.mark.parametrize("file", TEST_FILES, ids=lambda file: file.stem)
def test_rules_do_as_their_tests_say(file: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here (Debian: apt-get install prometheus)")
    groups = yaml.safe_load(file.read_text())["group_eval_order"]
    assert groups == [group["name"] for stem in ("records", "alerts") for group in _of(stem)]
    command = [promtool, "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def _of(stem: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(
        (PROMETHEUS / "rules" / f"idv-{stem}.yml").read_text()
    )["groups"]
    return found
