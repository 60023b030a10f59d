"""The recipe for a new vendor, followed from start to end in a copy of the tree."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

NAME = "veridonia"


def run(tree: Path, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("streams", "avro", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    made = run(copy, "-m", "streams.cli", "new-vendor", NAME)
    assert made.returncode == 0, made.stderr
    return copy


def normalized(tree: Path, payload: dict[str, object]) -> dict[str, dict[str, object]]:
    done = run(tree, "-m", "streams.cli", "normalize", NAME, "-", stdin=json.dumps(payload))
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


def sample_loop(tree: Path) -> subprocess.CompletedProcess[str]:
    command = ("-m", "pytest", "-o", "addopts=", "-q", "tests/pipeline/test_samples.py")
    return run(tree, *command, "-p", "no:cacheprovider")


def test_what_the_command_writes_works_as_it_stands(tree: Path) -> None:
    done = sample_loop(tree)
    assert done.returncode == 0, done.stdout
    event = normalized(tree, {"session": 7, "status": "APPROVED"})["verification"]
    assert (event["decision"], event["vendor"]) == ("APPROVED", NAME)
    # Every row has a case, every field is read, no mutant becomes an approval.
    every = run(
        tree, "-m", "pytest", "-o", "addopts=", "-q", "-p", "no:cacheprovider", "-k", NAME,
        "tests/vendors", "tests/fuzz",
    )  # fmt: skip
    assert every.returncode == 0, every.stdout
    assert "passed" in every.stdout
    topics = run(
        tree,
        "-c",
        "from streams.contracts.topics import load; print(*[t.name for t in load().topics])",
    )
    assert f"idv.raw.{NAME}" in topics.stdout.split()
    lint = run(tree, "-m", "ruff", "check", "--no-cache", f"streams/vendors/{NAME}")
    assert lint.returncode == 0, lint.stdout
    form = run(tree, "-m", "ruff", "format", "--check", "--no-cache", f"streams/vendors/{NAME}")
    assert form.returncode == 0, form.stdout


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
    explained = run(tree, "-m", "streams.cli", "explain", "--json", "--fields", NAME, raw)
    uses = {use["path"]: use["use"] for use in map(json.loads, explained.stdout.splitlines())}
    assert uses == {"session": "used", "event_id": "used", "status": "used", "colour": "unknown"}
    drifted = run(tree, "-m", "streams.cli", "drift", NAME, raw, "--json")
    row = json.loads(drifted.stdout.splitlines()[0])
    assert (row["kind"], row["place"], row["what"]) == ("field", "payload", "colour")


@pytest.mark.parametrize("name", ["class", "../up", "didit"])
def test_what_is_no_name_or_there_already_is_refused(tree: Path, name: str) -> None:
    before = (tree / "avro/topics.yaml").read_text()
    assert run(tree, "-m", "streams.cli", "new-vendor", name).returncode != 0
    assert (tree / "avro/topics.yaml").read_text() == before


def test_elsewhere_than_in_a_checkout_nothing_is_written(tree: Path, tmp_path: Path) -> None:
    done = run(tree, "-m", "streams.cli", "new-vendor", "acme", "--dir", str(tmp_path))
    assert done.returncode != 0
    assert "no checkout" in done.stderr
    assert list(tmp_path.iterdir()) == []
