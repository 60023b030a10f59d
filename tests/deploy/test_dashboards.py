"""Every query of dashboard and rules uses metrics that a service exports."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.console import metrics as console
from streams.fetch import metrics as fetch
from streams.gateway import metrics as gateway
from streams.worker.ops import metrics
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/idv-streams.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
PROVISIONING = DEPLOY / "grafana/provisioning"
PROMETHEUS = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

# What a query may name beside metrics: PromQL's own words and functions.
WORDS = {
    "absent", "and", "by", "count", "deriv", "histogram_quantile", "increase", "max", "min",
    "offset", "on", "or", "rate", "round", "scalar", "sum", "time", "vector",
}  # fmt: skip
SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
    "info": ("_info",),
}
OF_PROMETHEUS = {"instance", "job", "le"}


def exported() -> dict[str, set[str]]:
    """Names of all series that the services export, and the labels of each."""
    every = (*metrics.every(), *gateway.every(), *fetch.every(), *console.every())
    labels = {
        name: set(metric._labelnames)
        for metric in every
        for family in metric.describe()
        for name in [family.name]
    }
    return {
        f"{family.name}{suffix}": labels.get(family.name, set())
        for registry in (metrics.registry, gateway.registry, fetch.registry, console.registry)
        for family in registry.collect()
        for suffix in SUFFIXES.get(family.type, ("",))
    }


RULE_FILES = sorted((DEPLOY / "prometheus/rules").glob("*.yml"))
RULES: list[dict[str, Any]] = [
    rule
    for path in RULE_FILES
    for group in yaml.safe_load(path.read_text())["groups"]
    for rule in group["rules"]
]


def recorded() -> dict[str, set[str]]:
    """Names of all series that the recording rules make, and the labels of each."""
    return {
        rule["record"]: {
            label.strip()
            for by in re.findall(r"\bby \(([^)]*)\)", rule["expr"])[:1]
            for label in by.split(",")
        }
        for rule in RULES
        if "record" in rule
    }


EXPORTED = exported() | recorded() | {"up": set()}


def rule_queries(node: Any) -> Iterator[str]:
    """All values of `expr` in a rules file."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "expr":
                yield str(value)
            else:
                yield from rule_queries(value)
    elif isinstance(node, list):
        for item in node:
            yield from rule_queries(item)


PANEL_QUERIES = [
    pytest.param(target["expr"], target["legendFormat"], id=f"{panel['title']} {target['refId']}")
    for panel in PANELS
    for target in panel["targets"]
]
RULE_QUERIES = [
    pytest.param(query, "", id=f"{path.name} {number}")
    for path in sorted((DEPLOY / "prometheus").rglob("*.y*ml"))
    for number, query in enumerate(rule_queries(yaml.safe_load(path.read_text())))
]


def used(query: str) -> tuple[set[str], set[str]]:
    """The metrics and the labels that a query names."""
    selectors = re.findall(r"\{([^}]*)\}", query)
    labels = {name for selector in selectors for name in re.findall(r"(\w+)\s*[=!]", selector)}
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\"[^\"]*\"", " ", query)
    groupings = re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", bare)
    labels |= {name.strip() for grouping in groupings for name in grouping.split(",")}
    bare = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    return set(re.findall(r"\b[a-z_:][\w:]*", bare)) - WORDS, labels


@pytest.mark.parametrize(("query", "legend"), [*PANEL_QUERIES, *RULE_QUERIES])
def test_queries_ask_for_what_is_exported(query: str, legend: str) -> None:
    names, labels = used(query)
    assert names, "a query of nothing"
    assert names <= EXPORTED.keys()
    known = OF_PROMETHEUS.union(*(EXPORTED[name] for name in names))
    assert labels <= known
    assert set(re.findall(r"\{\{\s*(\w+)\s*\}\}", legend)) <= known & (labels | OF_PROMETHEUS)


@pytest.mark.parametrize(
    "query",
    [
        "sum(rate(idv_event_total[5m]))",
        "sum by (decision) (rate(idv_rejected_total[5m]))",
        'idv_events_total{subject="x"}',
        "idv_events_bucket",
    ],
)
def test_a_query_of_what_is_not_exported_is_seen(query: str) -> None:
    names, labels = used(query)
    known = OF_PROMETHEUS.union(*(EXPORTED.get(name, set()) for name in names))
    assert not (names <= EXPORTED.keys() and labels <= known)


def test_the_choice_of_vendors_comes_from_an_exported_label() -> None:
    (vendor,) = (v for v in DASHBOARD["templating"]["list"] if v["type"] == "query")
    asked = re.fullmatch(r"label_values\((\w+), (\w+)\)", vendor["query"]["query"])
    assert asked
    assert asked[2] in EXPORTED[asked[1]]
    assert vendor["definition"] == vendor["query"]["query"]


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    shown = {name for query, _ in (p.values for p in PANEL_QUERIES) for name in used(str(query))[0]}
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown}
    ours = {re.sub(r"_(bucket|count|sum)$", "", n) for n in exported() if n.startswith("idv_")}
    assert ours - families == set()


def test_promtool_understands_every_query(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here (Debian: apt-get install prometheus)")
    queries = [str(p.values[0]).replace("$__rate_interval", "1m") for p in PANEL_QUERIES]
    rules = [{"record": f"panel:{n}", "expr": query} for n, query in enumerate(queries)]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    for command in (["rules", file], ["config", DEPLOY / "prometheus/prometheus.yml"]):
        checked = [promtool, "check", *map(str, command)]
        done = subprocess.run(checked, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr


# -- how the parts find each other -------------------------------------------------------------


def test_prometheus_scrapes_what_the_compose_file_runs() -> None:
    scrapes = {s["job_name"]: s["static_configs"] for s in PROMETHEUS["scrape_configs"]}
    services = ("worker", "gateway", "fetch", "console")
    for service in services:
        port = SERVICES[service]["environment"]["IDV_METRICS_PORT"]
        assert scrapes.pop(f"idv-{service}") == [{"targets": [f"{service}:{port}"]}]
    assert scrapes == {}
    queries = " ".join(str(p.values[0]) for p in (*PANEL_QUERIES, *RULE_QUERIES))
    assert set(re.findall(r'job="([^"]*)"', queries)) == {f"idv-{name}" for name in services}


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    (source,) = yaml.safe_load((PROVISIONING / "datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    port = SERVICES["prometheus"]["ports"][0].rpartition(":")[2]
    assert source["url"] == f"http://prometheus:{port}"
    assert source["jsonData"]["timeInterval"] == PROMETHEUS["global"]["scrape_interval"]
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards/idv-streams.yml").read_text())[
        "providers"
    ]
    grafana = SERVICES["grafana"]
    mounts = dict(v.split(":")[:2] for v in grafana["volumes"])
    assert mounts["./deploy/grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/{DASHBOARD['uid']}.json"


def test_panels_are_described_and_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert all(panel["description"] and panel["targets"] for panel in PANELS)
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
