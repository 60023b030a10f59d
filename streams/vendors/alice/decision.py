"""The decision: the one word of `summary.state.value` (Alice Onboarding, "Report")."""

from __future__ import annotations

from streams.contracts.model import Decision, Lifecycle
from streams.vendors.alice.recognize import Delivery
from streams.vendors.alice.tables import STATES
from streams.vendors.base.draft import SessionDecision
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import word

_NONE = Decision.UNDETERMINED, Lifecycle.UNKNOWN
_NOT_CAPTURED = Decision.PENDING, Lifecycle.UNKNOWN


def decide(reader: Reader, delivery: Delivery) -> SessionDecision:
    """The state's decision; without one, PENDING where the user has yet to begin."""
    state, report = delivery.state, delivery.report
    if state is None:
        begun = any(report.get(name) not in ([], {}) for name in ("selfies", "documents"))
        decided = _NONE if begun else _NOT_CAPTURED
        return SessionDecision(*decided, reasons=["missing:summary.state.value"])
    if (known := STATES.get(word(state))) is None:
        reader.unmapped("summary.state.value")
    return SessionDecision(*known or _NONE, vendor_status={"state": state})
