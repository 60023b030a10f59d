"""Didit: sessions for people and companies, and one-shot results.

Public documents: Didit, "Decision V3 report objects" (every feature's report, the warning object
and the status enum), "Webhooks", "Business verification: webhooks", the warning pages of each
feature, "Face search" and "Age estimation". V2's single objects (`kyc`, `face`, `aml`, …) are
read as well; they hold the first report only.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Decision, Drop, Rejection
from streams.vendors.base.draft import Draft, gather
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import identifier
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks.features import unique
from streams.vendors.didit.decision import (
    decide,
    read_environment,
    read_kind,
    read_times,
    version_of,
)
from streams.vendors.didit.fields import FIELDS
from streams.vendors.didit.parts import read_parts
from streams.vendors.didit.parts.standalone import LOOK_UP, SPECIAL
from streams.vendors.didit.recognize import Delivery, Standalone, recognize

__all__ = ["FIELDS", "normalize"]


def normalize(payload: dict[str, Any]) -> Draft | Rejection | Drop:
    """A webhook envelope, a pulled decision or a standalone result → its draft."""
    delivery = recognize(payload)
    if isinstance(delivery, Delivery):
        return _session(delivery)
    return _standalone(delivery) if isinstance(delivery, Standalone) else delivery


def _session(delivery: Delivery) -> Draft:
    reader, body = Reader(), delivery.decision or {}
    status_only = delivery.decision is None
    envelope = reader.part(delivery.envelope, p.Session, "") or p.Session()
    at = "" if delivery.envelope is None else "decision"
    decision = reader.part(delivery.decision, p.Session, at) or p.Session()
    decided, review = decide(reader, delivery.statuses, body.get("reviews"), delivery.event)
    occurred_at, started_at = read_times(reader, delivery, envelope, decision, review)
    event_id = identifier(envelope.event_id)
    subject_id = identifier(envelope.vendor_data) or identifier(decision.vendor_data)
    kind = read_kind(reader, envelope, decision, delivery)
    found = gather(read_parts(reader, body, delivery.session_id, subject_id)) if body else {}
    draft = Draft(
        session_id=delivery.session_id,
        decision=decided.decision,
        lifecycle=decided.lifecycle,
        vendor_version=version_of(envelope, body),
        vendor_event_id=event_id,
        session_kind=kind,
        subject_id=subject_id,
        tenant_id=identifier(envelope.application_id) or identifier(decision.application_id),
        workflow_id=identifier(envelope.workflow_id) or identifier(decision.workflow_id),
        environment=read_environment(reader, envelope) or read_environment(reader, decision),
        decided_by=decided.decided_by,
        vendor_status=decided.vendor_status,
        reasons=decided.reasons + found.pop("reasons", []),
        checks=unique(found.pop("checks", [])),
        occurred_at=occurred_at,
        started_at=started_at,
        flags=[*decided.flags, "thin"] if status_only else decided.flags,
        may_regress=decided.may_regress,
        ordered=event_id is not None or occurred_at is not None,
        **found,
    )
    return reader.finish(draft)


def _standalone(delivery: Standalone) -> Draft:
    reader, body, result = Reader(), delivery.body, delivery.result
    decided, _ = decide(reader, delivery.statuses, None)
    session = reader.part(body, p.Session, "") or p.Session()
    occurred_at = reader.time(session.created_at, "created_at")
    subject_id = identifier(session.vendor_data)
    if read := SPECIAL.get(result):
        found = gather(read(reader, body, subject_id))
    else:
        report = {result: body[result]}
        found = gather(read_parts(reader, report, delivery.session_id, subject_id))
    looked_up = result == LOOK_UP
    draft = Draft(
        session_id=delivery.session_id,
        decision=Decision.UNDETERMINED if looked_up else decided.decision,
        lifecycle=decided.lifecycle,
        vendor_version="v2",
        subject_id=subject_id,
        environment=read_environment(reader, session),
        vendor_status=decided.vendor_status,
        reasons=decided.reasons + found.pop("reasons", []),
        checks=unique(found.pop("checks", [])),
        occurred_at=occurred_at,
        flags=[*decided.flags, "not_a_decision"] if looked_up else decided.flags,
        may_regress=decided.may_regress,
        ordered=occurred_at is not None,
        **found,
    )
    return reader.finish(draft)
