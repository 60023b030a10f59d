"""A real Prometheus scrapes all services: every rule and query finds data."""

from __future__ import annotations

import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from streams.cli.demo.processes import ServiceProcess
from streams.contracts.avro import decode, encode_disposition, typed
from streams.contracts.model import Case, Environment, Verdict
from streams.kafka.producer import Outgoing
from streams.vendors import VENDORS
from tests.console.process import ConsoleProcess
from tests.deploy.test_dashboards import PANEL_QUERIES, RULES
from tests.fetch.process import FetchProcess, thin
from tests.gateway.process import GatewayProcess, didit_hook, signed
from tests.support.cluster import Cluster
from tests.support.prometheus import Prometheus
from tests.support.traffic import traffic
from tests.support.vendor_apis import Scripted, VendorApis
from tests.worker.ops.test_metrics import most_series

pytestmark = [
    pytest.mark.xdist_group("kafka-monitoring"),
    pytest.mark.skipif(
        shutil.which("prometheus") is None,
        reason="no prometheus here (Debian: apt-get install prometheus)",
    ),
]

RECORDS = 600
WAVES = 3
WAIT_S = 60
HOOKS = 9
ALL = WAVES * (RECORDS + HOOKS)

ALERTING = {rule["alert"]: rule["expr"] for rule in RULES if "alert" in rule}
RECORDED = [rule["record"] for rule in RULES if "record" in rule]
# An alert that a healthy run may raise: the traffic holds values that no table knows.
EXPECTED = {"IdvUnmappedValues"}


def wait(until: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not until():
        assert time.monotonic() < deadline, f"{what}: not within {WAIT_S} s"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def worker(cluster: Cluster) -> ServiceProcess:
    worker = cluster.worker(environment={"IDV_RULES": '{"ip_distance": {"shadow": true}}'})
    worker.start()
    worker.wait_until_ready()
    return worker


@pytest.fixture(scope="module")
def gateway(cluster: Cluster) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(cluster.bootstrap, cluster.folder / "gateway")
    gateway.start()
    gateway.wait_until_up()
    yield gateway
    gateway.kill()


@pytest.fixture(scope="module")
def console(cluster: Cluster) -> Iterator[ConsoleProcess]:
    console = ConsoleProcess(cluster.bootstrap, cluster.folder / "console")
    console.start()
    console.wait_until_ready()
    yield console
    console.kill()


@pytest.fixture(scope="module")
def apis() -> Iterator[VendorApis]:
    with VendorApis() as running:
        running.otherwise = Scripted(status=202)  # All of the traffic's results are late.
        yield running


@pytest.fixture(scope="module")
def fetch(cluster: Cluster, apis: VendorApis) -> Iterator[FetchProcess]:
    fetch = FetchProcess(cluster.bootstrap, cluster.folder / "fetch", apis)
    fetch.start()
    fetch.wait_until_ready()
    yield fetch
    fetch.kill()


def judge(cluster: Cluster, verdict: Verdict) -> None:
    """A verdict on every case."""
    for record in cluster.read("idv.cases"):
        case = typed(decode(record.value)[1], Case)
        given = case.judged(f"{verdict}-{record.offset}", verdict, "r", "ana", case.changed_at)
        value = encode_disposition(given)
        cluster.produce([Outgoing("idv.dispositions", case.subject_key.encode(), value)])
        return


def send_hooks(gateway: GatewayProcess) -> None:
    """Some that are accepted, and one that is not."""
    for number in range(HOOKS + 1):
        body = didit_hook(f"s-{number}")
        headers = signed("didit", body if number else b"other")
        request = urllib.request.Request(f"{gateway.url}/hooks/didit", body, headers)
        with suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=10).close()


