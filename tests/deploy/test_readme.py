"""README and docs match the code and are complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from streams.cli.main import COMMANDS, app
from streams.config.secret_files import variables
from streams.config.settings import Settings
from streams.contracts.model import Decision, Severity
from streams.rules import RULES
from streams.vendors import VENDORS
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text()
COMMAND_LIST = (ROOT / "docs/commands.md").read_text()
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
IDV = re.compile(r"(?:`|^|&& |bin/)idv ([a-z][^`\n&#]*)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def rows(text: str) -> dict[str, str]:
    """First cell without code marks → rest of the table row."""
    cells = (line.split("|", 2) for line in text.splitlines() if line.startswith("| `"))
    return {first.strip().strip("`"): rest for _, first, rest in cells}


def test_every_setting_is_explained() -> None:
    explained = set(rows((ROOT / "docs/settings.md").read_text()))
    wanted = {f"IDV_{name.upper()}" for name in Settings.model_fields}
    assert wanted <= explained, sorted(wanted - explained)
    assert {name for name in explained if name.startswith("IDV_")} <= wanted


@pytest.mark.parametrize("doc", DOCS, ids=lambda p: p.name)
def test_variables_that_are_shown_are_settings(doc: Path) -> None:
    known = {f"IDV_{name.upper()}" for name in Settings.model_fields}
    known |= variables(Settings) | {"IDV_CONFIG", "IDV_CACHE_DIR"}
    shown = set(re.findall(r"\b(IDV_\w+?)(?:__\w*|\b)", doc.read_text()))
    assert shown <= known, shown - known


def test_every_threshold_is_explained() -> None:
    explained = rows((ROOT / "docs/settings.md").read_text())
    for name, rule in RULES.items():
        said = explained[f"[rules.{name}]"]
        own = set(rule.config.__struct_fields__)
        common = {"enabled", "shadow", "cooldown_minutes", "allow", "grades"}
        assert [field for field in own - common if f"`{field}" not in said] == []


def test_every_rule_has_its_row_with_severities() -> None:
    told = rows(README)
    for name in RULES:
        assert any(severity in told[name] for severity in Severity), name


def test_every_command_has_its_row() -> None:
    told = {first.split()[1] for first in rows(COMMAND_LIST) if first.startswith("idv ")}
    assert set(COMMANDS) <= told, sorted(set(COMMANDS) - told)


def resolved(word: str, groups: list[Any]) -> list[Any]:
    """The commands that a word names within groups; `a|b` names two."""
    return [group.get_command(None, name) for group in groups for name in word.split("|")]


@pytest.mark.parametrize("doc", DOCS, ids=lambda p: p.name)
def test_commands_have_the_options_that_are_shown(doc: Path) -> None:
    for line in IDV.findall(doc.read_text().replace("\\|", "|")):
        shown: list[Any] = [get_command(app)]
        for word in line.split():
            if isinstance(shown[0], TyperGroup) and not word.startswith("-"):
                shown = resolved(word, shown)
                assert None not in shown, line
            elif option := re.match(r"\[?(--[a-z-]+)", word):
                known = {name for one in shown for param in one.params for name in param.opts}
                assert option[1] in known, line


@pytest.mark.parametrize("word", [*Decision, *VENDORS])
def test_every_decision_and_vendor_is_named(word: str) -> None:
    assert word.lower() in README.lower()


@pytest.mark.parametrize("doc", DOCS, ids=lambda p: p.name)
def test_links_lead_somewhere(doc: Path) -> None:
    for target in LINK.findall(doc.read_text()):
        assert (doc.parent / target).exists(), target


def test_the_readme_stays_readable() -> None:
    assert len(README.splitlines()) < 250
