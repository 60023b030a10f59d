"""The decision: AiPrise's run status × its result, which are two axes.

Source: AiPrise docs, "User Verification Response": status, aiprise_summary.
"""

from __future__ import annotations

from msgspec import Struct

from streams.contracts.model import Decision, Lifecycle
from streams.vendors.aiprise.tables import (
    CASE_STATUS_UPDATE,
    CONCLUSIVE,
    DECISIONS,
    EVENT_STATUS,
    LIFECYCLES,
    RESULTS,
)
from streams.vendors.base.values import text, word

# Attributes of an enum class are slow to read.
_PENDING, _UNDETERMINED = Decision.PENDING, Decision.UNDETERMINED


class Verdict(Struct):
    decision: Decision
    lifecycle: Lifecycle
    reasons: list[str] = []
    flags: list[str] = []
    unmapped: list[str] = []
    """The axes whose word no table has."""


def decide(status: str | None, result: str | None, event: str = "") -> Verdict:
    """The decision of a run status and a result, both as AiPrise wrote them.

    `event` is the callback's event type in `word` form: it stands in for a status that is
    missing. A case update tells what a reviewer decided, which holds whatever the run does.
    """
    ran, concluded = word(status), word(result)
    # Not `ran`: of a word of dashes it holds nothing, and that is no missing status.
    if ran not in LIFECYCLES and text(status):
        return Verdict(Decision.UNDETERMINED, Lifecycle.UNKNOWN, unmapped=["status"])
    ran = "" if event == CASE_STATUS_UPDATE else ran or EVENT_STATUS.get(event, "")
    row = DECISIONS.get(ran)
    decision = _PENDING if row is None else row.get(concluded, _UNDETERMINED)
    verdict = Verdict(decision, _lifecycle(ran, concluded, decision))
    if concluded not in RESULTS and text(result):
        verdict.unmapped.append("verification_result")
    elif decision is _UNDETERMINED:
        verdict.reasons.append(
            "vendor_result_unknown" if concluded else "missing:verification_result"
        )
    elif ran == "completed" and concluded == "unknown":
        verdict.reasons.append("vendor_result_unknown")
    if row is None and concluded in CONCLUSIVE:
        verdict.flags.append("status_result_conflict")
    return verdict


def _lifecycle(ran: str, concluded: str, decision: Decision) -> Lifecycle:
    if concluded == "update_required" and decision is Decision.PENDING and ran in DECISIONS:
        return Lifecycle.AWAITING_USER
    if ran:
        return LIFECYCLES[ran]
    known = decision is not Decision.UNDETERMINED
    return Lifecycle.COMPLETED if known else Lifecycle.UNKNOWN
