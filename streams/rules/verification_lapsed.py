"""An approval that no longer holds."""

from __future__ import annotations

from streams.contracts.model import Decision, Lifecycle, Severity
from streams.rules.base import EventObservation, Finding, RuleConfig, decision_inputs

NAME = "verification_lapsed"
TITLE = "An approval no longer holds"
RUNBOOK = """
The vendor says that the validity of a verification has ended, or a session that was approved is now
EXPIRED. Nothing speaks against the customer; nothing speaks for them any more either.

What to do: ask the customer to verify again before what the approval allowed is used further.

Usual false alarms: validity periods that the vendor's console sets shorter than the company's
policy.

Dedupe: session, event.
"""
STAGE = "session"
inputs = decision_inputs

_APPROVED, _EXPIRED, _LAPSED = Decision.APPROVED, Decision.EXPIRED, Lifecycle.VALIDITY_LAPSED


class Config(RuleConfig, frozen=True):
    """Its severity is all there is to set."""

    severity: Severity = Severity.LOW


def evaluate(observation: EventObservation, config: Config) -> list[Finding]:
    """One finding where an approval lapsed with this event."""
    event, previous = observation.event, observation.previous
    place = event.enrichment.supersession
    if place is not None and place.is_stale:
        return []
    standing = (previous.verdict or previous.decision) if previous else None
    lapsed = event.lifecycle is _LAPSED
    if not lapsed and not (event.decision is _EXPIRED and standing is _APPROVED):
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
