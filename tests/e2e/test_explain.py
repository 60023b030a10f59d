"""`idv explain EVENT_ID` from the topics and changelogs of a real Kafka."""

from __future__ import annotations

import json

import msgspec
import pytest
from typer.testing import CliRunner

from streams.cli.commands.show import decoded
from streams.cli.main import app
from tests.simulate.payloads import payload
from tests.simulate.stories import population
from tests.support.cluster import Cluster
from tests.support.traffic import Delivery

pytestmark = pytest.mark.xdist_group("kafka-explain")


def test_an_alert_is_explained_from_topics_and_state(cluster: Cluster) -> None:
    worker = cluster.worker()
    cluster.publish(
        Delivery(a.vendor, a.subject.encode(), msgspec.json.encode(payload(a, n)))
        for n, a in enumerate(population(1, 60))
        if a.vendor in ("didit", "aiprise")
    )
    worker.start()
    worker.wait_until_ready()
    cluster.wait_until_drained()
    assert worker.stop() == 0
    alerts = [decoded(record) for record in cluster.read("idv.alerts")]
    for rule in ("duplicate_device", "ip_distance", "impossible_travel", "decision_reversed"):
        alert = [a for a in alerts if a["rule"] == rule][-1]
        for options in (["--subject", alert["subject_id"]], []):
            arguments = ["explain", alert["event_id"], "--json", "--bootstrap", cluster.bootstrap]
            done = CliRunner().invoke(app, [*arguments, *options])
            assert done.exit_code == 0, done.output
            told = json.loads(done.stdout)
            fires = [v for v in told["verdicts"] if v["rule"] == rule and v["says"] == "fires"]
            assert alert["severity"] in {v["severity"] for v in fires}
            assert told["raw"]["is_the_same"] is True
            assert alert["alert_id"] in {a["alert_id"] for a in told["alerts"]}
            assert not [v for v in told["verdicts"] if v["says"] == "unknown"]
