"""The alert rules: one module each, found by name; nothing else lists them.

A rule module has

- `NAME` (the module's name), `TITLE` (a line for people), `RUNBOOK` (what it means, what to do,
  what usually sets it off falsely);
- `STAGE`: `session` for rules about one event and its session, `link` for rules about sessions
  that share something;
- `Config`, a `findings.RuleConfig` with the rule's thresholds and severities, each with a default;
- `evaluate(observation, config)`: pure; takes an `EventObservation` or a `LinkObservation`, by
  stage, and answers with findings.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from streams.rules.base import Finding, RuleConfig

Stage = Literal["session", "link"]


class Rule(Struct, frozen=True):
    """One rule as its module declares it."""

    name: str
    title: str
    runbook: str
    stage: Stage
    config: type[RuleConfig]
    evaluate: Callable[[Any, Any], list[Finding]]


def _load(name: str) -> Rule:
    module = importlib.import_module(f"{__name__}.{name}")
    return Rule(
        name=module.NAME,
        title=module.TITLE,
        runbook=module.RUNBOOK,
        stage=module.STAGE,
        config=module.Config,
        evaluate=module.evaluate,
    )


RULES: dict[str, Rule] = {
    name: _load(name)
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name != "base"
}
"""Rule name → rule."""
