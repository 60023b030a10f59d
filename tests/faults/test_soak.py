"""The short form of `make soak`: kills and all other faults, then the accounting."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.soak import PARTITIONS, soak
from tests.support.cluster import Cluster

pytestmark = [pytest.mark.xdist_group("kafka-faults"), pytest.mark.timeout(900)]

EVENTS = 20_000
KILLS = 10
SEED = 20260514


def test_nothing_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Cluster(tmp_path, PARTITIONS) as cluster:
        verdict = soak(cluster, EVENTS, KILLS, SEED, lambda _: None)
    with capsys.disabled():
        sys.stdout.write(f"\n{verdict.line}\n")
    assert verdict.accounts.balanced, verdict.accounts
    assert verdict.comparison.equal, verdict.comparison
    assert verdict.figures["events"] == EVENTS
    assert verdict.kills == KILLS
