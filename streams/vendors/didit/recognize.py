"""Which of Didit's shapes a payload has: a webhook envelope, a bare decision, a standalone result.

Sources: Didit, "Webhooks" (flat envelope with `webhook_type`; the business page shows one with
`event` and `data`), Decision V3 (bare session), and the standalone Face Search and Age Estimation.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from streams.contracts.model import Drop, Rejection
from streams.vendors.base.reader import invalid_type
from streams.vendors.base.values import identifier
from streams.vendors.didit.tables import ENTITY_PREFIXES, FEATURE_OF, FEATURES, SESSION_EVENTS

Object = dict[str, Any]


class Delivery(Struct, frozen=True):
    """A verification session as delivered. `envelope` is None for a pulled decision, `decision`
    for a thin event; at least one of them is given.
    """

    session_id: str
    statuses: list[tuple[str, str]]
    """`(axis, status as Didit wrote it)` of both, where not blank, the newest first."""
    envelope: Object | None
    decision: Object | None
    event: str = ""


class Standalone(Struct, frozen=True):
    """A result of a one-shot API; `result` names the key that holds the report."""

    session_id: str
    statuses: list[tuple[str, str]]
    body: Object
    result: str


_ARRAYS = frozenset(f.array for f in FEATURES)
_SINGLES = FEATURE_OF.keys() - _ARRAYS
_SESSION_IDS = ("session_id", "business_session_id")
_DESCRIBES = frozenset({"status", "features", "workflow_id", *FEATURE_OF})
_RESULTS = ("face_search", "age_estimation", *(k for f in FEATURES for k in f.singles))

# Keys of other vendors' results that Didit's never have.
_FOREIGN = frozenset(
    {
        "aiprise_summary", "verification_session_id", "journey_id", "system_decision",
        "spot_checks", "summary", "selfies",
    }
)  # fmt: skip


def recognize(payload: Object) -> Delivery | Standalone | Rejection | Drop:
    """What is delivered; `unknown_shape` where the payload has none of Didit's shapes."""
    if not _FOREIGN.isdisjoint(payload):
        return Rejection("unknown_shape", "none of Didit's payload shapes")
    webhook_type = payload.get("webhook_type")
    if webhook_type is not None and not isinstance(webhook_type, str):
        return invalid_type("webhook_type", "string", webhook_type)
    event = (webhook_type or _wrapped_event(payload) or "").strip().casefold()
    if event:
        return _webhook(payload, event)
    if _names_session(payload) and ("decision" in payload or "timestamp" in payload):
        # The first webhooks had no type.
        return _envelope(payload, "")
    if "request_id" in payload:
        for key in _RESULTS:
            if isinstance(payload.get(key), dict):
                return _standalone(payload, key)
    if _is_decision(payload):
        return _deliver(None, payload)
    return Rejection("unknown_shape", "none of Didit's payload shapes")


def _wrapped_event(payload: Object) -> str | None:
    """The type of an envelope that carries its fields under `data`."""
    event = payload.get("event")
    if not isinstance(event, str) or not isinstance(payload.get("data"), dict):
        return None
    name = event.strip().casefold()
    return event if name in SESSION_EVENTS or name.split(".")[0] in ENTITY_PREFIXES else None


def _webhook(payload: Object, event: str) -> Delivery | Rejection | Drop:
    data = payload.get("data")
    if isinstance(data, dict):
        payload = {**payload, **data}
    subject = event.split(".")[0]
    if event in SESSION_EVENTS or (subject == "session" and "status" in payload):
        return _envelope(payload, event)
    # A type that no table has, or a company's, may still carry a session's decision.
    carries = isinstance(payload.get("decision"), dict) and _names_session(payload)
    if carries and (subject == "business" or subject not in ENTITY_PREFIXES):
        return _envelope(payload, event)
    return Drop("unsupported_event")


def _names_session(payload: Object) -> bool:
    return "session_id" in payload or "business_session_id" in payload


def _envelope(payload: Object, event: str) -> Delivery | Rejection:
    decision = payload.get("decision")
    if decision is not None and not isinstance(decision, dict):
        return invalid_type("decision", "object", decision)
    if decision is None and any(
        isinstance(payload[key], dict | list) for key in FEATURE_OF.keys() & payload.keys()
    ):
        # An envelope whose reports are beside its own fields.
        decision = {key: payload[key] for key in payload if key not in ("status", "created_at")}
    return _deliver(payload, decision, event)


def _is_decision(payload: Object) -> bool:
    if _names_session(payload):
        return bool(_DESCRIBES & payload.keys())
    return bool(_ARRAYS & payload.keys()) or (
        "status" in payload and bool(_SINGLES & payload.keys())
    )


def _deliver(
    envelope: Object | None, decision: Object | None, event: str = ""
) -> Delivery | Rejection:
    """The session's id and status: the envelope's, else the decision's."""
    inner = "decision." if envelope is not None else ""
    bodies = [(at, body) for at, body in (("", envelope), (inner, decision)) if body is not None]
    session_id: str | Rejection | None = None
    for at, body in bodies:
        for key in _SESSION_IDS:
            session_id = session_id or _identity(body.get(key), f"{at}{key}")
    if not isinstance(session_id, str):
        return session_id or Rejection("missing_identity", "no session_id")
    statuses = []
    for at, body in bodies:
        status = body.get("status")
        if status is not None and not isinstance(status, str):
            return invalid_type(f"{at}status", "string", status)
        if status and status.strip():
            statuses.append((f"{at}status", status))
    return Delivery(session_id, statuses, envelope, decision, event)


def _standalone(body: Object, result: str) -> Standalone | Rejection:
    session_id = _identity(body["request_id"], "request_id")
    if not isinstance(session_id, str):
        return session_id or Rejection("missing_identity", "no request_id")
    status = body[result].get("status")
    if status is not None and not isinstance(status, str):
        return invalid_type(f"{result}.status", "string", status)
    statuses = [("status", status)] if status and status.strip() else []
    return Standalone(session_id, statuses, body, result)


def _identity(value: Any, path: str) -> str | Rejection | None:
    """An id as text, also from a whole number; None where absent or blank."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
        return invalid_type(path, "string", value)
    return identifier(value)
