"""One device, several subjects."""

from __future__ import annotations

from msgspec import field

from streams.contracts.model import Decision, LinkKind
from streams.rules.base import (
    Finding,
    LinkObservation,
    RuleConfig,
    SeverityMap,
    SeverityThresholds,
    link_inputs,
)

NAME = "duplicate_device"
TITLE = "One device verified several subjects"
RUNBOOK = """
Different subjects used the same device fingerprint within 90 days. Two subjects are LOW, three or
four MEDIUM; five within 7 days or three within 24 hours are HIGH. Undocumented fingerprints
(strength MEDIUM) give at most MEDIUM. Weak ones (a device model) count only within one network and
24 hours, and are LOW. Source VENDOR: the vendor reports it (see `duplicate_identity`), and our own
links do not have it.

What to do: look at the linked sessions together. Declined sessions (`declined_count`) and many
sessions within minutes suggest a fraud ring. A family or a shared office computer has few subjects,
spread over days. Add your own devices to the allow-list (`known`).

Usual false alarms: families, shared or resold phones, staff who verify customers on one tablet,
browsers that resist fingerprinting and all look alike.

Dedupe: link, severity. The first alert of each severity stands. Where a late event moves it to
another session, a new alert supersedes it.
"""
STAGE = "link"
KINDS = (LinkKind.DEVICE,)
inputs = link_inputs


class Config(RuleConfig, frozen=True):
    """Numbers of subjects per degree, and the severity of each degree."""

    tiers: SeverityThresholds = field(default_factory=SeverityThresholds)
    grades: SeverityMap = field(default_factory=SeverityMap)


def evaluate(observation: LinkObservation, config: Config) -> list[Finding]:
    """One finding where other subjects used the device before."""
    if observation.shared:
        return []
    severity = config.tiers.severity(observation)
    if severity is None:
        return []
    others = observation.others
    declined = {other.session for other in others if other.decision is Decision.DECLINED}
    strength = observation.strength
    return [
        Finding(
            severity=config.grades.of(severity),
            title=f"{observation.subjects_count} subjects were verified on one device",
            dedupe=(observation.link,),
            evidence={
                "strength": strength.lower() if strength else "unknown",
                "subjects_count": observation.subjects_count,
                "sessions_count": observation.sessions_count,
                "declined_count": len(declined),
                "minutes_since_last": (observation.seen.seen_at - others[-1].seen_at) // 60_000,
                **{f"subjects_{window}": n for window, n in observation.subjects.items()},
            },
            linked=observation.linked,
        )
    ]
