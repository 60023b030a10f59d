"""The IP address is far from the places of the documents, the browser or the phone."""

from __future__ import annotations

from msgspec import field

from streams.contracts.model import Band, Distance, Place, Severity
from streams.rules.base import EventObservation, Finding, RuleConfig, SeverityMap, distance_inputs

NAME = "ip_distance"
TITLE = "IP address far from the applicant's other places"
RUNBOOK = """
The network location and another place of the same session (`to` in the evidence) are more than
500 km apart, even if both are off by their whole radius. MEDIUM: another country, or more than
1000 km where no country is known. LOW: within one country or between neighbours.

What to do: look at the other distances of the event. One far pair out of three is mostly a trip or
an old address. If all are far, and the device is new or an earlier session was declined, review the
session by hand.

Usual false alarms: travellers, expatriates with a home address on the document, roaming SIM cards
(their traffic leaves in the operator's country), addresses that the vendor misread.

Dedupe: session, pair of places, severity.
"""
STAGE = "session"
inputs = distance_inputs
THRESHOLDS = {"bands": "enrichments.distance"}

_IP = Place.IP
_SEVERITIES = {Band.LOW: Severity.LOW, Band.MEDIUM: Severity.MEDIUM}


class Config(RuleConfig, frozen=True):
    """`least`: findings below it raise no alert."""

    least: Severity = Severity.LOW
    grades: SeverityMap = field(default_factory=SeverityMap)


def evaluate(observation: EventObservation, config: Config) -> list[Finding]:
    """One finding per pair of IP and another place whose points are known and far apart."""
    event = observation.event
    found = []
    for distance in event.enrichment.distances:
        severity = _SEVERITIES.get(distance.band)
        if severity is None or distance.from_ is not _IP or distance.effective_km is None:
            continue
        severity = config.grades.of(severity)
        if severity.rank >= config.least.rank:
            pair = f"{distance.from_}-{distance.to}"
            found.append(
                Finding(
                    severity=severity,
                    title=f"IP address and {_WORDS[distance.to]} are far apart",
                    dedupe=(event.session_key, pair, severity),
                    evidence=_evidence(distance),
                )
            )
    return found


_WORDS = {
    Place.ID_DOCUMENT: "identity document",
    Place.PROOF_OF_ADDRESS: "proof of address",
    Place.GEOLOCATION: "browser position",
}


def _evidence(distance: Distance) -> dict[str, bool | int | float | str]:
    figures = {
        "to": distance.to.value,
        "km": distance.km,
        "effective_km": distance.effective_km,
        "radius_km": distance.radius_km,
        "vendor_km": distance.vendor_km,
        "reason": distance.reason,
    }
    return {name: value for name, value in figures.items() if value is not None}
