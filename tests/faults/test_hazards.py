"""Ways in which stock Faust loses, repeats or delays data, on a real Kafka.

tests/worker has the tests without a broker: offsets, folding and deliveries (gaps, stale acks,
failures), the barrier, the lease, state through a restart, the server, Faust's internals.
"""

from __future__ import annotations

import asyncio
import re
import resource
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from faust.transport.drivers.aiokafka import Consumer as StockConsumer
from faust.types import TP

from streams.cli.demo.processes import ServiceProcess
from streams.contracts.topics import STAGE_TOPICS
from streams.kafka.admin import topic_settings
from streams.worker.fatal import EXIT_FATAL
from tests.faults.cleanrun import compare
from tests.faults.fleet import ENVIRONMENT, SESSION_S
from tests.support.accounts import account
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-hazards")

PATIENCE_S = 90


def _until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s: {what}"
        time.sleep(0.1)


def _ended(worker: ServiceProcess) -> int:
    _until(lambda: not worker.running(), "the worker ends")
    return worker.stop()


def _all_is_left(cluster: Cluster, topic: str) -> bool:
    return 0 < cluster.lag().get(topic, 0) == len(cluster.read(topic))


async def _limit(bootstrap: str, topic: str, size: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        configs = {"max.message.bytes": str(size), "retention.ms": "7776000000"}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs)])
        # The broker learns of it a moment later.
        while (await topic_settings(admin, [topic]))[topic]["max.message.bytes"] != str(size):
            pass
    finally:
        await admin.close()


# -- 1, 11, 13: deliveries that fail -----------------------------------------------------------


@pytest.mark.parametrize("topic", ["idv.verifications", "idv-sessions-changelog"])
def test_a_refused_record_ends_the_worker_before_any_commit_over_it(
    tmp_path: Path, topic: str
) -> None:
    """Stock logs the failed send and commits the offset of what caused it."""
    with Cluster(tmp_path) as cluster:
        worker = cluster.worker(environment=ENVIRONMENT)
        worker.start()
        worker.wait_until_ready()
        asyncio.run(_limit(cluster.bootstrap, topic, 120))
        published = cluster.publish(traffic(11, 120))
        assert _ended(worker) == EXIT_FATAL
        # What the worker had sent when it ended may arrive only now.
        _until(lambda: _all_is_left(cluster, "idv.stage.sessions"), "nothing of it is committed")
        last = worker.log.read_text().splitlines()[-1]
        assert "batch failed" in last
        assert "MessageSizeTooLarge" in last
        # It would meet the same record again: a start says so instead.
        worker.start()
        assert _ended(worker) == 1
        assert f"{topic} takes records of 120 bytes" in " ".join(worker.log.read_text().split())
        # Once the broker takes them, all is there, and once.
        asyncio.run(_limit(cluster.bootstrap, topic, 8 * 1024 * 1024))
        worker.start()
        cluster.wait_until_drained()
        accounts = account(cluster)
        assert accounts.balanced, accounts
        assert accounts.raw == published
        assert compare(cluster).equal


# -- 4, 8, 14: state through crashes -----------------------------------------------------------


def test_state_comes_back_from_the_changelogs_alone(cluster: Cluster) -> None:
    deliveries = list(traffic(12, 600))
    worker = cluster.worker("restored", ENVIRONMENT)
    cluster.publish(deliveries[:300])
    worker.start()
    cluster.wait_until_drained()
    worker.kill()
    shutil.rmtree(worker.log.parent / "state")
    worker.start()
    # The first half again: only state knows that it is a redelivery.
    cluster.publish(deliveries[:300])
    cluster.publish(deliveries[300:])
    cluster.wait_until_drained()
    accounts = account(cluster)
    assert accounts.balanced, accounts
    assert accounts.repeats == 0
    assert compare(cluster).equal
    assert worker.stop() == 0


def test_a_full_disk_ends_the_worker_and_loses_nothing(cluster: Cluster) -> None:
    """RocksDB cannot append to its log any more; once there is room, all is done again."""
    worker = cluster.worker("full-disk", ENVIRONMENT)
    worker.start()
    worker.wait_until_ready()
    cluster.publish(traffic(17, 200))
    cluster.wait_until_drained()
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (16 * 1024, resource.RLIM_INFINITY))
    cluster.publish(traffic(18, 400))
    assert _ended(worker) == EXIT_FATAL
    worker.start()
    cluster.wait_until_drained()
    assert account(cluster).balanced
    assert compare(cluster).equal
    assert worker.stop() == 0


