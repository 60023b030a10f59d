"""`make sbom` lists what the image installs: every locked package with its version and hashes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

from tests.support.paths import ROOT

LOCK = ROOT / "deploy" / "locks" / "worker.txt"
COMMAND = ("requirements", str(LOCK), "--pyproject", str(ROOT / "pyproject.toml"))


def test_the_bill_of_materials_lists_every_locked_package() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "cyclonedx-py requirements $(LOCKS)/worker.txt --pyproject pyproject.toml" in makefile
    done = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", *COMMAND, "--output-reproducible", "-o", "-"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    bill: dict[str, Any] = json.loads(done.stdout)
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "idv-streams"
    listed = {(part["name"], part["version"]) for part in bill["components"]}
    locked = set(re.findall(r"(?m)^([a-z0-9._-]+)==([^\s;\\]+)", LOCK.read_text()))
    assert locked
    assert {(name.lower(), version) for name, version in listed} == locked
    for part in bill["components"]:
        assert any(reference["hashes"] for reference in part["externalReferences"])
