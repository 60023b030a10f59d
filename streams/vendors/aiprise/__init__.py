"""AiPrise: verification responses, pulled or called back, and event callbacks.

Public documents (docs.aiprise.com): "User Verification Response", "Callbacks", "Case - Event
Callbacks", "User Profile Events Callback", "Warning Codes", "Status Error Codes", and the API's
OpenAPI description.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import DecidedBy, Drop, Rejection, SessionKind
from streams.vendors.aiprise import tables
from streams.vendors.aiprise.decision import (
    decide,
    read_environment,
    read_reasons,
    read_risk_level,
    read_time,
)
from streams.vendors.aiprise.fields import FIELDS
from streams.vendors.aiprise.parts import read_parts
from streams.vendors.aiprise.parts.duplicates import merged
from streams.vendors.aiprise.recognize import Delivery, recognize
from streams.vendors.base.draft import Draft, gather
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import token, word

__all__ = ["FIELDS", "normalize"]


def normalize(payload: dict[str, Any]) -> Draft | Rejection | Drop:
    """The draft of a response or an event callback."""
    delivery = recognize(payload)
    if not isinstance(delivery, Delivery):
        return delivery
    reader, fields, reviewed = Reader(), delivery.fields, delivery.reviewed
    decided = decide(reader, delivery.status, delivery.result, delivery.event)
    reasons = decided.reasons + read_reasons(reader, fields)
    found = gather(read_parts(reader, fields))
    reasons += found.pop("reasons", ())
    if duplicates := found.get("vendor_duplicates"):
        found["vendor_duplicates"] = merged(duplicates)
    level = read_risk_level(fields)
    if word(level) in tables.HIGH_RISKS:
        reasons.append(f"risk_level:{level}")
    axes = {
        "status": delivery.status,
        "verification_result": delivery.result,
        "event_type": token(fields.get("event_type")),
        "risk_level": level,
    }
    event_id = reader.identifier(fields.get("callback_uuid"), "callback_uuid")
    business = [name for name in tables.BUSINESS_FIELDS if fields.get(name) is not None]
    draft = Draft(
        session_id=delivery.session_id,
        decision=decided.decision,
        lifecycle=decided.lifecycle,
        vendor_event_id=event_id,
        session_kind=SessionKind.BUSINESS if business else SessionKind.PERSON,
        subject_id=reader.identifier(fields.get("client_reference_id"), "client_reference_id"),
        vendor_subject_id=reader.identifier(fields.get("user_profile_id"), "user_profile_id"),
        workflow_id=reader.identifier(fields.get("template_id"), "template_id"),
        environment=read_environment(reader, fields.get("environment")),
        decided_by=DecidedBy.MANUAL if reviewed else DecidedBy.UNKNOWN,
        vendor_status={name: value for name, value in axes.items() if value is not None},
        reasons=reasons,
        occurred_at=read_time(reader, fields),
        flags=[*decided.flags, "thin"] if delivery.status_only else decided.flags,
        may_regress=reviewed,
        # Two documents of AiPrise disagree on whether `created_at` is the time of the response or
        # of the session; if it is the session's, it orders no two states of it.
        ordered=event_id is not None,
        **found,
    )
    return reader.finish(draft)
