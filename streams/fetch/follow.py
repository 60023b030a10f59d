"""Which events need a result: thin ones that were not fetched themselves. Pure."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from streams.contracts.avro import Writers
from streams.contracts.avro import decode as decode_avro
from streams.contracts.model import Decision, Environment, SessionKind
from streams.fetch.tasks import Task
from streams.pipeline.normalize.normalize import FETCHED_FLAG
from streams.vendors import FETCHES


def task_of(value: bytes | None, vendors: Container[str], writers: Writers | None) -> Task | None:
    """The task for a record of idv.verifications, if it needs one.

    A pending session has no result yet: its last webhook is waited for. Raises ValueError for a
    value that no worker wrote.
    """
    if value is None:
        return None
    _, event = decode_avro(value, writers)
    if event["vendor"] not in vendors or event["decision"] == Decision.PENDING:
        return None
    if "thin" not in event["flags"] or FETCHED_FLAG in event["flags"]:
        return None
    return new_task(event)


def new_task(event: dict[str, Any]) -> Task:
    """Due as soon as the vendor can have the result."""
    since = int(event["ingested_at"].timestamp() * 1000)
    vendor = event["vendor"]
    return Task(
        event_id=event["event_id"],
        vendor=vendor,
        session_id=event["session_id"],
        since=since,
        due=since + int(FETCHES[vendor].LIMITS.first_s * 1000),
        kind=SessionKind(event["session_kind"]),
        environment=Environment(event["environment"]),
        tenant_id=event["tenant_id"],
        subject_id=event["subject_id"],
    )
