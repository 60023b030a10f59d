"""A running worker adopts new thresholds without a restart, and refuses invalid ones."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from streams.cli.commands.show import decoded
from streams.cli.demo.processes import ServiceProcess
from tests.support.cluster import Cluster
from tests.support.traffic import Delivery

pytestmark = pytest.mark.xdist_group("kafka-settings")


def vpn_session(number: int) -> Delivery:
    session = f"session-{number}"
    payload = {
        "event_id": f"event-{number}", "webhook_type": "status.updated", "session_id": session,
        "status": "Approved", "vendor_data": f"customer-{number}", "timestamp": int(time.time()),
        "decision": {
            "session_id": session, "status": "Approved", "vendor_data": f"customer-{number}",
            "ip_analyses": [{"status": "Approved", "node_id": "ip", "is_vpn_or_tor": True}],
        },
    }  # fmt: skip
    return Delivery("didit", session.encode(), msgspec.json.encode(payload))


def wait_for(worker: ServiceProcess, series: str) -> None:
    deadline = time.monotonic() + 20
    while series not in (worker.read("/metrics") or ""):
        assert time.monotonic() < deadline, f"no {series}"
        time.sleep(0.1)


def test_new_thresholds_hold_without_a_restart(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "idv.toml"
    file.write_text("")
    worker = cluster.worker(environment={"IDV_CONFIG": str(file)})
    worker.start()
    worker.wait_until_ready()
    steps = (
        ("", 'idv_policy_reloads_total{result="adopted"} 0.0'),
        ("[rules.anonymous_ip]\nenabled = false\n", 'idv_policy_reloads_total{result="adopted"} 1'),
        ("[rules.anonymous_ip]\nenabled = 7\n", 'idv_policy_reloads_total{result="refused"} 1'),
        ("[rules.anonymous_ip]\nanonymous = 'HIGH'\n", '_reloads_total{result="adopted"} 2'),
    )
    for number, (settings, series) in enumerate(steps):
        file.write_text(settings)
        wait_for(worker, series)
        cluster.publish([vpn_session(number)])
        cluster.wait_until_drained()
    assert worker.stop() == 0
    alerts = [decoded(record) for record in cluster.read("idv.alerts")]
    told = {a["session_id"]: a["severity"] for a in alerts if a["rule"] == "anonymous_ip"}
    assert told == {"session-0": "LOW", "session-3": "HIGH"}
    assert len({a["evidence"]["policy_version"] for a in alerts}) == 2
    assert "settings refused" in worker.log.read_text()
