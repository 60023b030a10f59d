"""Runs the recipe for a new vendor (docs/extending.md) in a copy of the tree."""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

from streams.vendors import VENDORS
from tests.support.checkout import IDV, PYTEST, copied, run
from tests.support.paths import ROOT

TEMPLATES = ROOT / "streams/cli/templates/vendor"
NAME = "veridonia"
# How lines break and where imports stand depends on the name.
OTHER_NAMES = ("q7", "the_longest_name_of_all_vendors")

PROGRAMS = {
    "idv": IDV,
    ".venv/bin/pytest": PYTEST,
    "make": ("make", "-o", ".venv/dev.done", f"BIN={Path(sys.executable).parent}"),
}


def recipe() -> list[list[str]]:
    """The commands of the recipe as they are run here."""
    text = (ROOT / "docs/extending.md").read_text().partition("## A rule")[0]
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    commands = [line.replace("acme", NAME).split() for b in blocks for line in b.splitlines()]
    return [[*PROGRAMS[program], *rest] for program, *rest in filter(None, commands)]


def idv(tree: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return run(tree, *IDV, *arguments, stdin=stdin)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = copied(tmp_path_factory.mktemp("checkout"))
    for name in (NAME, *OTHER_NAMES):
        made = idv(copy, "new-vendor", name)
        assert made.returncode == 0, made.stderr
    return copy


def normalized(tree: Path, payload: dict[str, object]) -> dict[str, dict[str, object]]:
    done = idv(tree, "normalize", NAME, "-", stdin=json.dumps(payload))
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


def sample_loop(tree: Path) -> subprocess.CompletedProcess[str]:
    return run(tree, *PYTEST, "tests/pipeline/test_samples.py")


def test_every_command_of_the_recipe_succeeds(tree: Path) -> None:
    first, *others = recipe()
    assert first[-2:] == ["new-vendor", NAME]  # has been run
    assert len(others) > 4
    for command in others:
        done = run(tree, *command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)


def test_what_the_command_writes_works_as_it_stands(tree: Path) -> None:
    event = normalized(tree, {"session": 7, "status": "APPROVED"})["verification"]
    assert (event["decision"], event["vendor"]) == ("APPROVED", NAME)
    topics = run(
        tree,
        sys.executable,
        "-c",
        "from streams.contracts.topics import load; print(*[t.name for t in load().topics])",
    )
    assert f"idv.raw.{NAME}" in topics.stdout.split()


def test_a_part_of_a_wrong_type_is_named_by_its_path(tree: Path) -> None:
    parts = {"customer": {"id": 1}, "person": "Ilse", "checks": [{"name": 5}]}
    event = normalized(tree, {"session": 7, "status": "APPROVED", **parts})["verification"]
    assert event["reasons"] == ["partial:checks[0].name", "partial:customer", "partial:person"]


def test_all_vendors_have_the_same_files_and_those_of_the_template() -> None:
    templates = {file.name.removesuffix(".py.tmpl") for file in TEMPLATES.iterdir()}
    folders = [ROOT / "streams/vendors" / vendor for vendor in VENDORS]
    names = [{m.name for m in pkgutil.iter_modules([str(folder)])} for folder in folders]
    assert all(found == names[0] for found in names)
    assert templates - {"__init__"} <= names[0]


def test_the_vendors_own_words_take_the_templates_place(tree: Path) -> None:
    tables = tree / "streams/vendors" / NAME / "tables.py"
    text = tables.read_text()
    row = '    "declined": (Decision.DECLINED, Lifecycle.COMPLETED),\n'
    own = '    "under_the_lens": (Decision.REVIEW, Lifecycle.COMPLETED),\n'
    assert row in text
    tables.write_text(text.replace(row, row + own))
    samples = tree / "tests/samples" / NAME
    (samples / "under_the_lens.raw.json").write_text(
        '{"session": "s-9", "event_id": 4, "status": "Under the Lens", "colour": "green"}'
    )
    assert sample_loop(tree).returncode != 0, "a payload without its expected event"
    expected = {
        "event_type": "verification.review",
        "vendor": NAME,
        "vendor_event_id": "4",
        "session_id": "s-9",
        "decision": "REVIEW",
        "lifecycle": "COMPLETED",
        "vendor_status": {"status": "Under the Lens"},
        "occurred_at": "2026-01-01T00:00:00.000Z",
    }
    (samples / "under_the_lens.expected.json").write_text(json.dumps({"verification": expected}))
    done = sample_loop(tree)
    assert done.returncode == 0, done.stdout
    raw = str(samples / "under_the_lens.raw.json")
    explained = idv(tree, "explain", "--json", "--fields", NAME, raw)
    uses = {use["path"]: use["use"] for use in map(json.loads, explained.stdout.splitlines())}
    assert uses == {"session": "used", "event_id": "used", "status": "used", "colour": "unknown"}
    drifted = idv(tree, "drift", NAME, raw, "--json")
    row = json.loads(drifted.stdout.splitlines()[0])
    assert (row["kind"], row["place"], row["what"]) == ("field", "payload", "colour")


@pytest.mark.parametrize("name", ["class", "../up", "didit"])
def test_what_is_no_name_or_there_already_is_refused(tree: Path, name: str) -> None:
    before = (tree / "avro/topics.yaml").read_text()
    assert idv(tree, "new-vendor", name).returncode != 0
    assert (tree / "avro/topics.yaml").read_text() == before


def test_elsewhere_than_in_a_checkout_nothing_is_written(tree: Path, tmp_path: Path) -> None:
    done = idv(tree, "new-vendor", "acme", "--dir", str(tmp_path))
    assert done.returncode != 0
    assert "not a checkout" in done.stderr
    assert list(tmp_path.iterdir()) == []
