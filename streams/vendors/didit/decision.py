"""The session's decision, its time and who took it: envelope and decision weighed together; and
what it is about.

Sources: Didit, "Webhooks" (`status`, `timestamp`, `created_at` in epoch seconds), Decision V3
(`status`, `created_at` in ISO 8601: when the session was created, `reviews[]`).
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import DecidedBy, Decision, Environment, SessionKind
from streams.vendors.base.draft import SessionDecision
from streams.vendors.base.reader import Reader
from streams.vendors.base.times import millis
from streams.vendors.base.values import identifier, word
from streams.vendors.didit import payload as p
from streams.vendors.didit import tables
from streams.vendors.didit.recognize import Delivery
from streams.vendors.didit.tables import UNMAPPED, status_of

# Attributes of an enum class are slow to read.
_APPROVED, _OPEN = Decision.APPROVED, (Decision.PENDING, Decision.UNDETERMINED)


def decide(
    reader: Reader, statuses: list[tuple[str, str]], reviews: Any, event: str = ""
) -> tuple[SessionDecision, p.Review | None]:
    """The decision, and the review that set the session's status where there is one.

    The envelope's status is the newest word. Where the decision inside contradicts it, an approval
    gives way to the other.
    """
    status, name, flags = UNMAPPED, "", []
    if statuses:
        status, name = status_of(statuses[0][1]), word(statuses[0][1])
    for axis, raw in statuses:
        other = status_of(raw)
        if other is UNMAPPED:
            reader.unmapped(axis)
        if other.decision is not status.decision:
            flags = ["status_result_conflict"]
            if status.decision is _APPROVED:
                status, name = other, word(raw)
    review = _review(reader, reviews, name)
    by = DecidedBy.MANUAL if review else DecidedBy.UNKNOWN
    if reviews == [] and status.decision not in _OPEN:
        by = DecidedBy.SYSTEM
    decided = SessionDecision(
        status.decision,
        status.lifecycle,
        decided_by=by,
        vendor_status=dict(statuses),
        reasons=[] if statuses else ["missing:status"],
        flags=flags,
        may_regress=name in tables.TAKES_BACK or review is not None or event in tables.DATA_EVENTS,
    )
    return decided, review


def _review(reader: Reader, value: Any, status: str) -> p.Review | None:
    """The latest review, where it set the session's status."""
    if not (reviews := reader.parts(value, p.Review, "reviews")):
        return None
    latest = max(reviews, key=lambda r: millis(r.created_at) or 0)
    return latest if word(latest.new_status) == status else None


def read_times(
    reader: Reader,
    delivery: Delivery,
    envelope: p.Session,
    decision: p.Session,
    review: p.Review | None,
) -> tuple[int | None, int | None]:
    """When this state was made and when the session began, in epoch ms. A pulled decision holds
    only when its session was created, unless a reviewer's change made its state.
    """
    inner = "" if delivery.envelope is None else "decision."
    started_at = reader.time(decision.created_at, f"{inner}created_at")
    if delivery.envelope is None:
        return millis(review.created_at) if review else None, started_at
    sent_at = reader.time(envelope.timestamp, "timestamp")
    return sent_at or reader.time(envelope.created_at, "created_at"), started_at


def read_environment(reader: Reader, session: p.Session) -> Environment | None:
    return reader.mapped(tables.ENVIRONMENTS, session.environment, "environment")


def version_of(envelope: p.Session, decision: dict[str, Any]) -> str | None:
    """The webhook's version, else that of the reports' keys."""
    if version := identifier(envelope.webhook_version):
        return version.lower()
    if any(isinstance(decision.get(f.array), list) for f in tables.FEATURES):
        return "v3"
    singles = (decision.get(key) for f in tables.FEATURES for key in f.singles)
    return "v2" if any(isinstance(single, dict) for single in singles) else None


def read_kind(
    reader: Reader, envelope: p.Session, decision: p.Session, delivery: Delivery
) -> SessionKind:
    """As it is called; by what the payload holds where it is called nothing that a table has."""
    for session in (envelope, decision):
        if kind := reader.mapped(tables.KINDS, session.session_kind, "session_kind"):
            return kind
    for body in (delivery.envelope, delivery.decision):
        if body and any(map(body.get, tables.BUSINESS_KEYS)):
            return SessionKind.BUSINESS
    return SessionKind.PERSON
