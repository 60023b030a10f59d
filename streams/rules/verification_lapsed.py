"""An approval that no longer holds."""

from __future__ import annotations

from streams.contracts.model import Decision, Lifecycle, Severity
from streams.rules.base import EventObservation, Finding, RuleConfig, decision_inputs

NAME = "verification_lapsed"
TITLE = "An approval no longer holds"
RUNBOOK = """
The vendor reports that the validity of a verification has ended, or an approved session is now
EXPIRED. There is no evidence against the customer, but no valid verification either.

What to do: ask the customer to verify again before what the approval allowed is used further.

Usual false alarms: validity periods in the vendor's console that are shorter than the company's
policy.

Dedupe: session, event.
"""
STAGE = "session"
inputs = decision_inputs

_APPROVED, _EXPIRED, _LAPSED = Decision.APPROVED, Decision.EXPIRED, Lifecycle.VALIDITY_LAPSED


class Config(RuleConfig, frozen=True):
    """The severity."""

    severity: Severity = Severity.LOW


def evaluate(observation: EventObservation, config: Config) -> list[Finding]:
    """One finding where an approval lapsed with this event."""
    event, previous = observation.event, observation.previous
    supersession = event.enrichment.supersession
    if supersession is not None and supersession.is_stale:
        return []
    verdict = (previous.verdict or previous.decision) if previous else None
    lapsed = event.lifecycle is _LAPSED
    if not lapsed and not (event.decision is _EXPIRED and verdict is _APPROVED):
        return []
    if previous is not None and previous.lifecycle is _LAPSED:
        return []
    return [
        Finding(
            severity=config.severity,
            title="An approval no longer holds",
            dedupe=(event.session_key, event.event_id),
            evidence={"decision": event.decision, "lifecycle": event.lifecycle},
        )
    ]
