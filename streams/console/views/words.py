"""Words for what records hold as symbols and numbers."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from streams.contracts.model import Contribution, Verdict
from streams.pipeline.cases.score import CROWD
from streams.rules import RULES

_ACTS = "What to do:"
MASK = "••••••"
"""Stands for personal data that are not revealed, whatever their length."""

VERDICTS = {
    Verdict.CONFIRMED_FRAUD: "Confirmed fraud",
    Verdict.FALSE_ALARM: "False alarm",
    Verdict.DUPLICATE: "Duplicate",
    Verdict.UNKNOWN: "A newer release's verdict",
}
"""Those that can be given, and what an older release makes of newer ones."""


def rule_title(rule: str) -> str:
    """What a rule finds; of a rule that this release lacks, its name."""
    if rule == CROWD:
        return "More subjects on one device than a household has"
    return RULES[rule].title if rule in RULES else rule.replace("_", " ")


class Runbook(Struct, frozen=True):
    """Paragraphs; of a paragraph, each second part is code."""

    acts: list[list[str]]
    """What to do."""
    rest: list[list[str]]


def runbook(rule: str) -> Runbook | None:
    """None for a rule that this release lacks."""
    if rule not in RULES:
        return None
    paragraphs = [" ".join(part.split()) for part in RULES[rule].runbook.strip().split("\n\n")]
    return Runbook(
        acts=[p.split("`") for p in paragraphs if p.startswith(_ACTS)],
        rest=[p.split("`") for p in paragraphs if not p.startswith(_ACTS)],
    )


def contribution(part: Contribution) -> str:
    """Why it adds what it adds, in a sentence."""
    if part.muted:
        return "A verdict has called this sign a false alarm, so it adds nothing."
    number = "One alert" if part.alerts == 1 else f"{part.alerts} alerts"
    days = sorted({date(part.first_at), date(part.last_at)})
    when = f"on {days[0]}" if len(days) == 1 else f"between {days[0]} and {days[-1]}"
    worst = "" if part.alerts == 1 else ", the worst of them"
    return f"{number} {when}{worst} {part.severity}."


def evidence(found: dict[str, bool | int | float | str]) -> list[tuple[str, str]]:
    """Figures with their names, without those for machines."""
    return [
        (name.replace("_", " "), _figure(value))
        for name, value in found.items()
        if name != "policy_version"
    ]


def moment(millis: int) -> str:
    """`2026-05-14 10:25:00`, UTC."""
    return datetime.fromtimestamp(millis / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def date(millis: int) -> str:
    return moment(millis)[:10]


def _figure(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
