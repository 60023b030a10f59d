"""Which shape a payload has: a pulled result or a webhook, each read in snake_case (IDWise, "Get
Spot Check Result", "Get Journey Result", "Webhooks").
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from streams.contracts.model import Drop, Rejection
from streams.vendors.base.reader import invalid_type, read_strictly
from streams.vendors.base.values import word
from streams.vendors.idwise import tables
from streams.vendors.idwise.payload import Head, snake

_OWN = frozenset(
    {
        "journey_id", "spot_check_journey_id", "ongoing_check_id", *tables.PRECEDENCE,
        "rule_results", "spot_checks",
    }
)  # fmt: skip
_OTHERS = frozenset({"aiprise_summary", "verification_session_id", "session_id", "webhook_type"})


class Delivery(Struct, frozen=True):
    """One result, whose fields are below `path` in the payload. `event` and `hook`, the payload
    itself, are None for a pulled one.
    """

    session_id: str
    head: Head
    body: dict[str, Any]
    path: str = ""
    event: str | None = None
    hook: dict[str, Any] | None = None


def recognize(payload: dict[str, Any]) -> Delivery | Rejection | Drop:
    """The result in a payload; `unsupported_event` for a webhook that brings no decision."""
    if "event" not in payload or "body" not in payload:
        body = _sorted(payload)
        if _OTHERS.isdisjoint(body) and not _OWN.isdisjoint(body):
            return _deliver(body)
        return Rejection("unknown_shape", "neither an IDWise result nor an IDWise webhook")
    event, body = payload["event"], payload["body"]
    if not isinstance(event, str):
        return invalid_type("event", "string", event)
    if not isinstance(body, dict):
        return invalid_type("body", "object", body)
    body, name = _sorted(body), word(event)
    decides = name in tables.EVENTS or any(body.get(axis) for axis in tables.PRECEDENCE)
    if name in tables.STEP_EVENTS or not decides:
        return Drop("unsupported_event")
    return _deliver(body, "body.", event, payload)


def _sorted(body: dict[str, Any]) -> Any:
    """In snake_case. Of two fields of a wrong type, the first by name is in the rejection."""
    return snake(dict(sorted(body.items())))


def _deliver(
    body: dict[str, Any],
    path: str = "",
    event: str | None = None,
    hook: dict[str, Any] | None = None,
) -> Delivery | Rejection:
    head = read_strictly(body, Head, path.rstrip("."))
    if isinstance(head, Rejection):
        return head
    if (session_id := head.session_id) is None:
        return Rejection("missing_identity", f"{path}journey_id: absent or blank")
    return Delivery(session_id, head, body, path, event, hook)
