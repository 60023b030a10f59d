"""An update of a StatefulSet: one worker after the other gets SIGTERM and a successor with the same
name and volume, while records arrive. Nothing is lost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import yaml

from streams.cli.demo.processes import ServiceProcess
from tests.deploy.test_packaging import ROOT
from tests.support.accounts import account
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-rolling")

TEMPLATE = (ROOT / "deploy/helm/idv-streams/templates/statefulset.yaml").read_text()
WORKERS = 2
CHUNK = 40
PAUSE_S = 0.2


@pytest.fixture(scope="module")
def workers(cluster: Cluster) -> list[ServiceProcess]:
    """As the chart's pods: a name and a volume each."""
    return [
        cluster.worker(f"risk-{number}", {"IDV_INSTANCE_ID": f"risk-{number}"})
        for number in range(WORKERS)
    ]


class Publisher(threading.Thread):
    """Publishes slowly until stopped."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(daemon=True)
        self.published = 0
        self._cluster = cluster
        self._enough = threading.Event()

    def run(self) -> None:
        for seed in self._seeds():
            self.published += self._cluster.publish(traffic(seed, CHUNK, subjects=50))

    def _seeds(self) -> Iterator[int]:
        seed = 0
        while not self._enough.wait(PAUSE_S):
            yield seed
            seed += 1

    def stop(self) -> None:
        self._enough.set()
        self.join(60)


def grace_s() -> int:
    """How long Kubernetes waits between SIGTERM and SIGKILL."""
    (line,) = (part for part in TEMPLATE.splitlines() if "terminationGracePeriodSeconds" in part)
    return int(yaml.safe_load(line.strip())["terminationGracePeriodSeconds"])


def test_an_update_loses_nothing(cluster: Cluster, workers: list[ServiceProcess]) -> None:
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.wait_until_ready()
    publisher = Publisher(cluster)
    publisher.start()
    for worker in reversed(workers):  # The highest ordinal first.
        since = time.monotonic()
        assert worker.stop() == 0
        assert time.monotonic() - since < grace_s()
        worker.start()
        worker.wait_until_ready()
    publisher.stop()
    cluster.wait_until_drained()
    accounts = account(cluster)
    assert accounts.raw == publisher.published > WORKERS * CHUNK
    assert accounts.balanced, accounts
