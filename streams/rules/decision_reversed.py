"""A session's verdict changed to its opposite."""

from __future__ import annotations

from streams.contracts.model import DecidedBy, Decision, Severity
from streams.rules.base import EventObservation, Finding, RuleConfig, decision_inputs

NAME = "decision_reversed"
TITLE = "A session's verdict was reversed"
RUNBOOK = """
Within one session APPROVED became DECLINED (HIGH: the customer may already be active) or DECLINED
became APPROVED (MEDIUM), with any decisions in between. Late events raise nothing.

What to do: APPROVED → DECLINED: stop what the approval allowed, then ask the vendor why. DECLINED →
APPROVED: check who decided (`decided_by`), and that they are allowed to.

Usual false alarms: reviewers who correct a wrong click, re-submissions that succeed.

Dedupe: session, event.
"""
STAGE = "session"
inputs = decision_inputs


class Config(RuleConfig, frozen=True):
    """Severities of the two directions."""

    declined: Severity = Severity.HIGH
    approved: Severity = Severity.MEDIUM


_DECLINED = Decision.DECLINED
_OPPOSITE = {Decision.APPROVED: _DECLINED, _DECLINED: Decision.APPROVED}


def evaluate(observation: EventObservation, config: Config) -> list[Finding]:
    """One finding where this event's verdict is the opposite of the session's last one."""
    event, previous = observation.event, observation.previous
    if previous is None:
        return []
    opposite = _OPPOSITE.get(event.decision)
    if opposite is None:
        return []
    verdict = previous.verdict or previous.decision
    if verdict is not opposite:
        return []
    is_declined = event.decision is _DECLINED
    return [
        Finding(
            severity=config.declined if is_declined else config.approved,
            title=f"{verdict} became {event.decision}",
            dedupe=(event.session_key, event.event_id),
            evidence={
                "from": verdict,
                "to": event.decision,
                "decided_by": event.decided_by,
                "by_hand": event.decided_by is DecidedBy.MANUAL,
            },
        )
    ]
