"""The IP address is in another country than documents or phone, where only countries are known."""

from __future__ import annotations

from msgspec import field

from streams.contracts.model import Band, Outcome, Place, Severity, Source, Verification
from streams.rules.base import EventObservation, Finding, RuleConfig, SeverityMap, distance_inputs

NAME = "ip_country_mismatch"
TITLE = "IP address in another country"
RUNBOOK = """
Only the countries of the IP address and of another place of the session (`to` in the evidence) are
known, and they differ; or the vendor itself warns of it (source VENDOR). Where both points are
known, `ip_distance` raises the alert instead. MEDIUM: another country, or a vendor's failed check.
LOW: countries with a common border, or a vendor's warning.

What to do: as with `ip_distance`; a phone number from abroad alone is weak.

Usual false alarms: migrants who keep a phone number, travellers, roaming, cross-border commuters.

Dedupe: session, pair of places (`VENDOR` for the vendor's warning), severity.
"""
STAGE = "session"
inputs = distance_inputs
THRESHOLDS = {"bands": "enrichments.distance"}

_IP = Place.IP
_SEVERITIES = {Band.LOW: Severity.LOW, Band.MEDIUM: Severity.MEDIUM}
_BY_VENDOR = {Outcome.REVIEW: Severity.LOW, Outcome.FAIL: Severity.MEDIUM}
_CHECK = "ip_country_match"


class Config(RuleConfig, frozen=True):
    """`least`: findings below it raise no alert."""

    least: Severity = Severity.LOW
    grades: SeverityMap = field(default_factory=SeverityMap)


def evaluate(observation: EventObservation, config: Config) -> list[Finding]:
    """One finding per pair, and the vendor's where our own does not cover it."""
    found = _own(observation.event, config)
    # The vendor compares IP and identity document, so our finding about these is the same.
    if all(finding.evidence["to"] != Place.ID_DOCUMENT for finding in found):
        found += _vendors(observation.event, config)
    return [finding for finding in found if finding.severity.rank >= config.least.rank]


def _own(event: Verification, config: Config) -> list[Finding]:
    found = []
    for distance in event.enrichment.distances:
        severity = _SEVERITIES.get(distance.band)
        if severity is None or distance.from_ is not _IP or distance.reason is None:
            continue
        if "country_only" in distance.reason.split(","):
            severity = config.grades.of(severity)
            found.append(
                Finding(
                    severity=severity,
                    title=f"IP address and {_WORDS[distance.to]} are of different countries",
                    dedupe=(event.session_key, f"IP-{distance.to}", severity),
                    evidence={"to": distance.to.value, "reason": distance.reason},
                )
            )
    return found


_WORDS = {
    Place.ID_DOCUMENT: "identity document",
    Place.PROOF_OF_ADDRESS: "proof of address",
    Place.GEOLOCATION: "browser position",
    Place.PHONE: "phone number",
}


def _vendors(event: Verification, config: Config) -> list[Finding]:
    warned = [
        _BY_VENDOR[check.outcome]
        for check in event.checks
        if check.name == _CHECK and check.outcome in _BY_VENDOR
    ]
    if not warned:
        return []
    severity = config.grades.of(max(warned, key=lambda s: s.rank))
    return [
        Finding(
            severity=severity,
            title="The vendor sees the IP address in another country than the document",
            dedupe=(event.session_key, "VENDOR", severity),
            evidence={"check": _CHECK},
            source=Source.VENDOR,
        )
    ]
