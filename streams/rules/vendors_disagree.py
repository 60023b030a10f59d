"""Two vendors give opposite verdicts about one subject."""

from __future__ import annotations

from streams.contracts.model import Decision, LinkKind, Severity
from streams.rules.base import Finding, LinkObservation, Occurrence, RuleConfig, link_inputs

NAME = "vendors_disagree"
TITLE = "Two vendors disagree about a subject"
RUNBOOK = """
The latest verdict of one vendor about a subject is APPROVED, and that of another vendor DECLINED,
within 90 days. A verdict that lapsed within its session no longer counts.

What to do: check why one vendor declined. An expired or unreadable document matters less than a
face or document that looks forged. Decide by hand; do not rely on the approval alone.

Usual false alarms: workflows that check different things, a first attempt with bad photos.

Dedupe: link (the subject), the pair of vendors.
"""
STAGE = "link"
KINDS = (LinkKind.SUBJECT,)
inputs = link_inputs

_OPPOSITE = {Decision.APPROVED: Decision.DECLINED, Decision.DECLINED: Decision.APPROVED}


class Config(RuleConfig, frozen=True):
    """The severity."""

    severity: Severity = Severity.MEDIUM


def evaluate(observation: LinkObservation, config: Config) -> list[Finding]:
    """One finding per vendor whose latest verdict is the opposite of this one."""
    if not observation.earlier:
        return []
    seen = observation.seen
    opposite = _OPPOSITE.get(seen.decision)
    if opposite is None:
        return []
    latest = _latest(observation.earlier, seen.seen_at)
    return [
        Finding(
            severity=config.severity,
            title=f"{seen.vendor} and {vendor} disagree about a subject",
            dedupe=(observation.link, *sorted((seen.vendor, vendor))),
            evidence={
                f"{seen.vendor}_decision": seen.decision,
                f"{vendor}_decision": other.decision,
                "minutes_between": (seen.seen_at - other.seen_at) // 60_000,
            },
            linked=[other.linked],
        )
        for vendor, other in latest.items()
        if vendor != seen.vendor and other.decision is opposite
    ]


def _latest(earlier: list[Occurrence], now: int) -> dict[str, Occurrence]:
    """Vendor → its latest verdict at the event time `now`."""

    def given_at(occurrence: Occurrence) -> int:
        return occurrence.last_seen if occurrence.last_seen <= now else occurrence.seen_at

    final: dict[tuple[str, str], Occurrence] = {}
    for occurrence in earlier:
        last = final.get(occurrence.session)
        is_later = last is None or given_at(occurrence) >= given_at(last)
        if occurrence.decision.final and is_later:
            final[occurrence.session] = occurrence
    verdicts = (o for o in sorted(final.values(), key=given_at) if o.decision in _OPPOSITE)
    return {occurrence.vendor: occurrence for occurrence in verdicts}
