"""A worker that is killed again and again in mid-stream loses nothing and invents nothing."""

from __future__ import annotations

import random
import time

import pytest

from tests.e2e.accounts import account
from tests.e2e.cluster import Cluster
from tests.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka")

RECORDS = 6000
KILLS = 5


def test_every_record_is_accounted_for_after_kills(cluster: Cluster) -> None:
    rng = random.Random(20260514)
    worker = cluster.worker()
    cluster.publish(traffic(1, RECORDS))
    for _ in range(KILLS):
        worker.start()
        worker.wait_until_ready()
        time.sleep(rng.uniform(0.1, 0.6))  # Where the kill falls, not a wait for anything.
        worker.kill()
    worker.start()
    cluster.wait_until_drained()
    accounts = account(cluster)
    assert accounts.balanced, accounts
    assert accounts.raw == RECORDS
    assert worker.stop() == 0
