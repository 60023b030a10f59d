"""A stalled worker reports it, and an idle worker is not considered dead."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import signal
import time
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from streams.cli.demo.processes import ServiceProcess
from streams.cli.demo.run import create_topics
from streams.contracts.topics import load
from tests.faults.test_hazards import _until
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-liveness")

SESSION = {"IDV_SESSION_TIMEOUT_S": "10"}


def _logged(worker: ServiceProcess, event: str) -> bool:
    lines = worker.log.read_text(errors="replace").splitlines()
    return any(json.loads(x).get("event") == event for x in lines if x.startswith("{"))


def test_a_spare_waits_and_takes_over(tmp_path: Path) -> None:
    """Longer than the client's limit for a member that fetches nothing."""
    with Cluster(tmp_path, partitions=1) as cluster:
        busy = cluster.worker("busy", SESSION)
        busy.start()
        busy.wait_until_ready()
        spare = cluster.worker("spare", SESSION | {"ODD": "impatient"})
        spare.arguments = ("-m", "tests.faults.odd_worker")
        spare.start()
        _until(lambda: spare.read("/live") is not None, "the spare is up")
        time.sleep(12)  # It has nothing to do; there is nothing to wait for.
        busy.kill()
        cluster.publish(traffic(3, 50))
        _until(lambda: spare.answers("/ready"), "the spare takes over")
        cluster.wait_until_drained()
        assert spare.stop() == 0


def test_a_fetch_that_has_died_is_seen(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with Cluster(tmp_path, partitions=1) as cluster:
        worker = cluster.worker("deaf", {"ODD": "deaf", "ODD_MARK": str(mark)})
        worker.arguments = ("-m", "tests.faults.odd_worker")
        worker.start()
        worker.wait_until_ready()
        cluster.publish(traffic(3, 50))
        cluster.wait_until_drained()
        mark.touch()
        cluster.publish(traffic(4, 50))
        _until(lambda: not worker.running(), "the worker ends by itself")
        assert worker.stop() == 70
        assert _logged(worker, "fetching is stalled")
        mark.unlink()
        worker.start()
        cluster.wait_until_drained()
        assert worker.stop() == 0


def test_a_stop_before_the_first_work_is_quick_and_live_holds_till_then(tmp_path: Path) -> None:
    """Another member is frozen, so the group has no assignment for the new one yet."""
    with Cluster(tmp_path, partitions=1) as cluster:
        frozen = cluster.worker("frozen", {"IDV_SESSION_TIMEOUT_S": "120"})
        frozen.start()
        frozen.wait_until_ready()
        frozen.signal(signal.SIGSTOP)
        worker = cluster.worker("new", {"IDV_SESSION_TIMEOUT_S": "120"})
        worker.start()
        _until(lambda: worker.answers("/live"), "it is up")
        time.sleep(33)  # Longer than a loop may be silent; it waits for the group all the while.
        assert worker.answers("/live")
        assert not worker.answers("/ready")
        assert worker.stop() == 0
        assert _logged(worker, "no partitions are active yet")
        frozen.signal(signal.SIGCONT)


def test_a_damaged_database_is_restored(tmp_path: Path) -> None:
    with Cluster(tmp_path, partitions=1) as cluster:
        worker = cluster.worker("worker", {"IDV_INSTANCE_ID": "idv-0"})
        worker.start()
        cluster.publish(traffic(5, 100))
        cluster.wait_until_drained()
        assert worker.stop() == 0
        (damaged,) = worker.log.parent.rglob("links-0.db/CURRENT")
        damaged.write_bytes(b"garbage")
        worker.start()
        worker.wait_until_ready()
        assert _logged(worker, "state is deleted")
        cluster.publish(traffic(6, 100))
        cluster.wait_until_drained()
        assert worker.stop() == 0


def test_a_disk_that_is_full_during_recovery_ends_the_worker(tmp_path: Path) -> None:
    with Cluster(tmp_path, partitions=1) as cluster:
        worker = cluster.worker("worker", {"IDV_INSTANCE_ID": "idv-0"})
        worker.start()
        cluster.publish(traffic(5, 2000))
        cluster.wait_until_drained()
        assert worker.stop() == 0
        shutil.rmtree(worker.log.parent / "state")
        worker.start()
        size = 100 * 1024
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        _until(lambda: not worker.running(), "the worker ends by itself")
        assert worker.stop() == 70
        assert _logged(worker, "state cannot be restored")
        worker.start()
        worker.wait_until_ready()
        assert worker.stop() == 0


def test_a_changelog_made_anew_and_state_that_is_too_old(tmp_path: Path) -> None:
    """Neither is a crash loop: what is on disk is deleted and restored."""
    with Cluster(tmp_path, partitions=1) as cluster:
        worker = cluster.worker("worker", {"IDV_INSTANCE_ID": "idv-0"})
        worker.start()
        cluster.publish(traffic(5, 100))
        cluster.wait_until_drained()
        assert worker.stop() == 0
        (kept,) = worker.log.parent.rglob("sessions-0.kept")
        os.utime(kept, (1, 1))
        asyncio.run(_made_anew(cluster.bootstrap, "idv-links-changelog"))
        worker.start()
        worker.wait_until_ready()
        log = worker.log.read_text(errors="replace")
        assert "its changelog was recreated" in log
        assert "not updated for longer than its changelog keeps tombstones" in log
        cluster.publish(traffic(6, 100))
        cluster.wait_until_drained()
        assert worker.stop() == 0


async def _made_anew(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        while topic in await admin.list_topics():  # noqa: ASYNC110 - a broker tells nobody
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
    await create_topics(bootstrap, load(1))
