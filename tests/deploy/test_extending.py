"""Runs the recipes of docs/extending.md in a copy of the checkout. The recipe for vendors is in
tests/cli/test_new_vendor.py.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import checkout
from tests.support.checkout import copied
from tests.support.paths import ROOT

RECIPES = (ROOT / "docs/extending.md").read_text()
BLOCK = re.compile(r"<!-- (file|before|after): (.+?) -->\n\s*```\w+\n(.*?)```", re.DOTALL)
KINDS = "streams/pipeline/links/kinds.py"
ADDRESSES = "from streams.vendors.base.addresses import network_prefix\n"


def section(title: str) -> str:
    return RECIPES.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def blocks(title: str) -> Iterator[tuple[str, str, str]]:
    for how, where, text in BLOCK.findall(section(title)):
        yield how, where, textwrap.dedent(text)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copied(tmp_path)


def write_files(title: str, copy: Path) -> list[str]:
    """The files of a recipe, written into the copy; their paths."""
    written = [(where, text) for how, where, text in blocks(title) if how == "file"]
    for where, text in written:
        (copy / where).parent.mkdir(parents=True, exist_ok=True)
        (copy / where).write_text(text)
    return [where for where, _ in written]


def run(copy: Path, *command: str, **environment: str) -> str:
    """What a Python command that succeeds prints."""
    done = checkout.run(copy, sys.executable, *command, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check(copy: Path, *files: str) -> None:
    """What `make lint` checks, of the new files."""
    python = [file for file in files if file.endswith(".py")]
    run(copy, "-m", "ruff", "check", "--no-cache", *python)
    run(copy, "-m", "ruff", "format", "--check", "--no-cache", *python)
    run(copy, "-m", "mypy", "--no-incremental", "--follow-imports=silent", *python)
    run(copy, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache")


def pytest_in(copy: Path, *arguments: str) -> None:
    done = checkout.run(copy, *checkout.PYTEST, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_rule(copy: Path) -> None:
    check(copy, *write_files("A rule", copy))
    pytest_in(copy, "tests/rules/test_rules.py", "-k", "night_owl")
    line = {"vendor": "didit", "payload": {
        "session_id": "s1", "status": "Approved", "created_at": "2026-05-01T03:00:00Z",
    }, "timestamp": "2026-05-01T03:00:01Z"}  # fmt: skip
    (copy / "lines.jsonl").write_text(json.dumps(line))
    enrich = ("-m", "streams.cli", "enrich", "--lines", "lines.jsonl")
    assert '"rule":"night_owl"' in run(copy, *enrich).replace(" ", "")
    silent = run(copy, *enrich, IDV_RULES__NIGHT_OWL__SHADOW="true")
    assert '"alert"' not in silent
    event_id = json.loads(silent.splitlines()[0])["verification"]["event_id"]
    explained = json.loads(
        run(copy, "-m", "streams.cli", "explain", event_id, "--lines", "lines.jsonl", "--json")
    )
    (result,) = (v for v in explained["verdicts"] if v["rule"] == "night_owl")
    assert (result["says"], result["inputs"]["hour"]) == ("fires", 3)


def test_an_enrichment(copy: Path) -> None:
    files = write_files("An enrichment", copy)
    codes = copy / "streams/contracts/codes.py"
    flag = '    "document_expired": Code("holds a document that had expired", "Weigh it."),\n'
    head, opening, rest = codes.read_text().partition("FLAGS: dict[str, Code] = {\n")
    codes.write_text(head + opening + flag + rest)
    check(copy, *files)
    pytest_in(copy, "tests/contracts/test_codes.py", "tests/pipeline/test_pipeline.py")
    payload = {
        "session_id": "s1", "status": "Approved", "created_at": "2026-05-01T03:00:00Z",
        "id_verifications": [{"status": "Approved", "document_type": "Passport",
                              "document_number": "P1234567", "expiration_date": "2026-04-20"}],
    }  # fmt: skip
    line = {"vendor": "didit", "payload": payload, "timestamp": "2026-05-01T03:00:00Z"}
    (copy / "lines.jsonl").write_text(json.dumps(line))
    enrich = ("-m", "streams.cli", "enrich", "--lines", "lines.jsonl")
    assert "document_expired" in run(copy, *enrich)
    assert "document_expired" not in run(copy, *enrich, IDV_EXPIRY='{"grace_days": 30}')
    (copy / "idv.toml").write_text("[expiry]\ngrace_days = 30\n")
    assert "document_expired" not in run(copy, *enrich)
    assert "idv_expiry_findings" in run(
        copy,
        "-c",
        "from streams.worker.ops import metrics; print(metrics.findings['expiry'].describe())",
    )


def test_a_kind_of_link(copy: Path) -> None:
    for file, after in (
        ("avro/verification.avsc", '"FACE"'),
        ("streams/contracts/model.py", '    FACE = "FACE"\n'),
    ):
        text = (copy / file).read_text()
        new = ', "ADDRESS"' if file.endswith("avsc") else '    ADDRESS = "ADDRESS"\n'
        (copy / file).write_text(text.replace(after, after + new, 1))
    kinds = copy / KINDS
    for how, mark, text in blocks("A kind of link"):
        before, found, rest = kinds.read_text().partition(mark)
        assert found, mark
        new = f"{text}\n\n{mark}" if how == "before" else f"{mark}\n    {text.strip()}"
        kinds.write_text(f"{before}{new}{rest}")
    kinds.write_text(
        kinds.read_text().replace(
            ADDRESSES, f"{ADDRESSES}from streams.vendors.base.people import fold\n"
        )
    )
    check(copy, KINDS)
    pytest_in(copy, "tests/contracts", "tests/pipeline/links", "--deselect",
              "tests/contracts/test_schemas.py")  # fmt: skip
    asked = '{"kinds": ["address"]}'
    address = {"address": "12 Mill Lane, Graz", "status": "Approved"}
    lines = [
        {"vendor": "didit", "payload": {
            "session_id": f"s{n}", "status": "Approved", "vendor_data": f"c{n}",
            "poa_verifications": [{**address, "poa_address": "12 Mill Lane, Graz"}],
        }} for n in (1, 2)
    ]  # fmt: skip
    (copy / "lines.jsonl").write_text("\n".join(map(json.dumps, lines)))
    script = """
from pathlib import Path
from streams.cli.commands.offline import from_lines
from streams.config.settings import load
from streams.pipeline.local import Offline
from streams.pipeline.pipeline import Pipeline
settings = load()
offline = Offline(Pipeline(settings.keyring(), settings.policy(), settings.places()))
for vendor, record, default in from_lines([Path("lines.jsonl")], settings, 0):
    list(offline.run(vendor, record, 0, default))
print([(key.split("|")[1], len(state.seen)) for key, state in offline.links.items()])
"""
    assert run(copy, "-c", script, IDV_LINKS=asked).strip() == "[('address', 2)]"
