"""Cases on a real Kafka: from alerts to a case, an analyst's verdict, and what it does to the next
alert.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from streams.cli.demo.story import load
from streams.contracts.avro import as_json, decode
from streams.kafka.producer import Outgoing
from tests.support.cluster import Cluster

pytestmark = pytest.mark.xdist_group("kafka-cases")

NOON = 1_778_760_000


def far_away(session: str, subject: str, minutes: int) -> Outgoing:
    """The demo's Berlin passport from an address in São Paulo."""
    (step,) = [step for step in load() if "São Paulo" in step.title]
    assert isinstance(step.payload, dict)
    about = {"session_id": session, "vendor_data": subject}
    at = {"timestamp": NOON + 60 * minutes, "event_id": f"event-{session}"}
    decision = step.payload["decision"] | about
    hook = step.payload | about | at | {"decision": decision}
    return Outgoing("idv.raw.didit", session.encode(), json.dumps(hook).encode())


def cases_of(cluster: Cluster, subject: str) -> list[dict[str, Any]]:
    """All changes of a subject's case, in order."""
    found = [r for r in cluster.read("idv.cases") if r.key == subject.encode()]
    return [as_json(*decode(record.value)) for record in found if record.value]


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)
    return found


def idv(cluster: Cluster, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", *arguments, "--bootstrap", cluster.bootstrap],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_from_an_alert_to_a_verdict_and_what_it_mutes(cluster: Cluster) -> None:
    worker = cluster.worker()
    worker.start()
    worker.wait_until_ready()
    cluster.produce([far_away("s-1", "cust-1", 0)])
    first = wait_for(lambda: cases_of(cluster, "cust-1"))[-1]
    assert (first["state"], first["band"]) == ("OPEN", "MEDIUM")
    assert [c["rule"] for c in first["contributions"]] == ["ip_distance"]
    assert [d["decision"] for d in first["decisions"]] == ["APPROVED"]

    listed = idv(cluster, "cases", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    assert [c["case_id"] for c in map(msgspec.json.decode, listed.stdout.splitlines())] == [
        first["case_id"]
    ]
    shown = idv(cluster, "cases", "show", "cust-1")
    assert "ip_distance" in shown.stdout
    assert "MEDIUM" in shown.stdout
    explained = idv(cluster, "explain", "--case", "cust-1")
    assert "ip_distance MEDIUM place: 22 dB, 22 after 0 days" in explained.stdout
    assert "score 22 MEDIUM; written as 22 MEDIUM" in explained.stdout
    missing = idv(cluster, "cases", "show", "nobody")
    assert (missing.returncode, "there is no case nobody" in missing.stderr) == (1, True)
    wrong = idv(cluster, "cases", "close", "cust-1", "--verdict", "unknown", "--reason", "x")
    assert wrong.returncode == 2

    closed = idv(
        cluster, "cases", "close", first["case_id"], "--verdict", "false_alarm",
        "--reason", "travels for work", "--by", "ana",
    )  # fmt: skip
    assert closed.returncode == 0, closed.stderr
    (audit,) = [as_json(*decode(record.value)) for record in cluster.read("idv.audit")]
    assert (audit["action"], audit["done_by"], audit["case_id"]) == (
        "VERDICT",
        "ana",
        first["case_id"],
    )
    after = wait_for(lambda: [c for c in cases_of(cluster, "cust-1") if c["state"] == "CLOSED"])[-1]
    assert (after["verdict"], after["closed_by"], after["score"]) == ("FALSE_ALARM", "ana", 0)

    cluster.produce([far_away("s-2", "cust-1", 60)])
    quiet = wait_for(lambda: [c for c in cases_of(cluster, "cust-1") if len(c["alerts"]) == 2])[-1]
    assert (quiet["state"], quiet["score"]) == ("CLOSED", 0)
    page = worker.read("/metrics") or ""
    assert 'idv_case_verdicts_total{rule="ip_distance",verdict="FALSE_ALARM"} 1.0' in page

    changes = [c["change_id"] for c in cases_of(cluster, "cust-1")]
    assert len(set(changes)) == len(changes)

    cluster.produce([Outgoing("idv.dispositions", b"k", b"no verdict")])
    wait_for(lambda: [r for r in cluster.read("idv.rejected") if r.value == b"no verdict"])

    erased = idv(cluster, "erase", "cust-1", "--send")
    assert erased.returncode == 0, erased.stderr
    last = wait_for(
        lambda: [r for r in cluster.read("idv.cases") if r.key == b"cust-1" and r.value is None]
    )
    assert last
    assert worker.stop() == 0
