"""Formats records of the decision topics, as a JSON object or one coloured line."""

from __future__ import annotations

from typing import Any

from streams.cli.commands.terminal import visible
from streams.cli.commands.wire import decode
from streams.contracts.avro import UnknownSchemaError, as_json
from streams.contracts.topics import ALERTS, REJECTED
from streams.kafka.dead_letters import read

_DECISION_STYLE = {
    "APPROVED": "green", "DECLINED": "red", "REVIEW": "yellow", "PENDING": "cyan",
    "EXPIRED": "magenta", "ERROR": "red", "UNDETERMINED": "bright_black",
}  # fmt: skip
_SEVERITY_STYLE = {"HIGH": "bold red", "MEDIUM": "red", "LOW": "yellow", "INFO": "cyan"}


def decoded(record: Any) -> dict[str, Any]:
    """The JSON object of a consumer record of idv.verifications, idv.alerts or idv.rejected.

    A rejected record shows reason and origin, never its payload.
    """
    if record.topic == REJECTED:
        letter = read(record)
        if letter is not None:
            return letter.summary()
        return _unreadable("no worker wrote this dead letter", record)
    try:
        kind, value = decode(record.value or b"")
    except UnknownSchemaError as error:
        return _unreadable(str(error), record)
    return as_json(kind, value)


def _unreadable(why: str, record: Any) -> dict[str, Any]:
    return {"error": why, "partition": record.partition, "offset": record.offset}


def as_line(topic: str, value: dict[str, Any]) -> str:
    """One line in rich's markup."""
    if "error" in value:
        return f"[red]unreadable[/] {visible(value['error'])}"
    if topic == REJECTED:
        where = f"{value.get('topic')}[{value.get('partition')}]@{value.get('offset')}"
        return (
            f"[red]rejected[/] {visible(value.get('code', '?'))}  "
            f"{visible(value.get('message', ''))}  [dim]{visible(where)}[/]"
        )
    when = f"[dim]{value['occurred_at'][:19].replace('T', ' ')}[/]"
    who = visible(f"{value['vendor']:<8}{value['subject_id'] or value['session_id']}")
    if topic == ALERTS:
        style = _SEVERITY_STYLE[value["severity"]]
        title = visible(value["title"])
        return f"{when}  [{style}]{value['severity']:<7}{value['rule']}[/]  {who}  {title}"
    style = _DECISION_STYLE[value["decision"]]
    flags = "  [dim]" + visible(", ".join(value["flags"])) + "[/]" if value["flags"] else ""
    return f"{when}  [{style}]{value['decision']:<13}[/]{who}{flags}"
