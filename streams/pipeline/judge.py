"""The one evaluator of rules: the pipeline, `idv explain` and `idv diff` all use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from streams.contracts.model import LinkKind
from streams.pipeline.normalize.allowlist import NOTHING_ALLOWED
from streams.pipeline.policy import Policy
from streams.rules import RULES, Rule
from streams.rules.base import EventObservation, Finding, LinkObservation, RuleConfig

Outcome = Literal["fires", "shadow", "silent", "off", "allowed", "failed"]
"""`fires` and `shadow`: the rule has a finding. `failed`: it raised an exception (a bug)."""


class Ruling(Struct, frozen=True):
    """The result of one rule for one observation. `rule` is the rule that raises the alert."""

    rule: str
    outcome: Outcome
    finding: Finding | None = None


class Judge:
    """Evaluates rules by one policy."""

    def __init__(self, policy: Policy) -> None:
        self._configs: dict[str, RuleConfig] = policy.rules
        self._allowed = {n: a for n, a in policy.allowed.items() if a != NOTHING_ALLOWED}
        enabled = [rule for rule in RULES.values() if policy.rules[rule.name].enabled]
        self._of_events = [rule for rule in enabled if rule.stage == "session"]
        # A list, since Python 3.11 takes long to hash a member of an enum.
        self._of_links = [
            (kind, [rule for rule in enabled if kind in rule.kinds])
            for kind in LinkKind
            if any(kind in rule.kinds for rule in enabled)
        ]

    def rulings(self, observation: EventObservation | LinkObservation) -> list[Ruling]:
        """The findings and failures of the enabled rules for an observation."""
        return [
            ruling
            for rule in self.rules(observation)
            for ruling in self._evaluated(rule, observation)
            if ruling.finding is not None or ruling.outcome == "failed"
        ]

    def rules(self, observation: EventObservation | LinkObservation) -> Sequence[Rule]:
        """The enabled rules that evaluate this kind of observation."""
        if isinstance(observation, EventObservation):
            return self._of_events
        return next((rules for kind, rules in self._of_links if kind is observation.kind), ())

    def ruling(
        self, rule: Rule, observation: EventObservation | LinkObservation
    ) -> Sequence[Ruling]:
        """One ruling per finding of the rule; one ruling without a finding where it has none."""
        if not self._configs[rule.name].enabled:
            return (Ruling(rule.name, "off"),)
        return self._evaluated(rule, observation) or (Ruling(rule.name, "silent"),)

    def _evaluated(
        self, rule: Rule, observation: EventObservation | LinkObservation
    ) -> Sequence[Ruling]:
        """Nothing for a rule that is silent, which most rules are for most events."""
        if self._allowed and self._is_allowed(rule.name, observation):
            return (Ruling(rule.name, "allowed"),)
        try:
            findings = rule.evaluate(observation, self._configs[rule.name])
        except Exception:
            return (Ruling(rule.name, "failed"),)
        return [self._with_outcome(rule.name, f, observation) for f in findings] if findings else ()

    def _with_outcome(
        self, rule: str, finding: Finding, observation: EventObservation | LinkObservation
    ) -> Ruling:
        """The ruling for a finding, by the settings of the rule that raises its alert."""
        name = finding.rule or rule
        config = self._configs[name]
        if name != rule:
            if not config.enabled:
                return Ruling(name, "off")
            if self._is_allowed(name, observation):
                return Ruling(name, "allowed")
        return Ruling(name, "shadow" if config.shadow else "fires", finding)

    def _is_allowed(self, rule: str, observation: EventObservation | LinkObservation) -> bool:
        allowed = self._allowed.get(rule)
        if allowed is None:
            return False
        if isinstance(observation, EventObservation):
            return allowed.matches(observation.event)
        return allowed.matches_link(observation.link, observation.seen.subject)
