"""A worker continues where one of the previous release was killed, with its state, stage messages
and offsets. The outputs equal those of an uninterrupted run of this release.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.e2e.release_before.make import ARCHIVE, PEOPLE, PUBLISHED, SEED
from tests.faults.cleanrun import compare
from tests.support.accounts import account
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-release-before")

# The archive's records are as old as it is: nothing may be taken for expired while they are read.
# What this release decides otherwise by default.
AS_BEFORE = {"IDV_RULES__ANONYMOUS_IP__ANONYMOUS": "MEDIUM"}
NO_CLEANING = {"log.initial.task.delay.ms": "2000000000"}


def test_a_worker_goes_on_where_the_release_before_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in AS_BEFORE.items():
        monkeypatch.setenv(name, value)
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    for kept in tmp_path.rglob("*.kept"):
        kept.touch()  # As if it had been killed a moment ago.
    with Cluster(tmp_path, lasting=True, settings=NO_CLEANING) as cluster:
        assert cluster.lag().keys() > {"idv.stage.links", "idv.stage.sessions"}
        before = len(cluster.read("idv.verifications"))
        worker = cluster.worker(environment=AS_BEFORE)
        worker.start()
        worker.wait_until_ready()
        cluster.publish(list(traffic(SEED, PUBLISHED + 120, PEOPLE))[PUBLISHED:])
        cluster.wait_until_drained()
        assert worker.stop() == 0
        assert "state is deleted" not in worker.log.read_text()
        accounts = account(cluster)
        assert accounts.balanced, accounts
        assert accounts.raw == PUBLISHED + 120
        assert 0 < before < accounts.verifications
        comparison = compare(cluster)
        assert comparison.equal, comparison
