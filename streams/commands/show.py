"""What a record of a decision topic looks like: as a JSON object, and as one coloured line."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

from streams.commands.wire import decode
from streams.schemas import UnknownSchemaError, as_json

_DECISION_STYLE = {
    "APPROVED": "green", "DECLINED": "red", "REVIEW": "yellow", "PENDING": "cyan",
    "EXPIRED": "magenta", "ERROR": "red", "UNDETERMINED": "bright_black",
}  # fmt: skip
_SEVERITY_STYLE = {"HIGH": "bold red", "MEDIUM": "red", "LOW": "yellow", "INFO": "cyan"}

ERROR_HEADERS = {
    "idv.error.code": "code",
    "idv.error.stage": "stage",
    "idv.error.message": "message",
    "__streams.errors.topic": "topic",
    "__streams.errors.partition": "partition",
    "__streams.errors.offset": "offset",
}


def decoded(record: Any) -> dict[str, Any]:
    """The JSON object of a consumer record of idv.verifications, idv.alerts or idv.rejected.

    A rejected record shows why and where it stood, never its payload.
    """
    if record.topic == "idv.rejected":
        return rejected(record.headers, record.value)
    try:
        kind, value = decode(record.value or b"")
    except UnknownSchemaError as error:
        return {"error": str(error), "partition": record.partition, "offset": record.offset}
    return as_json(kind, value)


def rejected(headers: Any, value: bytes | None) -> dict[str, Any]:
    """Code, stage, message and origin of a dead letter, and the size of what it keeps."""
    found: dict[str, Any] = {
        ERROR_HEADERS[name]: content.decode(errors="replace")
        for name, content in headers
        if name in ERROR_HEADERS
    }
    for number in ("partition", "offset"):
        if number in found:
            found[number] = int(found[number])
    return found | {"bytes": len(value or b"")}


def as_line(topic: str, value: dict[str, Any]) -> str:
    """One line for people, in rich's markup."""
    if "error" in value:
        return f"[red]unreadable[/] {escape(value['error'])}"
    if topic == "idv.rejected":
        where = f"{value.get('topic')}[{value.get('partition')}]@{value.get('offset')}"
        return (
            f"[red]rejected[/] {escape(value.get('code', '?'))}  "
            f"{escape(value.get('message', ''))}  [dim]{escape(where)}[/]"
        )
    when = f"[dim]{value['occurred_at'][:19].replace('T', ' ')}[/]"
    who = escape(f"{value['vendor']:<8}{value['subject_id'] or value['session_id']}")
    if topic == "idv.alerts":
        style = _SEVERITY_STYLE[value["severity"]]
        title = escape(value["title"])
        return f"{when}  [{style}]{value['severity']:<7}{value['rule']}[/]  {who}  {title}"
    style = _DECISION_STYLE[value["decision"]]
    flags = "  [dim]" + escape(", ".join(value["flags"])) + "[/]" if value["flags"] else ""
    return f"{when}  [{style}]{value['decision']:<13}[/]{who}{flags}"
