"""The decision: the first of IDWise's three axes that is not blank, and who took it (IDWise, "Get
Spot Check Result", "Webhooks").
"""

from __future__ import annotations

from streams.contracts.model import DecidedBy, Decision, Lifecycle
from streams.vendors.base.draft import SessionDecision
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import word
from streams.vendors.idwise import tables
from streams.vendors.idwise.payload import Context
from streams.vendors.idwise.recognize import Delivery

# Attributes of an enum class are slow to read.
_SYSTEM, _MANUAL, _UNKNOWN = DecidedBy.SYSTEM, DecidedBy.MANUAL, DecidedBy.UNKNOWN
_NONE = Decision.UNDETERMINED, Lifecycle.UNKNOWN
_UNDER_WAY = Decision.PENDING, Lifecycle.IN_PROGRESS


def decide(reader: Reader, delivery: Delivery, context: Context) -> SessionDecision:
    """The decision of a result; a word that no table has makes none."""
    event, ended, decided = delivery.event, context.has_ended, _NONE
    axes = [(a, v) for a in tables.PRECEDENCE if (v := (getattr(delivery.head, a) or "").strip())]
    by, reviewed, reasons = _UNKNOWN, False, []
    if axes:
        axis, name = axes[0][0], word(axes[0][1])
        reviewed = axis == "manual_decision" or name in tables.REVIEWERS_WORDS
        by = _MANUAL if reviewed else _SYSTEM
        if name in tables.DECISIONS:
            decided = tables.DECISIONS[name]
        else:
            reader.unmapped(axis)
    else:
        # The page calls the decision "not nullable" and shows null: a journey under way has none.
        reasons.append("missing:system_decision")
        if not ended and event is None:
            decided = _UNDER_WAY
    flags = ["incomplete_but_ended"] if ended and decided[1] is _UNDER_WAY[1] else []
    takes_back = tables.EVENTS.get(word(event))
    if event is not None and takes_back is None:
        # A decision under an event that no table has is kept, but never taken for the session's.
        reader.unmapped("event")
        decided = _NONE
    beside = (
        ("event", event),
        ("action", context.action),
        ("previous_system_decision", context.previous_system_decision),
    )
    axes += [(axis, v.strip()) for axis, v in beside if v and v.strip()]
    return SessionDecision(
        *decided, by, dict(axes), reasons, flags, may_regress=reviewed or bool(takes_back)
    )


def sent_at(reader: Reader, delivery: Delivery) -> int | None:
    """The webhook's own time in epoch ms. It is that of this state; the journey's end lies before
    an update of it.
    """
    if delivery.hook is None:
        return None
    in_body = reader.time(delivery.body.get("timestamp"), "body.timestamp")
    return in_body or reader.time(delivery.hook.get("timestamp"), "timestamp")
