"""The worker's metrics: each is set, in few series, with correct sizes and lags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.types import TP
from prometheus_client.metrics import Histogram, MetricWrapperBase

from streams.contracts.codes import DROPS, REJECTIONS
from streams.contracts.model import (
    GIVEN_VERDICTS,
    Band,
    CaseBand,
    CaseState,
    Decision,
    LinkKind,
    Severity,
)
from streams.contracts.topics import STAGE_TOPICS
from streams.pipeline.enrichments import ENRICHMENTS
from streams.rules import RULES
from streams.vendors import FIELDS, VENDORS
from streams.worker.monitor import HealthMonitor
from streams.worker.ops import metrics
from streams.worker.ops.health import Health
from streams.worker.stages import VERDICTS
from streams.worker.state.store import Store
from streams.worker.transport.assignment import AssignmentMonitor
from streams.worker.transport.offsets import InFlightBatch, Lag, OffsetTracker
from tests.support.paths import ROOT

WORKER = ROOT / "streams" / "worker"
OURS = {metric._name: metric for metric in metrics.every()}


def domains(vendors: int, partitions: int) -> dict[str, int]:
    """How many values each label can have. A label without a bound here must not be exported."""
    return {
        "vendor": vendors + 1,  # `none`: a stage's record that nothing can be read of
        "decision": len(Decision),
        "rule": len(RULES),
        "severity": len(Severity),
        "code": max(len(REJECTIONS), len(DROPS)),
        "stage": len(metrics.STAGES),
        "part": len(RULES) + len(metrics.PARTS),
        "link": len(LinkKind),
        "band": max(len(Band), len(CaseBand)),
        "state": len(CaseState),
        "verdict": len(GIVEN_VERDICTS),
        "topic": vendors + len(STAGE_TOPICS) + 1,  # of verdicts
        "partition": partitions,
        "table": len(STAGE_TOPICS),
        "result": 3,
        "version": 2,  # one, and the one before it while it is replaced
    }


def most_series(vendors: int, partitions: int) -> int:
    """Series that one worker can export at most, its process's own set aside."""
    values = domains(vendors, partitions)
    by_field = vendors * max(
        len(fields.word_labels) + len(fields.unknown_field_labels) for fields in FIELDS.values()
    )
    return by_field + sum(
        prod(values[label] for label in metric._labelnames)
        * (len(metric._upper_bounds) + 2 if isinstance(metric, Histogram) else 1)
        for metric in OURS.values()
        if "field" not in metric._labelnames
    )


def test_labels_have_a_budget() -> None:
    assert most_series(len(VENDORS), partitions=8) <= 1_000
    assert most_series(vendors=20, partitions=64) <= 5_500


def test_every_metric_is_set_somewhere() -> None:
    code = "".join(p.read_text() for p in WORKER.rglob("*.py") if p.name != "metrics.py")
    names = {n for n, m in vars(metrics).items() if isinstance(m, MetricWrapperBase)} | {"findings"}
    assert set(re.findall(r"\bmetrics\.([a-z_]+)[.,\[]", code)) >= names


@pytest.mark.parametrize("name", OURS)
def test_names_follow_the_conventions(name: str) -> None:
    (family,) = OURS[name].describe()
    kind = {"counter": "_total"}.get(family.type, "")
    assert re.fullmatch(r"idv_[a-z_]+", family.name + kind)
    assert not re.search(r"_(ms|millis|minutes|kib|mib|percent)\b", family.name)
    assert family.documentation.endswith(".")


def test_stages_and_parts_are_those_of_the_pipeline() -> None:
    assert ("normalize", *STAGE_TOPICS, VERDICTS) == metrics.STAGES
    code = (ROOT / "streams" / "pipeline" / "pipeline.py").read_text()
    parts = re.findall(r'(?:_failed|Failed)\("(\w+)"', code)
    assert set(metrics.PARTS) == {*ENRICHMENTS, *parts}


def test_known_series_stand_at_zero_from_the_start() -> None:
    metrics.prepare(VENDORS, RULES)
    shown = {s.name for family in metrics.registry.collect() for s in family.samples}
    counted = {m._name + "_total" for m in OURS.values() if m._type == "counter"}
    assert counted <= shown


# -- lag ---------------------------------------------------------------------------------------

TOPIC = TP("idv.raw.alice", 0)


class FakeConsumer:
    """As much of the consumer as the watch reads."""

    def __init__(self) -> None:
        self.offsets = OffsetTracker()
        self.assignments = AssignmentMonitor()
        self.committed_at: float | None = None
        self.due: dict[TP, int | None] = {}
        self.found: dict[TP, Lag] = {}

    def lags(self) -> dict[TP, Lag]:
        return self.found

    def uncommitted(self) -> dict[TP, int | None]:
        return self.due


