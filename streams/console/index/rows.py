"""Records of the topics → rows of the index. Pure.

A row keeps the record's Avro body, and beside it only what is searched, filtered or counted by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from streams.contracts.avro import Writers, decode
from streams.contracts.model import CaseState, Environment
from streams.contracts.topics import ALERTS, CASES, DISPOSITIONS, REJECTED, VERIFICATIONS
from streams.kafka.dead_letters import read as dead_letter

TOPICS = (CASES, ALERTS, VERIFICATIONS, DISPOSITIONS, REJECTED)
UNMAPPED = "unmapped:"

Values = tuple[Any, ...]


class UnreadableError(ValueError):
    """A record that is not what its topic holds."""


class CaseRow(Struct, frozen=True):
    """`tags` are what cases are filtered by: `rule:…` and `vendor:…`. `at_ms` is the time of the
    record, not of the event: topics forget by it, and so does the index.
    """

    case_id: str
    at_ms: int
    values: Values
    tags: frozenset[str]
    sessions: frozenset[str]


class EventRow(Struct, frozen=True):
    """A decision, alert or verdict. `counts` are `(vendor, what)` for the page Health."""

    table: str
    at_ms: int
    values: Values
    counts: tuple[tuple[str, str], ...] = ()


class Erased(Struct, frozen=True):
    """A tombstone: everything about the subject in this environment goes."""

    subject_key: str
    environment: Environment = Environment.LIVE


Row = CaseRow | EventRow | Erased


def rows(record: Any, writers: Writers | None) -> Iterator[Row]:
    """The rows of a consumer's record. Raises UnreadableError."""
    if record.topic == REJECTED:
        yield from _rejected(record)
    elif record.value is None:
        if record.topic == CASES and record.key is not None:
            yield _erased(record.key.decode(errors="replace"))
    else:
        try:
            _, found = decode(record.value, writers)
            yield _ROWS[record.topic](found, record)
        except (ValueError, EOFError, LookupError, TypeError, OverflowError) as error:
            raise UnreadableError(type(error).__name__) from error


def _erased(key: str) -> Erased:
    """`Case.key` taken apart: a sandbox marks its keys."""
    for environment in Environment:
        subject = key.removeprefix(f"{environment}|")
        if subject != key:
            return Erased(subject, environment)
    return Erased(key)


def expired(row: Row, before_ms: int) -> bool:
    """Of an earlier record, and no open case."""
    match row:
        case EventRow():
            return row.at_ms < before_ms
        case CaseRow():
            return row.at_ms < before_ms and row.values[3] == CaseState.CLOSED
    return False


def _case(case: dict[str, Any], record: Any) -> CaseRow:
    signs = {c["rule"] for c in case["contributions"] if c["alerts"]}
    found = [*case["alerts"], *case["decisions"]]
    values = (
        case["case_id"], case["subject_key"], case["environment"], case["state"], case["band"],
        case["score"], _millis(case["changed_at"]), record.timestamp, record.value,
    )  # fmt: skip
    return CaseRow(
        case["case_id"],
        record.timestamp,
        values,
        frozenset([*(f"rule:{rule}" for rule in signs), *(f"vendor:{f['vendor']}" for f in found)]),
        frozenset(f["session_id"] for f in found),
    )


def _alert(alert: dict[str, Any], record: Any) -> EventRow:
    return _event("alerts", record, alert["alert_id"], _subject(alert), alert, "occurred_at")


def _verification(event: dict[str, Any], record: Any) -> EventRow:
    unmapped = (r for r in event["reasons"] if r.startswith(UNMAPPED))
    counts = tuple((event["vendor"], what) for what in ("decision", *unmapped))
    subject = _subject(event)
    return _event("verifications", record, event["event_id"], subject, event, "occurred_at", counts)


def _disposition(given: dict[str, Any], record: Any) -> EventRow:
    identity, subject = given["disposition_id"], given["subject_key"]
    return _event("dispositions", record, identity, subject, given, "decided_at")


def _event(
    table: str,
    record: Any,
    identity: str,
    subject: str,
    found: dict[str, Any],
    time: str,
    counts: tuple[tuple[str, str], ...] = (),
) -> EventRow:
    at = record.timestamp
    values = (identity, subject, found["environment"], _millis(found[time]), at, record.value)
    return EventRow(table, at, values, counts)


def _subject(found: dict[str, Any]) -> str:
    """The record's key, as it is made."""
    return found["subject_id"] or f"{found['vendor']}:{found['session_id']}"


def _rejected(record: Any) -> Iterator[EventRow]:
    letter = dead_letter(record)
    if letter is None:
        raise UnreadableError("no dead letter of ours")
    counts = ((letter.vendor or "none", f"rejected:{letter.code}"),)
    # What was rejected may hold anything: of it, the index has no more than the reason.
    values = (f"{letter.partition}/{letter.offset}", "", "", letter.at, letter.at, b"")
    yield EventRow("rejected", letter.at, values, counts)


_ROWS: dict[str, Callable[[dict[str, Any], Any], Row]] = {
    CASES: _case,
    ALERTS: _alert,
    VERIFICATIONS: _verification,
    DISPOSITIONS: _disposition,
}

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def _millis(moment: datetime) -> int:
    return (moment - _START) // _MILLISECOND
