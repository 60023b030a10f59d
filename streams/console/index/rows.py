"""Records of the topics → rows of the index. Pure.

A row keeps the record's Avro body, and beside it only what is searched, filtered or counted by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from streams.contracts.avro import Writers, decode
from streams.contracts.topics import ALERTS, CASES, DISPOSITIONS, REJECTED, VERIFICATIONS
from streams.kafka.dead_letters import read as dead_letter

TOPICS = (CASES, ALERTS, VERIFICATIONS, DISPOSITIONS, REJECTED)
UNMAPPED = "unmapped:"

Values = tuple[Any, ...]


class UnreadableError(ValueError):
    """A record that is not what its topic holds."""


class CaseRow(Struct, frozen=True):
    """`tags` are what cases are filtered by: `rule:…` and `vendor:…`."""

    case_id: str
    values: Values
    tags: frozenset[str]
    sessions: frozenset[str]


class EventRow(Struct, frozen=True):
    """A decision, alert or verdict. `counts` are `(vendor, what)` for the page Health."""

    table: str
    values: Values
    counts: tuple[tuple[str, str], ...] = ()
    at_ms: int = 0


class Erased(Struct, frozen=True):
    """A tombstone: everything about the subject goes."""

    subject_key: str


Row = CaseRow | EventRow | Erased


def rows(record: Any, writers: Writers | None) -> Iterator[Row]:
    """The rows of a consumer's record. Raises UnreadableError."""
    if record.topic == REJECTED:
        yield from _rejected(record)
    elif record.value is None:
        if record.topic == CASES and record.key is not None:
            yield Erased(record.key.decode(errors="replace"))
    else:
        try:
            _, found = decode(record.value, writers)
            yield _ROWS[record.topic](found, record)
        except (ValueError, EOFError, LookupError, TypeError, OverflowError) as error:
            raise UnreadableError(type(error).__name__) from error


def expired(row: Row, before_ms: int) -> bool:
    """Of an earlier time, and no open case."""
    match row:
        case EventRow():
            return bool(row.values[3] < before_ms)
        case CaseRow():
            return bool(row.values[3] == "CLOSED" and row.values[6] < before_ms)
    return False


def _case(case: dict[str, Any], record: Any) -> CaseRow:
    signs = {c["rule"] for c in case["contributions"] if c["alerts"]}
    found = [*case["alerts"], *case["decisions"]]
    return CaseRow(
        case["case_id"],
        (
            case["case_id"], case["subject_key"], case["environment"], case["state"], case["band"],
            case["score"], _millis(case["changed_at"]), record.value,
        ),
        frozenset([*(f"rule:{rule}" for rule in signs), *(f"vendor:{f['vendor']}" for f in found)]),
        frozenset(f["session_id"] for f in found),
    )  # fmt: skip


def _alert(alert: dict[str, Any], record: Any) -> EventRow:
    subject = alert["subject_id"] or f"{alert['vendor']}:{alert['session_id']}"
    values = (
        alert["alert_id"], subject, alert["environment"], _millis(alert["occurred_at"]),
        record.value,
    )  # fmt: skip
    return EventRow("alerts", values)


def _verification(event: dict[str, Any], record: Any) -> EventRow:
    subject = event["subject_id"] or f"{event['vendor']}:{event['session_id']}"
    vendor = event["vendor"]
    unmapped = [r for r in event["reasons"] if r.startswith(UNMAPPED)]
    values = (
        event["event_id"], subject, event["environment"], _millis(event["occurred_at"]),
        record.value,
    )  # fmt: skip
    counts = ((vendor, "decision"), *((vendor, reason) for reason in unmapped))
    return EventRow("verifications", values, counts, record.timestamp)


def _disposition(verdict: dict[str, Any], record: Any) -> EventRow:
    values = (
        verdict["disposition_id"], verdict["subject_key"], verdict["environment"],
        _millis(verdict["decided_at"]), record.value,
    )  # fmt: skip
    return EventRow("dispositions", values)


def _rejected(record: Any) -> Iterator[EventRow]:
    letter = dead_letter(record)
    if letter is None:
        raise UnreadableError("no dead letter of ours")
    name = f"{letter.partition}/{letter.offset}"
    counts = ((letter.vendor or "none", f"rejected:{letter.code}"),)
    # What was rejected may hold anything: of it, the index has no more than the reason.
    yield EventRow("rejected", (name, "", "", letter.at, b""), counts, record.timestamp)


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
