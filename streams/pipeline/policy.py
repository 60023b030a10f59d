"""The policy: every threshold of enrichments, links and rules, as the settings change it.

Unknown names and wrong types raise ValueError: a typo must not silently leave a default.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from streams.contracts.model import LinkKind
from streams.pipeline.cases.score import CaseConfig
from streams.pipeline.enrichments import ENRICHMENTS
from streams.pipeline.links.kinds import ENABLED, KINDS
from streams.pipeline.links.link import LinkConfig
from streams.pipeline.normalize.allowlist import SealedAllowList, seal_allow_list
from streams.pipeline.normalize.keyring import Keyring
from streams.rules import RULES
from streams.rules.base import AllowList, RuleConfig
from streams.vendors import VENDORS

SECTIONS = ("links", *ENRICHMENTS, "rules", "known", "cases")
"""The sections of the settings that make a policy."""


class Policy(Struct, frozen=True):
    """The thresholds in force. `version` changes whenever one of them does."""

    links: LinkConfig
    kinds: frozenset[LinkKind]
    """The kinds of links in use."""
    enrichments: dict[str, Any]
    """Enrichment name → its thresholds."""
    rules: dict[str, Any]
    """Rule name → its `Config`."""
    known: SealedAllowList
    """Values that make no link and raise no alert."""
    allowed: dict[str, SealedAllowList]
    """Rule name → subjects and values that it raises no alert about: its own list, and `known`."""
    cases: CaseConfig
    version: str


def policy_from(keyring: Keyring, settings: Mapping[str, Any] | None = None) -> Policy:
    """The defaults with the changes of `settings` (section → changes). Raises ValueError, which
    names the section or field to correct.

    Section `links` holds `LinkConfig` and `kinds`, the names of link kinds in lower case.
    """
    sections: dict[str, Any] = {name: {} for name in SECTIONS} | dict(settings or {})
    if unknown := sorted(sections.keys() - set(SECTIONS)):
        raise ValueError(f"no section {', '.join(unknown)}; use {', '.join(SECTIONS)}")
    changed = dict(sections["rules"])
    if unknown := sorted(set(changed) - set(RULES)):
        raise ValueError(f"no rule is called {', '.join(unknown)}; use {', '.join(RULES)}")
    thresholds = dict(sections["links"])
    kinds = _kinds(thresholds.pop("kinds", None))
    links = _read(LinkConfig, thresholds, "links")
    enrichments = {
        name: _read(enrichment.config, sections[name], name)
        for name, enrichment in ENRICHMENTS.items()
    }
    rules: dict[str, RuleConfig] = {
        name: _read(rule.config, changed.get(name, {}), f"rules.{name}")
        for name, rule in RULES.items()
    }
    known = _sealed(_read(AllowList, sections["known"], "known"), keyring, "known")
    allowed = {
        name: _sealed(config.allow, keyring, f"rules.{name}.allow").joined(known)
        for name, config in rules.items()
    }
    cases = _read(CaseConfig, sections["cases"], "cases")
    if unknown := sorted(set(cases.weights) - set(RULES)):
        raise ValueError(f"cases.weights: no rule is called {', '.join(unknown)}")
    version = _digest([links, sorted(kinds), *enrichments.values(), rules, known, allowed, cases])
    return Policy(links, kinds, enrichments, rules, known, allowed, cases, version)


def _digest(thresholds: list[Any]) -> str:
    text = msgspec.json.encode(thresholds, order="deterministic")
    return hashlib.sha256(text).hexdigest()[:12]


def _kinds(names: Any) -> frozenset[LinkKind]:
    if names is None:
        return ENABLED
    possible = {kind.kind.lower(): kind.kind for kind in KINDS}
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("links.kinds must be a list of names")
    if unknown := sorted(set(names) - set(possible)):
        raise ValueError(f"links.kinds: no {', '.join(unknown)}; use {', '.join(possible)}")
    return frozenset(possible[name] for name in names)


def _sealed(allowed: AllowList, keyring: Keyring, where: str) -> SealedAllowList:
    try:
        return seal_allow_list(allowed, keyring, frozenset(VENDORS))
    except ValueError as error:
        raise ValueError(f"{where}.{error}") from error


def _read(kind: type[Any], changes: Mapping[str, Any], where: str) -> Any:
    names = set(kind.__struct_fields__)
    if unknown := sorted(set(changes) - names):
        raise ValueError(f"{where} has no {', '.join(unknown)}; use {', '.join(sorted(names))}")
    try:
        return msgspec.convert(changes, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error
