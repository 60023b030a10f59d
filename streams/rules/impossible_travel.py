"""One subject at two places that lie too far apart for the time between them."""

from __future__ import annotations

from streams.contracts.model import LinkKind, Severity
from streams.rules.base import Finding, LinkObservation, Occurrence, RuleConfig, Travel, link_inputs

NAME = "impossible_travel"
TITLE = "A subject was at two distant places in too short a time"
RUNBOOK = """
Between two consecutive places of one subject, at most 24 hours apart, lie more than 500 km and a
speed of more than 900 km/h, both after the uncertainty of the two places is taken off. Places are
those of IP addresses, without anonymous and hosting ones and lines that the vendor calls mobile;
less than a minute counts as a minute. MEDIUM; within one country LOW, unless both lines are known
to be fixed.

What to do: ask which of the two sessions is the customer's. Together with another device it speaks
for a taken-over account or a session passed on to somebody else.

Usual false alarms: companies whose traffic surfaces elsewhere, privacy relays that no database
knows; mobile carriers and roaming where the vendor does not tell the kind of line.

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
    """Within one country, unless both lines are known to be fixed. Databases place half of the
    mobile addresses of Asia at another city's gateway, so a phone that changes from Wi-Fi to its
    carrier "travels"; and most vendors do not tell which lines are mobile."""
    fixed_radius_km: float = 100.0
    """Positions up to this uncertain are those of fixed lines."""


def evaluate(observation: LinkObservation, config: Config) -> list[Finding]:
    """At most one finding: the way from the place before to that of this session."""
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
