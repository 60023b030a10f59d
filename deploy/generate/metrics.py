"""docs/metrics.md: every metric, from the modules `metrics` of the services."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prometheus_client.metrics import Histogram, MetricWrapperBase

from streams.console import metrics as console
from streams.fetch import metrics as fetch
from streams.gateway import metrics as gateway
from streams.worker.ops import metrics

PATH = "docs/metrics.md"
_HEAD = """\
<!-- Written by `make docs` from `metrics` of worker/ops, gateway, fetch and console. -->
# Metrics

Served at `/metrics` of each worker, with those of its process (`process_*`, `python_*`). Labels are
our own names only, never an id, an address or other free text of a payload; a test limits the
number of series per worker. Alerts: [runbooks](runbooks.md). Dashboard:
`deploy/grafana/dashboards/idv-streams.json`.

"""
_GATEWAY = """
## Gateway

Served at `/metrics` of each `idv gateway`.

"""
_FETCH = """
## Fetched results

Served at `/metrics` of each `idv fetch`.

"""
_CONSOLE = """
## Console

Served at `/metrics` of each `idv console`, on a port of their own.

"""
_COLUMNS = """\
| metric | type | labels | meaning |
|---|---|---|---|
"""


def files(root: Path) -> dict[str, str]:
    """The document."""
    del root
    parts = ((_HEAD, metrics), (_GATEWAY, gateway), (_FETCH, fetch), (_CONSOLE, console))
    return {PATH: "".join(head + _table(module.every()) for head, module in parts)}


def _table(shown: Iterable[MetricWrapperBase]) -> str:
    return _COLUMNS + "".join(map(_row, shown))


def _row(metric: MetricWrapperBase) -> str:
    (family,) = metric.describe()
    name = family.name + ("_total" if family.type == "counter" else "")
    labels = ", ".join(f"`{label}`" for label in metric._labelnames)
    meaning = family.documentation
    if isinstance(metric, Histogram):
        bounds = [f"{bound:g}" for bound in metric._upper_bounds[:-1]]
        meaning += f" Buckets {bounds[0]} to {bounds[-1]}."
    return f"| `{name}` | {family.type} | {labels} | {meaning} |\n"