@pytest.fixture(scope="module")
def prometheus(
    cluster: Cluster,
    worker: ServiceProcess,
    gateway: GatewayProcess,
    console: ConsoleProcess,
    fetch: FetchProcess,
    apis: VendorApis,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Prometheus]:
    """A Prometheus that has seen some seconds of traffic, and all of it accounted for."""
    folder = tmp_path_factory.mktemp("prometheus")
    running = Prometheus(folder, [worker], [gateway], [console], [fetch])
    try:
        wait(running.answers, "the first scrape")
        for wave in range(WAVES):
            cluster.publish(traffic(wave, RECORDS))
            send_hooks(gateway)
            # One result that nobody can be asked for, which raises no alert.
            without = thin(f"sandbox-{wave}", environment=Environment.SANDBOX)
            cluster.produce([without])
            judge(cluster, Verdict.CONFIRMED_FRAUD)
            urllib.request.urlopen(console.url, timeout=10).close()
            cluster.wait_until_drained()
        scraped = "sum(idv_events_total) + sum(idv_rejected_total) + sum(idv_dropped_total)"
        wait(lambda: running.find(scraped) == [ALL], "all records counted")
        wait(lambda: running.find("sum(idv_state_entries) > 0"), "a look at the state's size")
        wait(lambda: running.find("idv:rejected:ratio_rate3d"), "a recorded share")
        yield running
    finally:
        running.stop()


def test_every_raw_record_is_counted_once(prometheus: Prometheus) -> None:
    counted = {name: sum(prometheus.find(f"idv_{name}_total")) for name in ("events", "rejected")}
    assert counted["events"] > 0.9 * WAVES * RECORDS
    assert counted["rejected"] > 0
    assert prometheus.find("idv_event_latency_seconds_count") == [counted["events"]]


def test_nothing_waits_when_all_is_done(prometheus: Prometheus) -> None:
    # A worker looks at its lag every now and then, and so does Prometheus at the worker.
    for unit in ("records", "seconds"):
        lag = f"idv_consumer_lag_{unit}"
        wait(lambda lag=lag: set(prometheus.find(lag)) == {0}, f"{lag} is zero")
    assert prometheus.find("idv_ready") == [1]
    assert prometheus.find("time() - idv_last_commit_timestamp_seconds")[0] < 300


def test_every_rule_can_be_evaluated(prometheus: Prometheus) -> None:
    rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
    assert len(rules) == len(RULES)
    assert {
        rule["name"]: rule.get("lastError", "") for rule in rules if rule["health"] != "ok"
    } == {}
    assert {rule["name"] for rule in rules if rule.get("state") == "firing"} <= EXPECTED


@pytest.mark.parametrize("name", RECORDED)
def test_every_recording_finds_data(prometheus: Prometheus, name: str) -> None:
    assert prometheus.find(name), "recorded nothing but NaN"


@pytest.mark.parametrize("name", ALERTING)
def test_every_alert_looks_at_something(prometheus: Prometheus, name: str) -> None:
    bare = re.sub(r"\b(?:by|on) \([^)]*\)", "", ALERTING[name])
    selectors = re.findall(r"\b(?:idv[_:]\w[\w:]*|up)\b(?:\{[^}]*\})?", bare)
    assert selectors
    assert {s: bool(prometheus.find(s)) for s in selectors} == dict.fromkeys(selectors, True)


@pytest.mark.parametrize(("query", "legend"), PANEL_QUERIES)
def test_every_panel_has_something_to_show(prometheus: Prometheus, query: str, legend: str) -> None:
    del legend
    asked = query.replace("$__rate_interval", "5m").replace("$vendor", ".*")
    assert prometheus.find(asked), "an empty panel"


def test_one_worker_keeps_to_its_label_budget(
    worker: ServiceProcess, prometheus: Prometheus, cluster: Cluster
) -> None:
    page = worker.read("/metrics") or ""
    series = [line for line in page.splitlines() if line.startswith("idv_")]
    assert 100 < len(series) <= most_series(len(VENDORS), cluster.partitions)
