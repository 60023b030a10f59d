"""IDWise: spot checks, journeys and their webhooks (IDWise, "Get Spot Check Result", "Get Journey
Result", "Webhooks").

A webhook is `{event, body}` and thin: it holds that something was decided, the checks have to be
pulled. A pulled result is the whole. `manual_decision` goes before `final_decision`, that before
`system_decision`.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import DecidedBy, Drop, Rejection
from streams.vendors.base.draft import Draft, gather, raw_text
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import identifier
from streams.vendors.idwise import payload as p
from streams.vendors.idwise import tables
from streams.vendors.idwise.decision import decide, sent_at
from streams.vendors.idwise.fields import FIELDS
from streams.vendors.idwise.parts import read_parts
from streams.vendors.idwise.recognize import Delivery, recognize

__all__ = ["FIELDS", "normalize"]


def normalize(payload: dict[str, Any]) -> Draft | Rejection | Drop:
    """The decision of one pulled result or one webhook."""
    delivery = recognize(payload)
    if not isinstance(delivery, Delivery):
        return delivery
    reader, body, path = Reader(), delivery.body, delivery.path
    context = reader.part(body, p.Context, path.rstrip(".")) or p.Context()
    applicant = reader.part(p.snake(context.applicant), p.Applicant, f"{path}applicant")
    minted = identifier(applicant.applicant_id) if applicant else None
    decided = decide(reader, delivery, context)
    found = gather(read_parts(reader, context, applicant, f"{path}applicant"))
    status_only = delivery.event is not None and "checks" not in found
    hook_time = sent_at(reader, delivery)
    started_at = reader.time(context.start_time, f"{path}start_time")
    ended_at = reader.time(context.end_time, f"{path}end_time")
    draft = Draft(
        session_id=delivery.session_id,
        decision=decided.decision,
        lifecycle=decided.lifecycle,
        vendor_version=raw_text(context.model_version) or None,
        vendor_event_id=identifier(context.event_id),
        subject_id=context.subject_id,
        vendor_subject_id=minted or identifier(context.applicant_id),
        tenant_id=identifier(context.tenant_id) or identifier(context.customer_id),
        workflow_id=context.workflow_id,
        environment=reader.mapped(
            tables.ENVIRONMENTS, context.environment_name, "environment_name"
        ),
        decided_by=decided.decided_by,
        vendor_status=decided.vendor_status,
        reasons=decided.reasons,
        occurred_at=hook_time or ended_at or started_at,
        started_at=started_at,
        ended_at=ended_at,
        flags=[*decided.flags, "thin"] if status_only else decided.flags,
        may_regress=decided.may_regress,
        # Before its end nothing orders two states of a journey, nor does the end order two reviews.
        ordered=hook_time is not None
        or (context.has_ended and decided.decided_by is DecidedBy.SYSTEM),
        volatile=p.VOLATILE,
        **found,
    )
    return reader.finish(draft)
