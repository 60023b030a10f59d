"""Why a case has its score: what each sign weighs, and what is left of it. Pure."""

from __future__ import annotations

from msgspec import Struct

from streams.contracts.model import Case
from streams.pipeline.cases.score import DAY_MS, CaseConfig, contributions, faded, kind_of, score_of


class Sign(Struct, frozen=True):
    """One alert of a case. Weights in decibans."""

    alert_id: str
    rule: str
    severity: str
    kind: str
    weight: float
    age_days: float
    faded: float
    muted: bool


class Explained(Struct, frozen=True):
    """`now` has the parts under these settings: rule → points. The case's own differ where it had
    another policy.
    """

    signs: list[Sign]
    now: dict[str, float]
    score: int
    band: str


def explain_case(case: Case, config: CaseConfig) -> Explained:
    """A case under the settings at hand, at the time of its last change."""
    signs = [
        Sign(
            alert.alert_id,
            alert.rule,
            alert.severity.value,
            kind_of(alert.rule),
            config.weight(alert.rule, alert.severity),
            round(max(0, case.changed_at - alert.occurred_at) / DAY_MS, 1),
            round(faded(alert, case.changed_at, config), 1),
            alert.muted,
        )
        for alert in case.alerts
    ]
    parts = contributions(case.alerts, case.changed_at, config)
    score = score_of(parts)
    return Explained(signs, {p.rule: p.points for p in parts}, score, config.band(score).value)