def test_a_standby_holds_the_state_that_it_may_have_to_take_over(cluster: Cluster) -> None:
    standby = {**ENVIRONMENT, "IDV_STANDBY_REPLICAS": "1"}
    first, second = (cluster.worker(name, standby) for name in ("active", "standby"))
    for worker in (first, second):
        worker.start()
    for worker in (first, second):
        worker.wait_until_ready()
    deliveries = list(traffic(19, 400))
    cluster.publish(deliveries)
    cluster.wait_until_drained()
    # Each holds every partition of all tables, its own and the other's.
    tables = len(STAGE_TOPICS)
    for worker in (first, second):
        _until(
            lambda w=worker: _state_partitions(w) == tables * cluster.partitions, "all is copied"
        )
    first.kill()
    shutil.rmtree(first.log.parent / "state")
    # Only state knows that these are redeliveries.
    cluster.publish(deliveries)
    cluster.wait_until_drained()
    accounts = account(cluster)
    assert accounts.balanced, accounts
    assert compare(cluster).equal
    assert second.stop() == 0


def _state_partitions(worker: ServiceProcess) -> int:
    """The databases with records in a worker's data directory."""
    stores = (worker.log.parent / "state").rglob("*.db")
    return sum(any(file.stat().st_size for file in store.glob("*.log")) for store in stores)


def test_an_ordinary_start_and_rebalance_give_no_warnings(cluster: Cluster) -> None:
    """Faust calls ordinary moments of a rebalance errors; here a warning means something."""
    quiet = {**ENVIRONMENT, "IDV_LOG_LEVEL": "warning"}
    first, second = (cluster.worker(name, quiet) for name in ("quiet-1", "quiet-2"))
    first.start()
    first.wait_until_ready()
    second.start()
    second.wait_until_ready()
    cluster.publish(traffic(20, 200))
    cluster.wait_until_drained()
    assert (second.stop(), first.stop()) == (0, 0)
    said = [*first.log.open(), *second.log.open()]
    assert [line for line in said if not line.startswith("dev profile: ")] == []


# -- 12: rebalances, standing still, a broker that is away --------------------------------------


def test_a_worker_that_stood_still_writes_nothing_over_its_successor(cluster: Cluster) -> None:
    first = cluster.worker("first", ENVIRONMENT)
    second = cluster.worker("second", ENVIRONMENT)
    deliveries = list(traffic(13, 4000))
    cluster.publish(deliveries[:2000])
    first.start()
    first.wait_until_ready()
    first.signal(signal.SIGSTOP)  # In mid-stream.
    second.start()
    cluster.wait_until_drained()
    cluster.publish(deliveries[2000:])
    first.signal(signal.SIGCONT)
    cluster.wait_until_drained(lambda: first.running() or first.start())
    accounts = account(cluster)
    assert accounts.balanced, accounts
    assert compare(cluster).equal
    for worker in (first, second):
        worker.stop()


def test_new_partitions_are_found_by_whoever_was_restarted(tmp_path: Path) -> None:
    """A restarted static member does not learn that it leads, so no member watches."""
    quick = {**ENVIRONMENT, "IDV_SESSION_TIMEOUT_S": "45", "IDV_METADATA_MAX_AGE_S": "1"}
    with Cluster(tmp_path) as cluster:
        workers = [cluster.worker(name, quick) for name in ("leader", "other")]
        for worker in workers:
            worker.start()
            worker.wait_until_ready()
        for worker in workers:
            assert worker.stop() == 0
        # One topic grows while nobody looks, one later.
        asyncio.run(_grow(cluster.bootstrap, "idv.raw.didit", 3))
        for worker in workers:
            worker.start()
            worker.wait_until_ready()
        asyncio.run(_grow(cluster.bootstrap, "idv.raw.alice", 4))
        deliveries = list(traffic(21, 400))
        cluster.publish(deliveries)
        assert {r.partition for r in cluster.read("idv.raw.didit")} == {0, 1, 2}
        cluster.wait_until_drained()
        assert account(cluster).balanced
        for worker in workers:
            _until(lambda w=worker: _nothing_is_left(w), "every partition has a worker")
            assert worker.stop() == 0


def _nothing_is_left(worker: ServiceProcess) -> bool:
    return "\nidv_unassigned_partitions 0.0" in (worker.read("/metrics") or "")


def test_a_broker_that_is_away_or_hangs_is_waited_for(cluster: Cluster) -> None:
    worker = cluster.worker("patient", ENVIRONMENT)
    worker.start()
    worker.wait_until_ready()
    cluster.publish(traffic(14, 300))
    cluster.broker.kill()
    cluster.broker.start()
    cluster.publish(traffic(15, 300))
    cluster.broker.pause()
    time.sleep(SESSION_S + 1)  # For how long the broker hangs: longer than a session.
    cluster.broker.resume()
    cluster.wait_until_drained(lambda: worker.running() or worker.start())
    assert account(cluster).balanced
    assert worker.stop() == 0


