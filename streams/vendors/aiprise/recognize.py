"""Which shape a payload has: a response, a callback that carries one, or a thin event; and what
its decision rests on, read strictly.

Sources: AiPrise docs, "Callbacks", "Case - Event Callbacks", "User Profile Events Callback", "User
Verification Response" (verification_session_id, status, aiprise_summary); OpenAPI description
(business_profile_result).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from streams.contracts.model import Drop, Rejection
from streams.vendors.aiprise import tables
from streams.vendors.aiprise.payload import Head
from streams.vendors.base.reader import invalid_type, read_strictly
from streams.vendors.base.values import identifier, text, word


class Delivery(Struct, frozen=True):
    """One response: its fields, the callback's among them, and the event type in `word` form."""

    session_id: str
    status: str | None
    result: str | None
    fields: dict[str, Any]
    event: str

    @property
    def status_only(self) -> bool:
        """True for an event that brings a word, and none of the sections it rests on."""
        return bool(self.event) and self.fields.keys().isdisjoint(tables.SECTIONS)

    @property
    def reviewed(self) -> bool:
        """True for the update of a case by a reviewer."""
        return self.event == tables.CASE_STATUS_UPDATE


def recognize(payload: dict[str, Any]) -> Delivery | Rejection | Drop:
    """The response in a payload; what is not AiPrise's is an `unknown_shape`, what is no decision
    an `unsupported_event`.
    """
    fields = _unwrap(payload)
    event_type = payload.get("event_type")
    event = word(event_type)
    decides = event in tables.EVENT_STATUS
    profile = not payload.keys().isdisjoint(tables.PROFILE_EVENTS)
    named = decides or profile or event in tables.NO_DECISIONS
    if not (named or "aiprise_summary" in fields or "verification_session_id" in fields):
        return Rejection("unknown_shape", "no AiPrise response and no AiPrise event")
    if event_type is not None and not isinstance(event_type, str):
        return invalid_type("event_type", "string", event_type)
    if event in tables.NO_DECISIONS:
        return Drop("unsupported_event")
    if decides or not fields.keys().isdisjoint(tables.RESULT_FIELDS):
        return _deliver(fields, event if decides else "")
    if event or profile:
        return Drop("unsupported_event")
    if not fields.keys().isdisjoint((*tables.SESSION_FIELDS, *tables.SECTIONS)):
        return _deliver(fields, "")
    return Rejection("unknown_shape", "a session's id and nothing of a response")


def _unwrap(payload: dict[str, Any]) -> dict[str, Any]:
    """A callback's own fields beside those of the response that it wraps, as one object.

    The callback's `created_at` is the later one: the time of the state, not of the session.
    """
    for name in tables.WRAPPERS:
        inner = payload.get(name)
        if not isinstance(inner, dict):
            continue
        if "verification_session_id" in inner or "event_type" in payload:
            outer = {k: v for k, v in payload.items() if k != name}
            given = {k: v for k, v in inner.items() if v is not None or k not in outer}
            created_at = payload.get("created_at")
            return {**outer, **given, **({} if created_at is None else {"created_at": created_at})}
    return payload


def _deliver(fields: dict[str, Any], event: str) -> Delivery | Rejection:
    head = read_strictly(fields, Head)
    if isinstance(head, Rejection):
        return head
    session_id = identifier(head.verification_session_id)
    if session_id is None:
        return Rejection("missing_identity", "verification_session_id: none given")
    return Delivery(session_id, text(head.status), _result(head, event), fields, event)


def _result(head: Head, event: str) -> str | None:
    """The verification result; in a case update it is the reviewer's, beside the event type."""
    summarised = text(head.aiprise_summary.verification_result) if head.aiprise_summary else None
    own, business = text(head.verification_result), text(head.business_profile_result)
    if event == tables.CASE_STATUS_UPDATE:
        return own or summarised or business
    return summarised or own or business
