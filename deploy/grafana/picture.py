"""Draws the dashboard: `python -m deploy.grafana.picture docs/dashboard.png`.

A real Kafka, two workers and a Prometheus run for a minute with made-up traffic; then every panel's
queries are asked and drawn by matplotlib in the panel's place. Not Grafana's own rendering, but
its queries, layout and titles, and data of a real run. Needs Debian's prometheus, and matplotlib,
which the benchmark's environment has: `.venv-bench/bin/python -m …`.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from tests.support.cluster import Cluster
from tests.support.prometheus import Prometheus
from tests.support.traffic import traffic

DASHBOARD = Path(__file__).parent / "dashboards" / "idv-streams.json"
RUN_S = 60
CHUNK = 15
COLUMNS = 24
ROW_INCHES, COLUMN_INCHES = 0.33, 0.66
NOTE = "The dashboard's own queries over a minute of made-up traffic, drawn by matplotlib."
SHOWN = 8  # lines of a legend

Series = list[tuple[str, list[float], list[float]]]


def main(target: Path) -> None:
    """Run, ask, draw."""
    dashboard = json.loads(DASHBOARD.read_text())
    with tempfile.TemporaryDirectory() as folder, Cluster(Path(folder) / "cluster", 4) as cluster:
        workers = [cluster.worker(f"worker-{number}") for number in (1, 2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.wait_until_ready()
        prometheus = Prometheus(Path(folder), workers)
        try:
            began = time.time()
            _traffic(cluster, began + RUN_S)
            found = {
                panel["id"]: _ask(prometheus, panel, began, time.time())
                for panel in dashboard["panels"]
                if panel["type"] != "row"
            }
        finally:
            prometheus.stop()
    _draw(dashboard["panels"], found, target)


def _traffic(cluster: Cluster, until: float) -> None:
    seed = 0
    while time.time() < until:
        cluster.publish(traffic(seed, CHUNK * (1 + seed % 3), subjects=200))
        seed += 1
        time.sleep(0.5)
    cluster.wait_until_drained()


def _ask(prometheus: Prometheus, panel: dict[str, Any], start: float, end: float) -> Series:
    found: Series = []
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", "15s").replace("$vendor", ".*")
        result = prometheus.get(
            "query_range", query=query, start=f"{start:.0f}", end=f"{end:.0f}", step="1"
        )["result"]
        for series in result:
            times = [point[0] - start for point in series["values"]]
            values = [float(point[1]) for point in series["values"]]
            found.append((_legend(target, series["metric"]), times, values))
    return found


def _legend(target: dict[str, Any], labels: dict[str, str]) -> str:
    written = target.get("legendFormat") or " ".join(labels.values())
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda m: labels.get(m[1], ""), written)


def _draw(panels: list[dict[str, Any]], found: dict[int, Series], target: Path) -> None:
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) + 1
    plt.style.use("dark_background")
    plt.rcParams.update({"font.size": 6.5, "axes.edgecolor": "#444", "grid.color": "#333"})
    width, height = COLUMNS * COLUMN_INCHES, rows * ROW_INCHES
    figure = plt.figure(figsize=(width, height), facecolor="#111217")
    for panel in panels:
        place = panel["gridPos"]
        left, top = place["x"] / COLUMNS, 1 - place["y"] / rows
        if panel["type"] == "row":
            figure.text(left + 0.005, top - 0.6 / rows, panel["title"], weight="bold", size=9)
            continue
        box = (
            left + 0.026,
            top - (place["h"] - 0.75) / rows,
            place["w"] / COLUMNS - 0.034,
            (place["h"] - 1.7) / rows,
        )
        axes = figure.add_axes(box, facecolor="#181b1f")
        axes.set_title(panel["title"], loc="left", size=7.5)
        {"stat": _stat, "table": _table}.get(panel["type"], _lines)(axes, panel, found[panel["id"]])
    figure.text(0.005, 0.3 / rows, NOTE, size=7, color="#999")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=80, facecolor=figure.get_facecolor())


def _lines(axes: Axes, panel: dict[str, Any], series: Series) -> None:
    loudest = sorted(series, key=lambda s: -max(s[2], default=0))
    loudest = [s for s in loudest if any(s[2])] or loudest[:1]
    for number, (name, times, values) in enumerate(loudest):
        axes.plot(times, values, lw=1, label=name if number < SHOWN else None)
    axes.grid(visible=True, lw=0.4)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: _written(value, panel))
    if any(name for name, _, _ in series):
        axes.legend(loc="upper left", fontsize=5, framealpha=0.5)


def _stat(axes: Axes, panel: dict[str, Any], series: Series) -> None:
    axes.axis("off")
    last = [_written(values[-1], panel) for _, _, values in series if values]
    axes.text(0.5, 0.45, " / ".join(last) or "no data", size=18, ha="center", va="center",
              color="#73bf69")  # fmt: skip


def _table(axes: Axes, panel: dict[str, Any], series: Series) -> None:
    axes.axis("off")
    lines = [f"{name}   {_written(values[-1], panel)}" for name, _, values in series if values]
    axes.text(0.02, 0.9, "\n".join(lines) or "no data", va="top", size=7)


def _written(value: float, panel: dict[str, Any]) -> str:
    unit = panel["fieldConfig"]["defaults"].get("unit", "none")
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    if unit == "bytes":
        return f"{value / 2**20:.3g} MiB"
    if unit == "s":
        return f"{1000 * value:.3g} ms" if abs(value) < 1 else f"{value:.3g} s"
    return f"{value:.4g}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
