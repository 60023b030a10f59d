"""Every threshold of enrichment and rules, with what the settings change of them.

Unknown names and values of the wrong type are refused: a typo must not silently leave a default.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from streams.contracts.model import LinkKind
from streams.pipeline.geo import distance
from streams.pipeline.links.extract import ENABLED, LINES
from streams.pipeline.links.link import LinkConfig
from streams.pipeline.normalize.allowlist import SealedAllowList, sealed
from streams.pipeline.normalize.keyring import Keyring
from streams.rules import RULES
from streams.rules.base import AllowList, RuleConfig
from streams.vendors import VENDORS


class Policy(Struct, frozen=True):
    """The thresholds in force. `version` changes whenever one of them does."""

    links: LinkConfig
    kinds: frozenset[LinkKind]
    """The kinds of links that are looked at."""
    distance: distance.Bands
    rules: dict[str, Any]
    """Rule name → its `Config`."""
    known: SealedAllowList
    """Of these no link is made, and no rule speaks about them."""
    allowed: dict[str, SealedAllowList]
    """Rule name → whom and what it is silent about: its own list, and `known`."""
    version: str


def policy_from(
    keyring: Keyring,
    links: Mapping[str, Any] | None = None,
    distance_bands: Mapping[str, Any] | None = None,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
    known: Mapping[str, Any] | None = None,
) -> Policy:
    """Defaults with the given changes. Raises ValueError naming what cannot be used.

    `links` holds `LinkConfig` and `kinds`, the names of link kinds in lower case.
    """
    changed = dict(rules or {})
    if unknown := sorted(set(changed) - set(RULES)):
        raise ValueError(f"no rule is called {', '.join(unknown)}; rules: {', '.join(RULES)}")
    thresholds = dict(links or {})
    kinds = _kinds(thresholds.pop("kinds", None))
    link_policy = _read(LinkConfig, thresholds, "links")
    bands = _read(distance.Bands, distance_bands or {}, "distance")
    if not 0 <= bands.pass_km <= bands.info_km <= bands.low_km:
        raise ValueError("distance: pass_km, info_km and low_km must rise")
    configs: dict[str, RuleConfig] = {
        name: _read(rule.config, changed.get(name, {}), f"rules.{name}")
        for name, rule in RULES.items()
    }
    everywhere = _sealed(_read(AllowList, known or {}, "known"), keyring, "known")
    allowed = {
        name: _sealed(config.allow, keyring, f"rules.{name}.allow").joined(everywhere)
        for name, config in configs.items()
    }
    said = [link_policy, sorted(kinds), bands, configs, everywhere, allowed]
    return Policy(link_policy, kinds, bands, configs, everywhere, allowed, _digest(said))


def _digest(said: list[Any]) -> str:
    text = msgspec.json.encode(said, order="deterministic")
    return hashlib.sha256(text).hexdigest()[:12]


def _kinds(names: Any) -> frozenset[LinkKind]:
    if names is None:
        return ENABLED
    possible = {line.kind.lower(): line.kind for line in LINES}
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("links.kinds must be a list of names")
    if unknown := sorted(set(names) - set(possible)):
        raise ValueError(f"links.kinds: no {', '.join(unknown)}; there is {', '.join(possible)}")
    return frozenset(possible[name] for name in names)


def _sealed(known: AllowList, keyring: Keyring, where: str) -> SealedAllowList:
    try:
        return sealed(known, keyring, frozenset(VENDORS))
    except ValueError as error:
        raise ValueError(f"{where}.{error}") from error


def _read(kind: type[Any], changes: Mapping[str, Any], where: str) -> Any:
    known = {field.name for field in msgspec.structs.fields(kind)}
    if unknown := sorted(set(changes) - known):
        raise ValueError(f"{where} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    try:
        return msgspec.convert(changes, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error
