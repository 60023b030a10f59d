"""Reports the records about a subject in topics, and when they expire.

Kafka deletes whole segments: a record is deleted when the newest record of its segment is older
than the topic's retention. So the reported date is the latest possible one: the record's time, plus
retention, plus the time of one segment. Settings come from the broker, not from avro/topics.yaml.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from msgspec import Struct

from streams.cli.commands.scan import scan
from streams.cli.commands.wire import decode
from streams.config.clock import wall_clock
from streams.contracts.avro import UnknownSchemaError, iso_millis
from streams.contracts.topics import (
    ALERTS,
    AUDIT,
    CASES,
    DISPOSITIONS,
    REJECTED,
    REPLAYS,
    STAGE_TOPICS,
    VERIFICATIONS,
    load,
    vendor_of,
)
from streams.kafka.admin import topic_settings
from streams.kafka.dead_letters import read as read_letter


class Remaining(Struct, frozen=True):
    """`records` None: the number is unknown. `until` None: nothing was found."""

    topic: str
    records: int | None
    until: str | None
    what: str


class Found(Struct):
    """Records about the subject and the time of the newest (epoch ms)."""

    records: int = 0
    newest: int = 0

    def add(self, timestamp: int) -> None:
        self.records += 1
        self.newest = max(self.newest, timestamp)


async def retention_report(
    consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient, subject: str
) -> list[Remaining]:
    """A row per topic. Raw records are the sources of the subject's verifications."""
    topics = [t.name for t in load().topics if t.name != REPLAYS]
    settings = await topic_settings(admin, topics)
    found: dict[str, Found] = defaultdict(Found)
    for topic in (VERIFICATIONS, ALERTS, CASES, DISPOSITIONS, AUDIT):
        async for record in scan(consumer, topic):
            if _contains(record, subject):
                found[topic].add(record.timestamp)
                if raw := _raw(record, subject):
                    found[raw].add(record.timestamp)
    async for record in scan(consumer, REJECTED):
        if _letter_contains(record, subject):
            found[REJECTED].add(record.timestamp)
    return [_row(topic, found[topic], settings[topic]) for topic in topics]


def _row(topic: str, found: Found, settings: dict[str, str]) -> Remaining:
    segment = int(settings["segment.ms"])
    if "compact" in settings["cleanup.policy"]:
        # Earlier state stays until the log is compacted.
        gone = wall_clock() + int(settings["max.compaction.lag.ms"]) + segment
        return Remaining(topic, None, _day(gone), "earlier values, until compaction")
    keep = int(settings["retention.ms"]) + segment
    if topic in STAGE_TOPICS.values():
        return Remaining(
            topic, None, _day(wall_clock() + keep), "events in process, and this request"
        )
    what = "records that contain the subject"
    if vendor_of(topic):
        what = "raw records of the subject's verifications"
    elif topic == REJECTED:
        what += " in key, header or payload; broken payloads may hide it"
    until = _day(found.newest + keep) if found.records else None
    return Remaining(topic, found.records, until, what)


def _contains(record: Any, subject: str) -> bool:
    """True for its own events, alerts, case, verdicts and audits, and for those linked with it."""
    if subject.encode() not in (record.value or b""):
        return False
    try:
        _, event = decode(record.value)
    except UnknownSchemaError:
        return True
    linked = [
        *event.get("linked", []),
        *(x for d in event.get("enrichment", {}).get("duplicates", []) for x in d["linked"]),
    ]
    ids = {event.get(name) for name in ("subject_id", "vendor_subject_id", "subject_key")}
    return subject in ids or any(other["subject_id"] == subject for other in linked)


def _raw(record: Any, subject: str) -> str | None:
    """The raw topic of a verification of the subject, else None."""
    try:
        kind, event = decode(record.value)
    except UnknownSchemaError:
        return None
    own = kind == "verification" and subject in (event["subject_id"], event["vendor_subject_id"])
    return str(event["raw"]["topic"]) if own else None


def _letter_contains(record: Any, subject: str) -> bool:
    letter = read_letter(record)
    if letter is None:
        return False
    needle = subject.encode()
    quoted = b'"' + needle + b'"'
    return (
        letter.key == needle
        or any(value == needle for _, value in letter.headers)
        or quoted in (letter.value or b"")
    )


def _day(millis: int) -> str:
    return iso_millis(millis)[:10]
