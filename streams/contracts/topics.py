"""The topics: their names, the list in `avro/topics.yaml`, and its differences from a broker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from streams.contracts.avro import contract_file

VERIFICATIONS = "idv.verifications"
ALERTS = "idv.alerts"
CASES = "idv.cases"
DISPOSITIONS = "idv.dispositions"
AUDIT = "idv.audit"
REJECTED = "idv.rejected"
REPLAYS = "idv.replays"
FETCHES = "idv.fetches"
STAGE_TOPICS = {
    "links": "idv.stage.links",
    "sessions": "idv.stage.sessions",
    "cases": "idv.stage.cases",
}
"""Stage with state → the topic of its messages. Its table has the stage's name."""

_RAW = "idv.raw."

Profile = Literal["dev", "production"]

_UNITS_MS = {"h": 3_600_000, "d": 86_400_000}


def raw_topic(vendor: str) -> str:
    """The topic of a vendor's raw records."""
    return f"{_RAW}{vendor}"


def vendor_of(topic: str) -> str | None:
    """The vendor of a raw topic; None for every other topic."""
    return topic.removeprefix(_RAW) if topic.startswith(_RAW) else None


def changelog_topic(app_id: str, table: str) -> str:
    """The changelog topic of a table, by Faust's naming."""
    return f"{app_id}-{table}-changelog"


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    """One topic. `schema` is the format of its values, `source` the input topic of a changelog."""

    name: str
    description: str
    schema: str
    key: str
    owner: str
    writers: list[str]
    readers: list[str]
    partitions: int = 8
    retention: str = "7d"
    cleanup: str = "delete"
    max_message_bytes: int = 1_048_576
    compaction_lag: str = "7d"
    """The longest time until compaction deletes old values, so that erasure completes."""
    source: str | None = None

    @property
    def retention_ms(self) -> int:
        return _millis(self.retention)

    def config(self, min_insync_replicas: int) -> dict[str, str]:
        """Kafka's own settings of the topic."""
        compaction = {"max.compaction.lag.ms": str(_millis(self.compaction_lag))}
        return {
            **(compaction if "compact" in self.cleanup else {}),
            "cleanup.policy": self.cleanup,
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes),
            "min.insync.replicas": str(min_insync_replicas),
        }


class Copies(Struct, frozen=True):
    """The copies that a profile keeps of each topic, and how many must acknowledge a record."""

    replication: int
    min_insync_replicas: int


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """A consumer group and its roles; if `prefixed`, all groups whose names begin with `name`."""

    name: str
    members: list[str]
    prefixed: bool = False


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """The file's contents, defaults filled in."""

    profiles: dict[Profile, Copies]
    groups: list[Group]
    topics: list[Topic]

    @property
    def roles(self) -> list[str]:
        """All roles that may write or read a topic."""
        return sorted({role for topic in self.topics for role in topic.writers + topic.readers})


class Existing(Struct, frozen=True):
    """A topic as a broker describes it."""

    partitions: int
    config: dict[str, str]


class Difference(Struct, frozen=True):
    """A setting of a topic that differs from the file. A missing topic has no values."""

    topic: str
    what: str
    wanted: str | None = None
    found: str | None = None


def load(partitions: int | None = None) -> Plan:
    """The plan of `avro/topics.yaml`; `partitions` overrides the number of every topic."""
    raw: dict[str, Any] = msgspec.yaml.decode(contract_file("topics.yaml").read_bytes())
    defaults = raw.pop("defaults")
    override = {} if partitions is None else {"partitions": partitions}
    topics = [defaults | topic | override for topic in raw.pop("topics")]
    return msgspec.convert(raw | {"topics": topics}, Plan)


def differences(plan: Plan, profile: Profile, existing: Mapping[str, Existing]) -> list[Difference]:
    """The differences of a broker from the plan. Ignores topics that the file does not list."""
    found = []
    for topic in plan.topics:
        present = existing.get(topic.name)
        if present is None:
            found.append(Difference(topic.name, "missing"))
            continue
        if present.partitions != topic.partitions:
            wanted, got = str(topic.partitions), str(present.partitions)
            found.append(Difference(topic.name, "partitions", wanted, got))
        for name, value in topic.config(plan.profiles[profile].min_insync_replicas).items():
            if _normal(present.config.get(name)) != _normal(value):
                found.append(Difference(topic.name, name, value, present.config.get(name)))
    return found


def _millis(span: str) -> int:
    return int(span[:-1]) * _UNITS_MS[span[-1]]


def _normal(value: str | None) -> tuple[str, ...]:
    return tuple(sorted((value or "").replace(" ", "").split(",")))
