"""The score of a case: the weight of evidence in decibans, summed over kinds of signs.

Ten decibans (dB) make fraud ten times as likely as it was. Signs of different kinds add up, as if
they were independent. Of one kind the heaviest alert counts; other rules of that kind, and further
alerts of a rule, add little, since they mostly have one cause. Time lets a sign fade. The sum,
within 0 to 100, is the score.

At one fraud in a hundred (-20 dB), 20 dB are even odds: that is where MEDIUM begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, field

from streams.contracts.model import CaseAlert, CaseBand, Contribution, Severity

DAY_MS = 86_400_000

Points = Annotated[float, Meta(ge=0, le=100)]


class Weight(Struct, frozen=True, forbid_unknown_fields=True):
    """What an alert of a rule weighs, in dB, by its severity. INFO weighs nothing."""

    low: Points = 0.0
    medium: Points = 0.0
    high: Points = 0.0

    def of(self, severity: Severity) -> float:
        return {Severity.LOW: self.low, Severity.MEDIUM: self.medium, Severity.HIGH: self.high}.get(
            severity, 0.0
        )


WEIGHTS = {
    # One device, other subjects. Two or three are mostly a household, so that HIGH, which three in
    # one evening reach, stays below MEDIUM by itself: a farm has other signs too, or a crowd.
    "duplicate_device": Weight(5, 10, 15),
    # A kiosk or a collision: it says nothing of its customers.
    "shared_device": Weight(0, 0, 0),
    # One document under several subjects: forgotten accounts do so too, once in a thousand people.
    "same_person": Weight(8, 22, 32),
    # The vendor compared faces: right about nine in ten of them, by the vendors' own figures.
    "duplicate_identity": Weight(10, 24, 36),
    # MEDIUM is another country, on a line that is not mobile: some 0.3 % of honest people are
    # abroad, or have an address that is placed wrongly.
    "ip_distance": Weight(3, 22, 28),
    "ip_country_mismatch": Weight(3, 21, 28),
    # One in ten to one in three people uses a VPN; Tor and open proxies, one in some hundreds.
    "anonymous_ip": Weight(3, 10, 16),
    "impossible_travel": Weight(6, 22, 30),
    # A second try that succeeds reverses a decision too, and the vendor has decided already.
    "decision_reversed": Weight(1, 2, 4),
    "verification_lapsed": Weight(0, 0, 0),
    # Declined here, approved there: the one that was tried second was looked for.
    "vendors_disagree": Weight(8, 22, 28),
}
"""Rule → weights. From likelihood ratios on simulated people, rounded: docs/simulation.md."""

CROWD = "device_crowd"
"""A sign without an alert: at least `crowd_from` subjects on one device."""

KINDS = {
    "device": ("duplicate_device", "shared_device", CROWD),
    "identity": ("same_person", "duplicate_identity"),
    "place": ("ip_distance", "ip_country_mismatch", "impossible_travel"),
    "network": ("anonymous_ip",),
    "decision": ("decision_reversed", "verification_lapsed", "vendors_disagree"),
}
"""Kind of sign → its rules. A rule that no kind has is a kind of its own."""
_KIND_OF = {rule: kind for kind, rules in KINDS.items() for rule in rules}


class CaseConfig(Struct, frozen=True):
    """Section `cases` of the settings."""

    enabled: bool = True
    weights: dict[str, Weight] = field(default_factory=dict)
    """Changes of `WEIGHTS`, whole rows."""
    crowd_points: Points = 19.0
    """Of one of at least `crowd_from` subjects on one device: more than a household."""
    crowd_from: Annotated[int, Meta(ge=3, le=1000)] = 5
    repeat_points: Points = 1.0
    """Of each further alert of a rule, at most three times, and of each further rule of a kind."""
    half_life_days: Annotated[float, Meta(gt=0, le=3650)] = 180.0
    medium: Points = 20.0
    high: Points = 28.0
    mute_days: Annotated[float, Meta(ge=0, le=3650)] = 90.0
    """How long a false alarm keeps the same finding quiet."""

    def weight(self, rule: str, severity: Severity) -> float:
        if rule == CROWD:
            return self.crowd_points
        found = self.weights.get(rule) or WEIGHTS.get(rule)
        return found.of(severity) if found else 0.0

    def band(self, score: int) -> CaseBand:
        if score >= self.high:
            return CaseBand.HIGH
        return CaseBand.MEDIUM if score >= self.medium else CaseBand.LOW


MOST_REPEATS = 3


def kind_of(rule: str) -> str:
    """The kind of sign that a rule finds."""
    return _KIND_OF.get(rule, rule)


def contributions(alerts: Iterable[CaseAlert], at: int, config: CaseConfig) -> list[Contribution]:
    """What each rule adds at a time (epoch ms), the largest first."""
    by_rule: dict[str, list[CaseAlert]] = {}
    for alert in alerts:
        by_rule.setdefault(alert.rule, []).append(alert)
    found = [_contribution(rule, signs, at, config) for rule, signs in by_rule.items()]
    found.sort(key=lambda c: (-c.points, c.rule))
    kinds: set[str] = set()
    for contribution in found:
        kind = kind_of(contribution.rule)
        if kind in kinds:
            contribution.points = min(contribution.points, config.repeat_points)
        elif contribution.points:
            kinds.add(kind)
    return sorted(found, key=lambda c: (-c.points, c.rule))


def _contribution(rule: str, signs: list[CaseAlert], at: int, config: CaseConfig) -> Contribution:
    counted = [sign for sign in signs if not sign.muted]
    points = sorted((faded(sign, at, config) for sign in counted), reverse=True)
    repeats = min(len(points) - 1, MOST_REPEATS) * config.repeat_points if points[:1] > [0] else 0
    return Contribution(
        rule=rule,
        severity=max((s.severity for s in counted or signs), key=lambda s: s.rank),
        points=round(sum(points[:1]) + repeats, 1),
        alerts=len(signs),
        first_at=min(sign.occurred_at for sign in signs),
        last_at=max(sign.occurred_at for sign in signs),
        muted=not counted,
    )


def faded(sign: CaseAlert, at: int, config: CaseConfig) -> float:
    """What is left of a sign's weight at a time (epoch ms)."""
    age_days = max(0, at - sign.occurred_at) / DAY_MS
    return float(
        config.weight(sign.rule, sign.severity) * 0.5 ** (age_days / config.half_life_days)
    )


def score_of(found: Iterable[Contribution]) -> int:
    """The sum of the contributions within 0 to 100."""
    return min(100, max(0, round(sum(c.points for c in found))))
