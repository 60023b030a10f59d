"""A vendor reports this person in another verification."""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Decision, Duplicate, LinkKind, Severity, Source, Verification
from streams.rules.base import EventObservation, Finding, RuleConfig

NAME = "duplicate_identity"
TITLE = "The vendor knows this person under another subject"
RUNBOOK = """
The vendor reports this face, document or user in another verification. MEDIUM; HIGH where one of
the linked sessions was declined. A device that only the vendor reports raises `duplicate_device` at
LOW, source VENDOR; where our own link found it too, only the own finding counts.

What to do: open the linked sessions with the vendor and compare the photos.

Usual false alarms: customers who registered again, twins (face), attempts of one customer where the
vendor has no customer id of the company.

Dedupe: session, link.
"""
STAGE = "session"


class Config(RuleConfig, frozen=True):
    """Severities: in general, with a declined linked session, and of devices."""

    severity: Severity = Severity.MEDIUM
    severity_declined: Severity = Severity.HIGH
    severity_device: Severity = Severity.LOW


_TITLES = {
    LinkKind.FACE: "The vendor knows this face from another verification",
    LinkKind.DOCUMENT: "The vendor knows this document from another verification",
    LinkKind.PERSON: "The vendor knows this person from another verification",
    LinkKind.SUBJECT: "The vendor knows this user from another verification",
    LinkKind.DEVICE: "The vendor knows this device from another verification",
}


def evaluate(observation: EventObservation, config: Config) -> list[Finding]:
    """One finding per kind of link that the vendor reports, without attempts of the same subject.

    Phones, e-mail and IP addresses give none: a household shares them. The verification has them.
    """
    event = observation.event
    if not event.enrichment.duplicates:
        return []
    own = {d.link for d in event.enrichment.duplicates if d.source is Source.OWN}
    found: dict[LinkKind, Finding] = {}
    for duplicate in event.enrichment.duplicates:
        is_reported = duplicate.source is Source.VENDOR and duplicate.link in _TITLES
        if (
            is_reported
            and duplicate.link not in {*own, *found}
            and not _is_own_attempt(event, duplicate)
        ):
            found[duplicate.link] = _finding(event, duplicate, config)
    return list(found.values())


def _is_own_attempt(event: Verification, duplicate: Duplicate) -> bool:
    """True where every linked session belongs to the event's own subject."""
    own = {event.subject_id, event.vendor_subject_id} - {None}
    return bool(duplicate.linked) and all(
        x.subject_id in own or (x.vendor, x.session_id) == (event.vendor, event.session_id)
        for x in duplicate.linked
    )


def _finding(event: Verification, duplicate: Duplicate, config: Config) -> Finding:
    declined = sum(x.decision is Decision.DECLINED for x in duplicate.linked)
    is_device = duplicate.link is LinkKind.DEVICE
    severity = config.severity_declined if declined else config.severity
    return Finding(
        severity=config.severity_device if is_device else severity,
        title=_TITLES[duplicate.link],
        dedupe=(event.session_key, duplicate.link),
        evidence={
            "link": duplicate.link,
            "sessions_count": duplicate.sessions_count,
            "declined_count": declined,
        },
        linked=duplicate.linked,
        source=Source.VENDOR,
        rule="duplicate_device" if is_device else None,
    )


def inputs(observation: EventObservation) -> dict[str, Any]:
    """The vendor's reports."""
    return {
        "reported_by_vendor": [
            {"link": d.link.value, "sessions_count": d.sessions_count}
            for d in observation.event.enrichment.duplicates
            if d.source is Source.VENDOR
        ]
    }
