"""Confluent's wire format against a real registry, read by Confluent's own deserializer."""

from __future__ import annotations

import json
import subprocess
from copy import deepcopy
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext
from typer.testing import CliRunner, Result

from streams.cli.commands import wire
from streams.cli.main import app
from streams.contracts import avro as schemas
from streams.contracts.avro import CONTRACTS, UnknownSchemaError
from streams.kafka.broker.server import free_port
from streams.kafka.registry import (
    LEVEL,
    SUBJECTS,
    Registry,
    RegistryAccess,
    RegistryError,
    ids,
    writers,
)
from tests.deploy.test_packaging import SERVICES
from tests.support.apicurio import Apicurio
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-registry")


@pytest.fixture(autouse=True)
def _set(apicurio: Apicurio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDV_SCHEMA_REGISTRY_URL", apicurio.url)
    wire._writers.cache_clear()


def client(apicurio: Apicurio) -> Registry:
    return Registry(RegistryAccess(schema_registry_url=apicurio.url))


def idv(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_health_check_of_the_compose_file_sees_it(apicurio: Apicurio) -> None:
    command = SERVICES["registry"]["healthcheck"]["test"][1:]
    for port, code in ((apicurio.port, 0), (free_port(), 1)):
        here = [part.replace("/8080", f"/{port}") for part in command]
        done = subprocess.run(here, capture_output=True, timeout=30)
        assert done.returncode == code, done.stderr


def test_schemas_are_checked_and_registered(apicurio: Apicurio, tmp_path: Any) -> None:
    missing = idv("schema", "check", "--json")
    assert missing.exit_code == 1
    assert [row["id"] for row in rows(missing)] == [None] * len(SUBJECTS)
    with pytest.raises(RegistryError, match="idv schema check"):
        ids(client(apicurio), tmp_path, may_register=False)

    registered = rows(idv("schema", "register", "--json"))
    assert [row["subject"] for row in registered] == list(SUBJECTS.values())
    assert all(row["id"] and row["level"] == LEVEL for row in registered)
    assert rows(idv("schema", "register", "--json")) == registered
    checked = idv("schema", "check")
    assert checked.exit_code == 0, checked.output
    assert "registered" in checked.output
    found = ids(client(apicurio), tmp_path, may_register=False)
    assert found == {row["kind"]: row["id"] for row in registered}


def test_the_registry_refuses_what_cannot_read_earlier_events(
    apicurio: Apicurio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the version before the last is the one that it cannot read."""
    idv("schema", "register")
    subject = SUBJECTS["alert"]
    broken = deepcopy(CONTRACTS["alert"])
    broken["fields"].append({"name": "unheard_of", "type": "string"})
    raw = SchemaRegistryClient({"url": apicurio.url})
    with pytest.raises(SchemaRegistryError, match="ncompatible"):
        raw.register_schema(subject, Schema(json.dumps(broken), "AVRO"))
    monkeypatch.setitem(CONTRACTS, "alert", broken)
    checked = idv("schema", "check", "--json")
    assert checked.exit_code == 1
    assert rows(checked)[1]["problems"] == ["it cannot read what an earlier version wrote"]
    refused = idv("schema", "register")
    assert refused.exit_code == 1
    assert "refuses" in refused.output


def test_a_worker_writes_what_confluents_deserializer_reads(
    apicurio: Apicurio, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    registry = client(apicurio)
    worker = cluster.worker(environment={"IDV_SCHEMA_REGISTRY_URL": apicurio.url})
    worker.start()
    worker.wait_until_ready()
    cluster.publish(traffic(21, 150, 10))
    cluster.wait_until_drained()
    read_registered = writers(registry)
    theirs = AvroDeserializer(SchemaRegistryClient({"url": apicurio.url}))
    for topic in ("idv.verifications", "idv.alerts"):
        records = cluster.read(topic)
        assert records
        for record in records:
            assert record.value[:1] == b"\0"
            event = theirs(record.value, SerializationContext(topic, MessageField.VALUE))
            assert event == schemas.decode(record.value, read_registered)[1]
    with pytest.raises(UnknownSchemaError, match="IDV_SCHEMA_REGISTRY_URL"):
        schemas.decode(records[0].value)
    tailed = idv(
        "tail", "alerts", "--json", "--from-beginning", "--exit-idle", "2",
        "--bootstrap", cluster.bootstrap,
    )  # fmt: skip
    assert len(rows(tailed)) == len(records)
    assert all(row["alert_id"] for row in rows(tailed))
    alert = rows(tailed)[0]
    explained = idv("explain", alert["event_id"], "--json", "--bootstrap", cluster.bootstrap)
    (told,) = rows(explained)
    assert alert["alert_id"] in {a["alert_id"] for a in told["alerts"]}

    apicurio.stop()
    assert worker.stop() == 0
    worker.start()
    worker.wait_until_ready()
    cluster.publish(traffic(22, 20, 5))
    cluster.wait_until_drained()
    assert worker.stop() == 0
    assert "using the cached ids" in worker.log.read_text()
    after = cluster.read("idv.verifications")
    assert len({record.value[:5] for record in after}) == 1

    newcomer = cluster.worker("newcomer", {"IDV_SCHEMA_REGISTRY_URL": apicurio.url})
    newcomer.start()
    assert newcomer._process is not None
    assert newcomer._process.wait(90) == 1
    assert "does not answer" in newcomer.log.read_text()
