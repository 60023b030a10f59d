"""The gateway's metrics: each is set, in a bounded number of series."""

from __future__ import annotations

import re
from math import prod

import pytest
from prometheus_client.metrics import Histogram, MetricWrapperBase

from streams.gateway import metrics
from streams.vendors import VENDORS
from streams.vendors.base.webhook import REASONS
from tests.support.paths import ROOT

OURS = {metric._name: metric for metric in metrics.every()}


def most_series(vendors: int) -> int:
    """Series that one gateway can export at most, its process's own set aside."""
    values = {
        "vendor": vendors + 1,  # `none`: one that a request makes up
        "outcome": len(metrics.OUTCOMES),
        "reason": len(REASONS),
    }
    return sum(
        prod(values[label] for label in metric._labelnames)
        * (len(metric._upper_bounds) + 2 if isinstance(metric, Histogram) else 1)
        for metric in OURS.values()
    )


def test_labels_have_a_budget() -> None:
    assert most_series(len(VENDORS)) <= 200
    assert most_series(20) <= 500


def test_every_metric_is_set_and_every_outcome_counted() -> None:
    files = (ROOT / "streams" / "gateway").glob("*.py")
    code = "".join(path.read_text() for path in files if path.name != "metrics.py")
    names = {n for n, m in vars(metrics).items() if isinstance(m, MetricWrapperBase)}
    assert set(re.findall(r"\bmetrics\.([a-z_]+)\.", code)) >= names
    assert {outcome for outcome in metrics.OUTCOMES if f'"{outcome}"' not in code} == set()


@pytest.mark.parametrize("name", OURS)
def test_names_follow_the_conventions(name: str) -> None:
    (family,) = OURS[name].describe()
    kind = {"counter": "_total"}.get(family.type, "")
    assert re.fullmatch(r"idv_gateway_[a-z_]+", family.name + kind)
    assert not re.search(r"_(ms|millis|minutes|kib|mib|percent)\b", family.name)
    assert family.documentation.endswith(".")


def test_known_series_stand_at_zero_from_the_start() -> None:
    metrics.prepare()
    shown = {s.name for family in metrics.registry.collect() for s in family.samples}
    counted = {m._name + "_total" for m in OURS.values() if m._type == "counter"}
    assert counted <= shown