# -- 9, 10, 15: what is left to defaults ---------------------------------------------------------


def test_one_directory_cannot_serve_two_workers_at_once(cluster: Cluster) -> None:
    """Two processes on one RocksDB would tear it apart; the second must not come to work."""
    first = cluster.worker("shared-directory", ENVIRONMENT)
    first.start()
    first.wait_until_ready()
    second = cluster.worker("shared-directory", ENVIRONMENT)
    second.start()
    cluster.publish(traffic(16, 300))
    cluster.wait_until_drained(lambda: first.running() or first.start())
    second.kill()
    first.stop()
    assert account(cluster).balanced


def test_a_missing_topic_is_said_at_the_start(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster:
        asyncio.run(_delete(cluster.bootstrap, "idv.stage.links"))
        worker = cluster.worker()
        worker.start()
        assert _ended(worker) not in (0, EXIT_FATAL)
        assert re.search(r"idv\.stage\.links.*idv topics apply", worker.log.read_text(), re.DOTALL)


def test_a_state_that_cannot_move_with_its_topic_is_said_at_the_start(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster:
        asyncio.run(_grow(cluster.bootstrap, "idv.stage.links", 3))
        worker = cluster.worker()
        worker.start()
        assert _ended(worker) not in (0, EXIT_FATAL)
        assert "idv.stage.links has 3 partitions and idv-links-changelog has 2" in (
            worker.log.read_text()
        )


async def _grow(bootstrap: str, topic: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(partitions)})
    finally:
        await admin.close()


async def _delete(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
        while topic in await admin.list_topics():  # noqa: ASYNC110 - Kafka tells nobody.
            await asyncio.sleep(0.05)
    finally:
        await admin.close()


# -- stock Faust has them ------------------------------------------------------------------------


@pytest.fixture
def stock(tmp_path: Path) -> Any:
    app = faust.App("stock", broker="kafka://127.0.0.1:1", datadir=tmp_path, web_enabled=False)
    consumer: Any = app.consumer
    assert type(consumer) is StockConsumer
    return consumer


async def test_stock_commits_over_one_message_that_is_still_at_work(stock: Any) -> None:
    """Hazard 2: 37 is committed and in process, and 38 to 40 are acknowledged."""
    tp = TP("idv.raw.didit", 0)
    stock._committed_offset[tp] = 37
    stock._acked[tp] = [38, 39, 40]
    assert stock._new_offset(tp) == 41


async def test_stock_commits_over_any_gap_while_nothing_is_committed(stock: Any) -> None:
    """Hazard 2 again: records 0 to 99 may all still be in process."""
    tp = TP("idv.raw.didit", 0)
    stock._acked[tp] = [100]
    assert stock._new_offset(tp) == 101


async def test_stock_leaves_a_partition_without_a_commit_behind_its_first_records(
    stock: Any,
) -> None:
    """What a seek during a rebalance is for; here it goes nowhere, and ours goes to the start."""

    class Fetcher:
        sought: list[Any] = []

        def seek_to(self, *where: Any) -> None:
            self.sought.append(where)

    async def committed(_: Any) -> None:
        return None

    from aiokafka import AIOKafkaConsumer, TopicPartition

    tp = TopicPartition("idv.raw.didit", 0)
    client: Any = SimpleNamespace(
        _fetcher=Fetcher(),
        committed=committed,
        _subscription=SimpleNamespace(assigned_partitions=lambda: {tp}),
    )
    assert await AIOKafkaConsumer.seek_to_committed(client) == {tp: None}
    assert Fetcher.sought == []


async def test_stock_clears_what_is_delivered_after_its_last_seek(
    stock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flow was resumed for changelogs before: a fetch right after the seek is delivered."""
    app = stock.app
    queue = app.FlowControlQueue(1, clear_on_resume=True)
    app.flow_control.resume()

    async def seek() -> None:
        queue.put_nowait("what the fetch has delivered")

    async def start() -> None:
        """The fetcher runs already."""

    monkeypatch.setattr(stock, "perform_seek", seek)
    monkeypatch.setattr(stock, "assignment", lambda: {TP("idv.raw.didit", 0)})
    monkeypatch.setattr(app._fetcher, "maybe_start", start)
    app.on_rebalance_start()
    await app.tables.recovery.on_recovery_completed(app.consumer_generation_id)
    assert queue.empty()