class Clock:
    """A clock in seconds that tests advance."""

    now = 1_778_752_800.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("streams.worker.monitor.time", clock)
    monkeypatch.setattr("streams.worker.ops.health.time", clock)
    return clock


@pytest.fixture
def watched(clock: Clock) -> Iterator[tuple[HealthMonitor, FakeConsumer, Health]]:
    consumer = FakeConsumer()
    health = Health(beat_at=clock.now, assigned=True, recovering=False)
    app: Any = SimpleNamespace(consumer=consumer, tables={})
    watch = HealthMonitor(app, health)
    yield watch, consumer, health
    consumer.found = {}
    watch._gauges()


def lag() -> tuple[float | None, float | None]:
    labels = {"topic": TOPIC.topic, "partition": "0"}
    value = metrics.registry.get_sample_value
    return value("idv_consumer_lag_records", labels), value("idv_consumer_lag_seconds", labels)


def test_lag_in_seconds_is_the_age_of_the_oldest_record(
    watched: tuple[HealthMonitor, FakeConsumer, Health], clock: Clock
) -> None:
    watch, consumer, _ = watched
    consumer.found = {TOPIC: Lag(7, int(clock.now * 1000) - 90_000)}
    watch._gauges()
    assert lag() == (7, 90)
    consumer.found = {TOPIC: Lag(0, None)}
    watch._gauges()
    assert lag() == (0, 0)


def test_a_lag_of_which_nothing_is_delivered_grows_all_the_same(
    watched: tuple[HealthMonitor, FakeConsumer, Health], clock: Clock
) -> None:
    watch, consumer, _ = watched
    consumer.found = {TOPIC: Lag(3, None)}
    watch._gauges()
    clock.now += 40
    watch._gauges()
    assert lag() == (3, 40)


def test_a_partition_that_moved_away_is_not_reported(
    watched: tuple[HealthMonitor, FakeConsumer, Health], clock: Clock
) -> None:
    watch, consumer, _ = watched
    consumer.found = {TOPIC: Lag(3, None)}
    watch._gauges()
    consumer.found = {}
    watch._gauges()
    assert lag() == (None, None)


def test_the_oldest_record_is_that_of_the_first_batch_at_work() -> None:
    marks = OffsetTracker()
    first, second = InFlightBatch(10, timestamp=100), InFlightBatch(20, timestamp=200)
    for batch in (first, second):
        marks.deliver(TOPIC, batch)
    assert marks.oldest(TOPIC) == 100
    marks.ack(TOPIC, second)
    assert marks.oldest(TOPIC) == 100, "the second batch does not overtake the first"
    marks.ack(TOPIC, first)
    assert (marks.oldest(TOPIC), marks.committable(TOPIC)) == (None, 20)


# -- commits -----------------------------------------------------------------------------------


def test_work_that_no_commit_reaches_makes_a_worker_unready(
    watched: tuple[HealthMonitor, FakeConsumer, Health], clock: Clock
) -> None:
    watch, consumer, health = watched
    consumer.due = {TOPIC: 7}
    watch._gauges()
    assert health.ready()[0]
    for _ in range(int(health.barrier_limit_s) + 1):
        clock.now += 1
        health.beat()
        watch._gauges()
    assert health.live()[0]
    good, state = health.ready()
    assert (good, state["uncommitted_s"]) == (False, int(health.barrier_limit_s) + 1)
    consumer.due = {TOPIC: 9}
    watch._gauges()
    assert health.ready()[0], "a commit went through, though more is due by now"


def test_steady_commits_keep_a_busy_worker_ready(
    watched: tuple[HealthMonitor, FakeConsumer, Health], clock: Clock
) -> None:
    watch, consumer, health = watched
    for number in range(300):
        clock.now += 1
        consumer.due = {TOPIC: number}
        health.beat()
        watch._gauges()
    assert health.ready()[0]


def test_the_commits_of_one_partition_do_not_hide_another(
    watched: tuple[HealthMonitor, FakeConsumer, Health], clock: Clock
) -> None:
    watch, consumer, health = watched
    for number in range(int(health.barrier_limit_s) + 2):
        clock.now += 1
        consumer.due = {TOPIC: number, TP("idv.raw.didit", 0): 7}
        health.beat()
        watch._gauges()
    assert not health.ready()[0]


# -- state -------------------------------------------------------------------------------------


def test_state_is_measured_over_all_partitions(tmp_path: Path) -> None:
    app = faust.App("test", datadir=tmp_path)
    store = Store("idv+rocksdb://", app, app.Table("links"))
    assert store.size() == (0, 0)
    for partition in (0, 1):
        values = {b"%d" % n: b"x" * 100 for n in range(500)}
        store.write(partition, values, offset=partition)
    entries, size = store.size()
    assert entries == pytest.approx(1000, abs=10)
    assert size > 2 * 500 * 100
