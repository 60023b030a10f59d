"""One subject at two places that are too far apart for the time between them."""

from __future__ import annotations

from streams.contracts.model import LinkKind, Severity
from streams.rules.base import Finding, LinkObservation, Occurrence, RuleConfig, Travel, link_inputs

NAME = "impossible_travel"
TITLE = "A subject was at two distant places in too short a time"
RUNBOOK = """
Two consecutive places of one subject, at most 24 hours apart, need more than 500 km and more than
900 km/h, both less the uncertainty of the two places. Places are those of IP addresses, without
anonymous, hosting and mobile ones. Less than a minute counts as a minute. MEDIUM; within one
country LOW, unless both lines are fixed.

What to do: find out which of the two sessions is the customer's. A different device as well
suggests an account takeover, or a session passed on to another person.

Usual false alarms: companies whose traffic leaves elsewhere, privacy relays that no database lists,
mobile carriers and roaming where the vendor does not give the kind of line.

Dedupe: link (the subject), the later session. A late event in between moves or withdraws the alert.
"""
STAGE = "link"
KINDS = (LinkKind.SUBJECT,)
inputs = link_inputs


class Config(RuleConfig, frozen=True):
    """Thresholds on the effective distance."""

    speed_kmh: float = 900.0
    distance_km: float = 500.0
    severity: Severity = Severity.MEDIUM
    severity_domestic: Severity = Severity.LOW
    """Within one country, unless both lines are fixed. Databases place half of the mobile addresses
    of Asia at another city's gateway, so a phone that changes from Wi-Fi to its carrier "travels";
    and most vendors do not report mobile lines."""
    fixed_radius_km: float = 100.0
    """The largest radius of a fixed line's position."""


def evaluate(observation: LinkObservation, config: Config) -> list[Finding]:
    """At most one finding: the travel from the place before to that of this session."""
    travel = observation.travel
    if travel is None:
        return []
    if travel.speed_kmh <= config.speed_kmh or travel.effective_km <= config.distance_km:
        return []
    seen = observation.seen
    return [
        Finding(
            severity=config.severity_domestic
            if _is_doubtful(travel, seen, config)
            else config.severity,
            title=f"A subject moved {travel.effective_km:.0f} km in {travel.minutes:.0f} minutes",
            dedupe=(observation.link, seen.vendor, seen.session_id),
            evidence={
                "km": travel.km,
                "effective_km": travel.effective_km,
                "radius_km": travel.radius_km,
                "minutes": travel.minutes,
                "speed_kmh": travel.speed_kmh,
            },
            linked=[travel.start.linked],
        )
    ]


def _is_doubtful(travel: Travel, seen: Occurrence, config: Config) -> bool:
    start, end = travel.start.position, seen.position
    if start is None or end is None or start.country is None or start.country != end.country:
        return False
    return max(start.radius_km, end.radius_km) > config.fixed_radius_km
