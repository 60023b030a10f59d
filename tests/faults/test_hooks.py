"""The short form of `python -m tests.faults.hooks`: no hook that was answered 200 is lost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.hooks import ROUND, run
from tests.support.cluster import Cluster

pytestmark = [pytest.mark.xdist_group("kafka-hooks"), pytest.mark.timeout(240)]


def test_what_was_answered_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Cluster(tmp_path) as cluster:
        verdict = run(cluster, ROUND, lambda _: None)
    with capsys.disabled():
        sys.stdout.write(f"\n{verdict.line}\n")
    assert verdict.good
    assert verdict.faults == {
        "gateway killed": 3, "broker killed": 1, "spool full": 1, "broker paused": 1,
        "exit code on SIGTERM": 0,
    }  # fmt: skip
