"""Two vendors say the opposite about one subject."""

from __future__ import annotations

from streams.contracts.model import Decision, LinkKind, Severity
from streams.rules.base import Finding, LinkObservation, Occurrence, RuleConfig, link_inputs

NAME = "vendors_disagree"
TITLE = "Two vendors disagree about a subject"
RUNBOOK = """
Of one subject, the latest verdict of one vendor is APPROVED and that of another DECLINED, within
90 days. A verdict that lapsed within its session no longer counts.

What to do: see why the declining vendor declined; an expired or unreadable document weighs less
than a face or document that looks forged. Decide by hand, and do not let the approval stand alone.

Usual false alarms: workflows that check different things, a first attempt that failed for bad
photos.

Dedupe: link (the subject), the pair of vendors.
"""
STAGE = "link"
KINDS = (LinkKind.SUBJECT,)
inputs = link_inputs

_OPPOSITE = {Decision.APPROVED: Decision.DECLINED, Decision.DECLINED: Decision.APPROVED}


class Config(RuleConfig, frozen=True):
    """Its severity is all there is to set."""

    severity: Severity = Severity.MEDIUM


def evaluate(observation: LinkObservation, config: Config) -> list[Finding]:
    """A finding per vendor whose latest verdict is the opposite of this one."""
    if not observation.earlier:
        return []
    seen = observation.seen
    opposite = _OPPOSITE.get(seen.decision)
    if opposite is None:
        return []
    latest = _latest(observation.earlier, seen)
    return [
        Finding(
            severity=config.severity,
            title=f"{seen.vendor} and {vendor} disagree about a subject",
            dedupe=(observation.link, *sorted((seen.vendor, vendor))),
            evidence={
                f"{seen.vendor}_decision": seen.decision,
                f"{vendor}_decision": use.decision,
                "minutes_between": (seen.seen_at - use.seen_at) // 60_000,
            },
            linked=[use.linked],
        )
        for vendor, use in latest.items()
        if vendor != seen.vendor and use.decision is opposite
    ]


def _latest(earlier: list[Occurrence], seen: Occurrence) -> dict[str, Occurrence]:
    """Each vendor's latest verdict that still held when `seen` came."""
    final: dict[tuple[str, str], Occurrence] = {}
    for use in earlier:
        known = final.get(use.session)
        if use.decision.final and (known is None or _at(use, seen) >= _at(known, seen)):
            final[use.session] = use
    latest: dict[str, Occurrence] = {}
    for use in sorted(final.values(), key=lambda use: _at(use, seen)):
        if use.decision in _OPPOSITE:
            latest[use.vendor] = use
    return latest


def _at(use: Occurrence, seen: Occurrence) -> int:
    """When the verdict was last given, as far as that was before `seen`."""
    return use.last_seen if use.last_seen <= seen.seen_at else use.seen_at
