"""Which shape is it: a response, a callback that carries one, or a thin event.

Source: AiPrise docs, "Callbacks", "Case - Event Callbacks", "User Profile Events Callback".
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from streams.contracts.model import Drop, Rejection
from streams.vendors.aiprise.tables import (
    EVENT_STATUS,
    NO_DECISIONS,
    PROFILE_EVENTS,
    RESULT_FIELDS,
    SECTIONS,
    SESSION_FIELDS,
    WRAPPERS,
)
from streams.vendors.base.reader import invalid_type
from streams.vendors.base.values import word


class Response(Struct):
    """One response: its fields, the callback's among them, and the event type in `word` form."""

    fields: dict[str, Any]
    event: str = ""

    @property
    def thin(self) -> bool:
        """True for an event that brings a word, and none of the sections it rests on."""
        return bool(self.event) and self.fields.keys().isdisjoint(SECTIONS)


def recognise(payload: dict[str, Any]) -> Response | Rejection | Drop:
    """The response in a payload; what is not AiPrise's is an `unknown_shape`, what is no decision
    an `unsupported_event`.
    """
    fields = _unwrap(payload)
    event_type = payload.get("event_type")
    event = word(event_type)
    tells = not fields.keys().isdisjoint(RESULT_FIELDS)
    profile = not payload.keys().isdisjoint(PROFILE_EVENTS)
    named = event in EVENT_STATUS or event in NO_DECISIONS
    if not (named or profile or "aiprise_summary" in fields or "verification_session_id" in fields):
        return Rejection("unknown_shape", "no AiPrise response and no AiPrise event")
    if event_type is not None and not isinstance(event_type, str):
        return invalid_type("event_type", "string", event_type)
    if event in NO_DECISIONS:
        return Drop("unsupported_event")
    if event in EVENT_STATUS or tells:
        return Response(fields, event if event in EVENT_STATUS else "")
    if event or profile:
        return Drop("unsupported_event")
    if not fields.keys().isdisjoint((*SESSION_FIELDS, *SECTIONS)):
        return Response(fields)
    return Rejection("unknown_shape", "a session's id and nothing of a response")


def _unwrap(payload: dict[str, Any]) -> dict[str, Any]:
    """A callback's own fields beside those of the response that it wraps, as one object.

    The callback's `created_at` is the later one: the time of the state, not of the session.
    """
    for name in WRAPPERS:
        inner = payload.get(name)
        if not isinstance(inner, dict):
            continue
        if "verification_session_id" in inner or "event_type" in payload:
            outer = {k: v for k, v in payload.items() if k != name}
            told = {k: v for k, v in inner.items() if v is not None or k not in outer}
            created_at = payload.get("created_at")
            return {**outer, **told, **({} if created_at is None else {"created_at": created_at})}
    return payload
