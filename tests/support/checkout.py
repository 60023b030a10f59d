"""Copies of the checkout, for tests that follow a recipe in one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

PYTEST = (sys.executable, "-m", "pytest", "-o", "addopts=", "-q", "-p", "no:cacheprovider")
IDV = (sys.executable, "-m", "streams.cli")


def copied(to: Path) -> Path:
    """All of the checkout that commands, lint and tests need."""
    ignored = shutil.ignore_patterns("__pycache__", "data.tar.xz")
    for folder in ("streams", "avro", "tests", "deploy"):
        shutil.copytree(ROOT / folder, to / folder, ignore=ignored)
    for file in ("pyproject.toml", "Makefile", "README.md"):
        shutil.copy(ROOT / file, to)
    return to


def run(
    tree: Path, *command: str, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command in a copy, with the copy's `streams` first on the path."""
    return subprocess.run(
        command,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), **environment},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
