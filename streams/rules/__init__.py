"""The alert rules: one module each, found by name. No other list exists.

A rule module has

- `NAME` (the module's name), `TITLE` (a line for people), `RUNBOOK` (what it means, what to do, its
  usual false alarms);
- `STAGE`: `session` for rules about one event and its session, `link` for rules about sessions that
  share a value; these declare `KINDS`, the kinds of links that they evaluate;
- `Config`, a `RuleConfig` with the rule's thresholds and severities, each with a default;
- `evaluate(observation, config)`: pure; takes an `EventObservation`, or a `LinkObservation` of one
  of `KINDS`, and returns findings;
- `inputs(observation)`: the values of an observation that the rule reads, for `idv explain`;
- `THRESHOLDS`, where the rule depends on settings of others: the name to show → the attribute of
  the policy.

`base` holds the code that rules share.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

from streams.contracts.model import LinkKind
from streams.rules.base import Finding, RuleConfig

Stage = Literal["session", "link"]


class Rule(Struct, frozen=True):
    """One rule as its module declares it."""

    name: str
    title: str
    runbook: str
    stage: Stage
    kinds: tuple[LinkKind, ...]
    config: type[RuleConfig]
    evaluate: Callable[[Any, Any], list[Finding]]
    inputs: Callable[[Any], dict[str, Any]]
    thresholds: Mapping[str, str]


def _load(name: str) -> Rule:
    module = importlib.import_module(f"{__name__}.{name}")
    return Rule(
        name=module.NAME,
        title=module.TITLE,
        runbook=module.RUNBOOK,
        stage=module.STAGE,
        kinds=getattr(module, "KINDS", ()),
        config=module.Config,
        evaluate=module.evaluate,
        inputs=module.inputs,
        thresholds=getattr(module, "THRESHOLDS", {}),
    )


RULES: dict[str, Rule] = {
    name: _load(name)
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name != "base"
}
"""Rule name → rule."""
