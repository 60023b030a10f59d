"""Results of a run: a table for the terminal, JSON and a plot for the docs."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

import matplotlib as mpl
import psutil
from rich.console import Console
from rich.table import Table

mpl.use("Agg")
from matplotlib import pyplot as plt

DOCS = Path(__file__).parents[2] / "docs" / "bench"
OURS = "#0b6e4f"
OTHERS = "#9aa5b1"
NAMES = {
    "idv": "idv-streams", "aiokafka": "aiokafka by hand", "quix": "Quix Streams",
    "bytewax": "Bytewax", "stock_faust": "stock Faust", "kafka_streams": "Kafka Streams",
    "bare": "aiohttp and aiokafka by hand",
}  # fmt: skip

Found = dict[str, Any]


def machine() -> Found:
    """Where it ran. Broker, worker and publisher share it."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
        "note": "broker, worker and publisher share the machine",
    }


def show(console: Console, found: Found) -> None:
    where = found["machine"]
    console.print(
        f"\n{where['cpu']}, {where['cores']} cores, {where['memory_gib']} GiB, {where['system']}, "
        f"Python {where['python']}; {where['note']}; load average before: {where['load_before']}."
    )
    for part, title in (("whole_job", "Whole job"), ("transport", "Transport alone, stateful")):
        if part in found:
            console.print(_rates(title, found[part]))
    if "domain" in found:
        console.print(_domain(found["domain"]))
    if "latency" in found:
        latency = found["latency"]
        console.print(
            f"Latency at {latency['rate']} records/s: p50 {latency['p50']} ms, "
            f"p99 {latency['p99']} ms raw → verification ({latency['records']} records)"
        )
    if "state" in found:
        heads = {
            "keys": "keys", "start_empty_s": "start, empty",
            "from_changelog_s": "from changelog", "from_changelog_cpu_s": "CPU of that",
            "from_disk_s": "from disk", "rate": "records/s", "cpu_us": "µs CPU/record",
            "rss_restored_mib": "MiB restored", "rss_mib": "MiB at work",
        }  # fmt: skip
        console.print(_rows("Beside much state (times in s)", heads, found["state"]))
    if "growth" in found:
        heads = {
            "records": "records", "workers": "workers", "rate": "records/s",
            "cpu_us": "µs CPU/record", "rss_mib": "MiB",
        }  # fmt: skip
        console.print(_rows("More records, more workers", heads, found["growth"]))
    if "gateway" in found:
        console.print(_gateway(found["gateway"]))
    if "console" in found:
        console.print(_page(found["console"]))


def _gateway(receivers: Found) -> Table:
    ours, bare = receivers["idv"], receivers["bare"]
    title = (
        f"Webhooks to Kafka on one core: {ours['rate'] / bare['rate']:.2f} × a bare receiver, "
        f"{bare['cpu_us'] / ours['cpu_us']:.2f} × by CPU"
    )
    table = Table("", "hooks/s", "µs CPU/hook", "p50 ms", "p99 ms", title=title)
    for name, figures in receivers.items():
        table.add_row(NAMES[name], *(f"{figures[k]:,}" for k in ("rate", "cpu_us", "p50", "p99")))
    return table


def _page(figures: Found) -> Table:
    title = (
        f"The console before {figures['cases']:,} cases and {figures['alerts']:,} alerts: index in "
        f"{figures['index_s']} s ({figures['rate']:,} records/s), {figures['index_mib']:,} MiB on "
        f"disk, {figures['rss_mib']} MiB of memory"
    )
    table = Table("", "p50 ms", "most ms", title=title)
    for name, waits in figures["pages"].items():
        table.add_row(name, f"{waits['p50']:,}", f"{waits['max']:,}")
    table.add_row(
        "first page, index not yet complete",
        f"{figures['filling_p50_ms']}", f"{figures['filling_max_ms']}",
    )  # fmt: skip
    return table


def _rates(title: str, engines: Found) -> Table:
    table = Table("", "records/s", "µs CPU/record", "MiB", "to idv", title=title)
    ours = (engines.get("idv") or {}).get("rate")
    for name, figures in engines.items():
        if figures is None:
            table.add_row(NAMES[name], "–", "–", "–", "–")
            continue
        ratio = f"{ours / figures['rate']:.2f} ×" if ours and name != "idv" else ""
        table.add_row(
            NAMES[name], f"{figures['rate']:,}", f"{figures['cpu_us']:,}",
            f"{figures['rss_mib']}", ratio,
        )  # fmt: skip
    return table


def _domain(domain: Found) -> Table:
    title = (
        f"Domain cost per decision in µs: p50 {domain['p50']}, p99 {domain['p99']}; "
        f"parse {domain['parse_over_jiter']} × jiter"
    )
    table = Table("step", *domain["steps"], title=title)
    for step in domain["steps"]["all"]:
        table.add_row(step, *(str(figures[step]) for figures in domain["steps"].values()))
    return table


def _rows(title: str, heads: dict[str, str], rows: list[Found]) -> Table:
    table = Table(*heads.values(), title=title)
    for row in rows:
        table.add_row(*(f"{row[key]:,}" for key in heads))
    return table


def save(found: Found) -> Path:
    """Write JSON and plot under docs/bench/; parts that did not run keep their old results."""
    DOCS.mkdir(parents=True, exist_ok=True)
    path = DOCS / "results.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    merged = before | found
    path.write_text(json.dumps(merged, indent=2, ensure_ascii=False) + "\n")
    _plot(merged, DOCS / "results.svg")
    return path


def _plot(found: Found, path: Path) -> None:
    parts = [(k, t) for k, t in (("whole_job", "Whole job"), ("transport", "Transport alone"))
             if k in found]  # fmt: skip
    if not parts:
        return
    mpl.rcParams["svg.hashsalt"] = "idv-streams"
    figure, axes = plt.subplots(1, len(parts), figsize=(5 * len(parts), 3), squeeze=False)
    for axis, (part, title) in zip(axes[0], parts, strict=True):
        engines = {n: f for n, f in found[part].items() if f is not None}
        bars = axis.barh(
            [NAMES[name] for name in engines],
            [figures["rate"] for figures in engines.values()],
            color=[OURS if name == "idv" else OTHERS for name in engines],
        )
        axis.bar_label(bars, fmt="{:,.0f}", padding=3)
        axis.invert_yaxis()
        axis.margins(x=0.2)
        axis.set_title(f"{title}: records/s, one process")
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def last_line(found: Found) -> str:
    """`BENCH ` and one JSON object; null for what was not run."""

    def rates(part: str, engines: tuple[str, ...]) -> dict[str, float | None]:
        figures = found.get(part, {})
        return {name: (figures.get(name) or {}).get("rate") for name in engines}

    latency = found.get("latency", {})
    state = found.get("state") or [{}]
    summary = {
        "whole_job": rates("whole_job", ("idv", "aiokafka", "quix", "bytewax", "stock_faust")),
        "transport": rates("transport", ("idv", "quix", "kafka_streams")),
        "domain_us_p50": found.get("domain", {}).get("p50"),
        "latency_ms": {"p50": latency.get("p50"), "p99": latency.get("p99")},
        "rss_mib": state[-1].get("rss_mib"),
        "gateway": rates("gateway", ("idv", "bare")),
        "console_ms": {
            "first_page": found.get("console", {}).get("pages", {}).get("first page", {}).get("p50")
        },
    }
    return "BENCH " + json.dumps(summary)
