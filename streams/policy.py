"""Every threshold of enrichment and rules, with what the settings change of them.

Unknown names and values of the wrong type are refused: a typo must not silently leave a default.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from streams.enrichment import distance, duplicates
from streams.rules import RULES


class Policy(Struct, frozen=True):
    """The thresholds in force. `version` changes whenever one of them does."""

    links: duplicates.Policy
    distance: distance.Bands
    rules: dict[str, Any]
    """Rule name → its `Config`."""
    version: str


def policy_from(
    links: Mapping[str, Any] | None = None,
    distance_bands: Mapping[str, Any] | None = None,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
) -> Policy:
    """Defaults with the given changes. Raises ValueError naming what cannot be used."""
    changed = dict(rules or {})
    if unknown := sorted(set(changed) - set(RULES)):
        raise ValueError(f"no rule is called {', '.join(unknown)}; rules: {', '.join(RULES)}")
    link_policy = _read(duplicates.Policy, links or {}, "links")
    bands = _read(distance.Bands, distance_bands or {}, "distance")
    configs = {
        name: _read(rule.config, changed.get(name, {}), f"rules.{name}")
        for name, rule in RULES.items()
    }
    text = msgspec.json.encode([link_policy, bands, configs], order="deterministic")
    return Policy(link_policy, bands, configs, hashlib.sha256(text).hexdigest()[:12])


def _read(kind: type[Any], changes: Mapping[str, Any], where: str) -> Any:
    known = {field.name for field in msgspec.structs.fields(kind)}
    if unknown := sorted(set(changes) - known):
        raise ValueError(f"{where} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    try:
        return msgspec.convert(changes, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error
