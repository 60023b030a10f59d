"""What the console measures: each metric set somewhere, in a bounded number of series."""

from __future__ import annotations

import re
from math import prod

import pytest
from prometheus_client.metrics import Histogram, MetricWrapperBase

from streams.console import metrics
from streams.console.index.rows import TOPICS
from streams.console.probes import prepare
from streams.contracts.model import Verdict
from tests.support.paths import ROOT

OURS = {metric._name: metric for metric in metrics.every()}
VALUES = {
    "page": metrics.PAGES,
    "topic": TOPICS,
    "outcome": metrics.LOGINS,
    "reason": metrics.REFUSALS,
    "verdict": metrics.VERDICTS,
}


def test_labels_have_a_budget() -> None:
    series = sum(
        prod(len(VALUES[label]) for label in metric._labelnames)
        * (len(metric._upper_bounds) + 2 if isinstance(metric, Histogram) else 1)
        for metric in OURS.values()
    )
    assert series <= 120


def test_every_metric_is_set_and_every_value_used() -> None:
    files = (ROOT / "streams" / "console").rglob("*.py")
    code = "".join(path.read_text() for path in files if path.name != "metrics.py")
    names = {n for n, m in vars(metrics).items() if isinstance(m, MetricWrapperBase)}
    assert set(re.findall(r"\bmetrics\.([a-z_]+)\.", code)) >= names
    for value in (*metrics.PAGES, *metrics.LOGINS, *metrics.REFUSALS):
        assert f'"{value}"' in code
    assert set(metrics.VERDICTS) == set(Verdict) - {Verdict.UNKNOWN}


@pytest.mark.parametrize("name", OURS)
def test_names_follow_the_conventions(name: str) -> None:
    (family,) = OURS[name].describe()
    kind = {"counter": "_total"}.get(family.type, "")
    assert re.fullmatch(r"idv_console_[a-z_]+", family.name + kind)
    assert not re.search(r"_(ms|millis|minutes|kib|mib|percent)\b", family.name)
    assert family.documentation.endswith(".")


def test_known_series_stand_at_zero_from_the_start() -> None:
    prepare()
    shown = {s.name for family in metrics.registry.collect() for s in family.samples}
    counted = {m._name + "_total" for m in OURS.values() if m._type == "counter"}
    assert counted <= shown
