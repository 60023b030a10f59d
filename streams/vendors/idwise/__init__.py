"""IDWise: spot checks, journeys and their webhooks (IDWise, "Get Spot Check Result", "Get Journey
Result", "Webhooks").

A webhook is `{event, body}` and thin: it tells that something was decided, the checks have to be
pulled. A pulled result is the whole. `manual_decision` goes before `final_decision`, that before
`system_decision`.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import DecidedBy, Decision, Drop, Environment, Lifecycle, Rejection
from streams.vendors.base.draft import Draft, raw_text
from streams.vendors.base.reader import Reader, invalid_type, read_strictly
from streams.vendors.base.values import identifier, word
from streams.vendors.idwise import parts, tables
from streams.vendors.idwise.checks import read_checks, vendor_duplicates
from streams.vendors.idwise.fields import FIELDS
from streams.vendors.idwise.payload import (
    Applicant,
    Context,
    Head,
    is_result,
    snake,
)

__all__ = ["FIELDS", "normalize"]


def normalize(payload: dict[str, Any]) -> Draft | Rejection | Drop:
    """The decision of one pulled result or one webhook."""
    if "event" in payload and "body" in payload:
        return _of_webhook(payload)
    body = _sorted(payload)
    if not is_result(body):
        return Rejection("unknown_shape", "neither an IDWise result nor an IDWise webhook")
    reader = Reader()
    draft = _of_result(body, reader, path="")
    return reader.finish(draft) if isinstance(draft, Draft) else draft


def _of_webhook(payload: dict[str, Any]) -> Draft | Rejection | Drop:
    event, body = payload["event"], payload["body"]
    if not isinstance(event, str):
        return invalid_type("event", "string", event)
    if not isinstance(body, dict):
        return invalid_type("body", "object", body)
    body, name, reader = _sorted(body), word(event), Reader()
    if name in tables.STEP_EVENTS:
        return Drop("unsupported_event")
    if name not in tables.EVENTS and not any(body.get(axis) for axis in tables.PRECEDENCE):
        return Drop("unsupported_event")
    # The hook's own time tells of this state; the journey's end lies before an update of it.
    sent_at = reader.time(body.get("timestamp"), "body.timestamp")
    sent_at = sent_at or reader.time(payload.get("timestamp"), "timestamp")
    draft = _of_result(body, reader, path="body.", event=event, sent_at=sent_at)
    if isinstance(draft, Rejection):
        return draft
    draft.may_regress = draft.may_regress or tables.EVENTS.get(name, False)
    if name not in tables.EVENTS:
        # A decision under an event that nobody knows is told, but never taken for a verdict.
        _unmapped(draft, reader, "event")
    return reader.finish(draft)


def _sorted(body: dict[str, Any]) -> Any:
    """In snake_case. Of two fields of a wrong type, the first by name is told."""
    return snake(dict(sorted(body.items())))


def _of_result(
    body: dict[str, Any],
    reader: Reader,
    *,
    path: str,
    event: str | None = None,
    sent_at: int | None = None,
) -> Draft | Rejection:
    head = read_strictly(body, Head, path.rstrip("."))
    if isinstance(head, Rejection):
        return head
    session_id = head.session_id
    if session_id is None:
        return Rejection("missing_identity", f"{path}journey_id: absent or blank")
    context = reader.part(body, Context, path.rstrip(".")) or Context()
    applicant = reader.part(snake(context.applicant), Applicant, f"{path}applicant")
    ended = context.end_time not in (None, "")
    draft = _decided(head, reader, session_id, ended=ended or event is not None)
    if ended and draft.lifecycle is Lifecycle.IN_PROGRESS:
        draft.flags.append("incomplete_but_ended")

    draft.vendor_version = raw_text(context.model_version) or None
    draft.vendor_event_id = identifier(context.event_id)
    draft.subject_id = context.subject_id
    draft.vendor_subject_id = identifier(applicant.applicant_id if applicant else None)
    draft.vendor_subject_id = draft.vendor_subject_id or identifier(context.applicant_id)
    draft.tenant_id = identifier(context.tenant_id) or identifier(context.customer_id)
    draft.workflow_id = next(filter(None, map(identifier, _flows(context))), None)
    draft.environment = _environment(context, reader)
    draft.started_at = reader.time(context.start_time, f"{path}start_time")
    draft.ended_at = reader.time(context.end_time, f"{path}end_time")
    draft.occurred_at = sent_at or draft.ended_at or draft.started_at
    # Before its end nothing tells two states of a journey apart, nor does the end two reviews.
    draft.ordered = sent_at is not None or (ended and draft.decided_by is DecidedBy.SYSTEM)
    axes = {"event": event, "action": context.action}
    axes["previous_system_decision"] = context.previous_system_decision
    draft.vendor_status |= {k: v.strip() for k, v in axes.items() if v and v.strip()}

    draft.checks = read_checks(reader, context)
    draft.documents, of_documents = parts.documents(reader, context.documents)
    draft.checks += of_documents
    draft.vendor_duplicates = vendor_duplicates(draft.checks)
    draft.person = parts.person(reader, applicant, f"{path}applicant")
    if event is not None and not draft.checks:
        draft.flags.append("thin")
    return draft


def _decided(head: Head, reader: Reader, session_id: str, *, ended: bool) -> Draft:
    axes = {axis: (getattr(head, axis) or "").strip() for axis in tables.PRECEDENCE}
    axis = next((a for a in tables.PRECEDENCE if axes[a]), None)
    draft = Draft(
        session_id=session_id,
        decision=Decision.UNDETERMINED,
        lifecycle=Lifecycle.UNKNOWN,
        vendor_status={a: value for a, value in axes.items() if value},
        volatile=frozenset({"image_path", "video_path", "profile_image_path"}),
    )
    if axis is None:
        # The page calls the decision "not nullable" and shows null: a journey under way has none.
        draft.reasons.append("missing:system_decision")
        if not ended:
            draft.decision, draft.lifecycle = Decision.PENDING, Lifecycle.IN_PROGRESS
        return draft
    reviewed = axis == "manual_decision" or word(axes[axis]) in tables.REVIEWERS_WORDS
    draft.decided_by = DecidedBy.MANUAL if reviewed else DecidedBy.SYSTEM
    draft.may_regress = reviewed
    known = tables.DECISIONS.get(word(axes[axis]))
    if known is None:
        _unmapped(draft, reader, axis)
    else:
        draft.decision, draft.lifecycle = known
    return draft


def _unmapped(draft: Draft, reader: Reader, axis: str) -> None:
    draft.decision, draft.lifecycle = Decision.UNDETERMINED, Lifecycle.UNKNOWN
    reader.unmapped(axis)


def _flows(context: Context) -> tuple[str | int | None, ...]:
    return context.flow_id, context.journey_definition_id, context.journey_definintion_id


def _environment(context: Context, reader: Reader) -> Environment | None:
    name = word(context.environment_name)
    if name and name not in tables.ENVIRONMENTS:
        reader.unmapped("environment_name")
    return tables.ENVIRONMENTS.get(name)
