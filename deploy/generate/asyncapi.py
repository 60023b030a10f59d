"""docs/asyncapi.yaml: topics, records and headers as an AsyncAPI 3 document, from `avro/`."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from streams.contracts.avro import CONTRACTS
from streams.contracts.topics import Topic, load

PATH = "docs/asyncapi.yaml"
INTERNAL = "internal"
_NOTE = "# Written by `make docs` from avro/: change that instead.\n"
_AVRO = "application/vnd.apache.avro;version=1.12.0"
_JSON_SCHEMA = "application/schema+json;version=draft-07"
_ENCODING = (
    "Avro: single-object encoding (C3 01 and the fingerprint of the schema), or the wire format of "
    "a schema registry (00 and the schema's id) where the workers are configured with one."
)

_RAW_HEADERS = {
    "idv-subject": "The company's own customer id, where the vendor's payload does not carry it.",
    "idv-environment": "LIVE or SANDBOX, where the payload does not say.",
    "idv-received-at": "When the vendor delivered it, in epoch milliseconds.",
}
_CLOUD_EVENT = {
    "ce_specversion": "CloudEvents: 1.0.",
    "ce_id": "CloudEvents: event_id or alert_id. Keep the first record of each.",
    "ce_type": "CloudEvents: the event's type, or `alert.` and the rule.",
    "ce_source": "CloudEvents: /idv-streams/ and the vendor.",
    "ce_time": "CloudEvents: event time, RFC 3339.",
    "ce_subject": "CloudEvents: the record's key.",
    "content-type": "application/avro",
}
_REJECTED_HEADERS = {
    "idv.error.code": "Why, for programs.",
    "idv.error.stage": "Which stage rejected it.",
    "idv.error.message": "Why, for people: paths and types, never values.",
    "idv.error.timestamp": "Timestamp of the original record, in epoch milliseconds.",
    "__streams.errors.topic": "Topic of the original record.",
    "__streams.errors.partition": "Its partition.",
    "__streams.errors.offset": "Its offset.",
}


def files(root: Path) -> dict[str, str]:
    """The document."""
    del root
    text = yaml.dump(document(), Dumper=_Plain, sort_keys=False, width=100, allow_unicode=True)
    return {PATH: _NOTE + text}


class _Plain(yaml.SafeDumper):
    """Writes the same object twice rather than as an anchor, which AsyncAPI has not."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def document() -> dict[str, Any]:
    """The document as plain data. Topics that only workers use are nobody's contract."""
    topics = [topic for topic in load().topics if topic.schema != INTERNAL]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "idv-streams",
            "version": version("idv-streams"),
            "description": "Decisions of identity-verification vendors as one stream of canonical "
            "events, and alerts about them. Delivery is at least once: a repeat has the same id.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/avro",
        "channels": {_name(topic): _channel(topic) for topic in topics},
        "operations": {
            f"{action}.{_name(topic)}": _operation(topic, action)
            for topic in topics
            for action, roles in (("receive", topic.readers), ("send", topic.writers))
            if "worker" in roles
        },
        "components": {"messages": _messages()},
    }


def _name(topic: Topic) -> str:
    return topic.name.removeprefix("idv.")


def _message(topic: Topic) -> str:
    return {"json": "raw", "original bytes": "rejected"}.get(
        topic.schema, topic.schema.removesuffix(".avsc")
    )


def _channel(topic: Topic) -> dict[str, Any]:
    message = _message(topic)
    return {
        "address": topic.name,
        "description": f"{topic.description} Key: {topic.key}. Owner: {topic.owner}.",
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "replicas": load().profiles["production"].replication,
                "topicConfiguration": {
                    "cleanup.policy": topic.cleanup.split(","),
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": topic.max_message_bytes,
                },
                "bindingVersion": "0.5.0",
            }
        },
        "x-writers": topic.writers,
        "x-readers": topic.readers,
    }


def _operation(topic: Topic, action: str) -> dict[str, Any]:
    name = _name(topic)
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{_message(topic)}"}],
    }


def _messages() -> dict[str, Any]:
    return {
        "raw": {
            "title": "A vendor's result",
            "summary": "JSON as the vendor delivered it: a bare result or a webhook's envelope.",
            "contentType": "application/json",
            "headers": _headers(_RAW_HEADERS),
            "payload": {"schemaFormat": _JSON_SCHEMA, "schema": {"type": "object"}},
        },
        **{kind: _event(kind, schema) for kind, schema in CONTRACTS.items()},
        "rejected": {
            "title": "A dead letter",
            "summary": "A record that could not become an event: its bytes, key and headers.",
            "contentType": "application/octet-stream",
            "headers": _headers(_REJECTED_HEADERS, required=list(_REJECTED_HEADERS)),
            "payload": {"schemaFormat": _JSON_SCHEMA, "schema": True},
        },
    }


def _event(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": schema["name"],
        "summary": schema["doc"].split(". ")[0] + ".",
        "description": _ENCODING,
        "contentType": "application/avro",
        "headers": _headers(_CLOUD_EVENT, required=list(_CLOUD_EVENT)),
        "payload": {"schemaFormat": _AVRO, "schema": schema},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": _KEY}, "bindingVersion": "0.5.0"}
        },
        "tags": [{"name": kind}],
    }


_KEY = "The subject's id, else vendor and session: `vendor:session_id`."


def _headers(described: dict[str, str], required: list[str] | None = None) -> dict[str, Any]:
    properties = {n: {"type": "string", "description": d} for n, d in described.items()}
    found: dict[str, Any] = {"type": "object", "properties": properties}
    return found | ({"required": required} if required else {})
