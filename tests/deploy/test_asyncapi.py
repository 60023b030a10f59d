"""docs/asyncapi.yaml is an AsyncAPI 3 document and describes topics and headers correctly."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.generate.asyncapi import INTERNAL, document
from streams.contracts import headers
from streams.contracts.avro import CONTRACTS, ce_headers
from streams.contracts.model import Alert, RawRecord, Rejection, Verification
from streams.contracts.topics import load
from streams.worker.codec import rejected_headers
from tests.support.contract_shapes import alert, verification
from tests.support.paths import ROOT

SPECIFICATION = Path.home() / ".cache/idv-streams/tools/asyncapi-3.0.0.json"
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text())
MESSAGES = DOCUMENT["components"]["messages"]


def problems(found: dict[str, Any]) -> list[str]:
    """What AsyncAPI's own JSON schema has against a document."""
    if not SPECIFICATION.exists():
        pytest.skip("no AsyncAPI schema here (`make tools` fetches it, with npm)")
    specification = json.loads(SPECIFICATION.read_text())
    kind = jsonschema.validators.validator_for(specification)
    return [error.json_path for error in kind(specification).iter_errors(found)]


def test_the_document_is_valid() -> None:
    assert problems(DOCUMENT) == []


def test_a_document_that_is_not_valid_is_seen() -> None:
    broken = copy.deepcopy(DOCUMENT)
    broken["operations"]["send.alerts"]["action"] = "publish"
    assert problems(broken) != []


def test_references_lead_somewhere() -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [r for value in node.values() for r in references(value)]
        return [r for item in node for r in references(item)] if isinstance(node, list) else []

    found = references(DOCUMENT)
    assert found
    for reference in found:
        node: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node


def test_channels_are_the_topics_that_others_use() -> None:
    topics = {topic.name: topic for topic in load().topics if topic.schema != INTERNAL}
    channels = {channel["address"]: channel for channel in DOCUMENT["channels"].values()}
    assert channels.keys() == topics.keys()
    for name, channel in channels.items():
        kafka = channel["bindings"]["kafka"]
        assert kafka["partitions"] == topics[name].partitions
        assert kafka["topicConfiguration"]["retention.ms"] == topics[name].retention_ms


def test_workers_receive_raw_records_and_send_the_rest() -> None:
    actions = {(o["action"], o["channel"]["$ref"]) for o in DOCUMENT["operations"].values()}
    received = {channel.split(".", 1)[0] for action, channel in actions if action == "receive"}
    sent = {channel for action, channel in actions if action == "send"}
    assert received == {f"#/channels/{name}" for name in ("raw", "cases", "dispositions")}
    results = ("verifications", "alerts", "cases", "rejected")
    assert sent == {f"#/channels/{name}" for name in results}


@pytest.mark.parametrize("kind", CONTRACTS)
def test_payloads_are_the_contracts(kind: str) -> None:
    assert MESSAGES[kind]["payload"]["schema"] == CONTRACTS[kind]


def test_headers_are_those_of_the_records() -> None:
    record = RawRecord("idv.raw.alice", 0, 7, 1_778_752_800_000, None, b"{}", ())
    rejection = Rejection("unknown_shape", "no report", "normalize")
    rejected = {name for name, _ in rejected_headers(record, rejection)}
    assert MESSAGES["rejected"]["headers"]["properties"].keys() == rejected
    raw = {headers.SUBJECT, headers.ENVIRONMENT, headers.RECEIVED_AT}
    assert MESSAGES["raw"]["headers"]["properties"].keys() == raw


@pytest.mark.parametrize(("kind", "event"), [("verification", verification()), ("alert", alert())])
def test_an_events_headers_are_in_the_document(kind: str, event: Verification | Alert) -> None:
    described = MESSAGES[kind]["headers"]
    assert [name for name, _ in ce_headers(event)] == described["required"]
    jsonschema.validate({name: value.decode() for name, value in ce_headers(event)}, described)


def test_the_document_is_of_plain_data() -> None:
    assert json.loads(json.dumps(document())) == document()
