"""The effect of other settings: runs the same records with two policies and compares them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

from streams.contracts.model import Alert, Case, Environment, RawRecord, Verification
from streams.pipeline.local import Offline
from streams.pipeline.messages import Shadowed, Suppressed
from streams.pipeline.policy import Policy
from streams.rules import RULES

Kind = Literal["added", "removed", "changed"]
Record = tuple[str, RawRecord, Environment]
"""Vendor, raw record, and the environment where the record has none."""

_LISTS = ("known", "allow", "allowed")


class Change(Struct, frozen=True):
    """A finding, an alert or a case that differs. `before` and `after` hold the two versions, `why`
    the settings that affect it and the reason for a missing alert. `part` is a rule's name, or
    `duplicates`, `distances`, `decision`, `score`. A case has no session: `session_id` is its
    subject's key, and `event_id` is empty.
    """

    what: Literal["alert", "finding", "decision", "case"]
    kind: Kind
    part: str
    vendor: str
    session_id: str
    event_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    why: list[str]


class Comparison(Struct):
    events: int = 0
    changes: list[Change] = []

    def count(self, what: str) -> int:
        return sum(change.what == what for change in self.changes)


class _Side:
    """The outputs of one policy."""

    def __init__(self, offline: Offline) -> None:
        self._offline = offline
        self.events: dict[str, Verification] = {}
        self.alerts: list[Alert] = []
        self.held: dict[tuple[str, str], str] = {}
        self.cases: dict[str, Case] = {}
        """As they are at the end."""

    def take(self, vendor: str, record: RawRecord, default: Environment) -> None:
        for output in self._offline.outputs(vendor, record, record.timestamp, default):
            match output:
                case Verification():
                    self.events[output.event_id] = output
                case Alert():
                    self.alerts.append(output)
                case Case():
                    self.cases[output.case_id] = output
                case Shadowed(alert):
                    self.held[alert.rule, alert.event_id] = "shadow mode"
                case Suppressed(alert):
                    self.held[alert.rule, alert.event_id] = "cooldown"


def compare(
    records: Iterable[Record], before: tuple[Policy, Offline], after: tuple[Policy, Offline]
) -> Comparison:
    """Runs all records with both policies. Two alerts are the same where all fields are, except for
    the policy's version.
    """
    one, other = _Side(before[1]), _Side(after[1])
    for vendor, record, default in records:
        one.take(vendor, record, default)
        other.take(vendor, record, default)
    settings = changed_settings(before[0], after[0])
    policies = (before[0], after[0])
    changes = [
        *_events(one, other, settings),
        *_alerts(one, other, settings, policies),
        *_cases(one, other, settings),
    ]
    return Comparison(len(one.events), changes)


def changed_settings(before: Policy, after: Policy) -> dict[str, str]:
    """Path of each setting that differs → `old → new`. Allow-lists are never quoted."""
    one, other = _flat(before), _flat(after)
    return {
        path: "the list differs"
        if any(part in _LISTS for part in path.split("."))
        else f"{one.get(path)} → {other.get(path)}"
        for path in sorted(one.keys() | other.keys())
        if one.get(path) != other.get(path)
    }


def _flat(policy: Policy) -> dict[str, Any]:
    tree = msgspec.to_builtins(policy, order="deterministic")
    del tree["version"], tree["allowed"]
    tree["known"] = str(tree["known"])
    for config in tree["rules"].values():
        config["allow"] = str(config["allow"])
    tree["links"]["kinds"] = ", ".join(tree.pop("kinds"))
    tree |= tree.pop("enrichments")
    return dict(_leaves(tree, ""))


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _leaves(value, f"{path}.{name}" if path else name)
    else:
        yield path, node


def _bearing(settings: dict[str, str], *prefixes: str) -> list[str]:
    return [f"{path}: {change}" for path, change in settings.items() if path.startswith(prefixes)]


def _events(one: _Side, other: _Side, settings: dict[str, str]) -> Iterator[Change]:
    for event_id in one.events.keys() | other.events.keys():
        a, b = one.events.get(event_id), other.events.get(event_id)
        event = a or b
        assert event is not None
        for part, what, why in (
            ("decision", "decision", ()),
            ("duplicates", "finding", ("links.", "known")),
            ("distances", "finding", ("distance.",)),
        ):
            before, after = _part(a, part), _part(b, part)
            if before != after:
                yield Change(
                    what,  # type: ignore[arg-type]
                    "changed", part, event.vendor, event.session_id, event_id, before, after,
                    _bearing(settings, *why) if why else [],
                )  # fmt: skip


def _part(event: Verification | None, part: str) -> dict[str, Any] | None:
    if event is None:
        return None
    value = event.decision if part == "decision" else getattr(event.enrichment, part)
    return {part: msgspec.to_builtins(value)}


def _alerts(
    one: _Side, other: _Side, settings: dict[str, str], policies: tuple[Policy, Policy]
) -> Iterator[Change]:
    before, after = _by_key(one.alerts), _by_key(other.alerts)
    for key in [*before, *(key for key in after if key not in before)]:
        olds, news = before.get(key, []), after.get(key, [])
        for n in range(max(len(olds), len(news))):
            old = olds[n] if n < len(olds) else None
            new = news[n] if n < len(news) else None
            content, new_content = _content(old), _content(new)
            if content == new_content:
                continue
            alert = old or new
            assert alert is not None
            kind: Kind = "added" if old is None else "removed" if new is None else "changed"
            silent = other if new is None else one if old is None else None
            yield Change(
                "alert", kind, alert.rule, alert.vendor, alert.session_id, alert.event_id, content,
                new_content, [*_silence(alert, silent, policies[silent is other]),
                              *_bearing(settings, *_prefixes(alert.rule))],
            )  # fmt: skip


def _silence(alert: Alert, silent: _Side | None, policy: Policy) -> list[str]:
    if silent is None:
        return []
    if not policy.rules[alert.rule].enabled:
        return ["the rule is off"]
    if held := silent.held.get((alert.rule, alert.event_id)):
        return [f"held back: {held}"]
    event = silent.events.get(alert.event_id)
    return ["known or allowed"] if event and policy.allowed[alert.rule].matches(event) else []


def _prefixes(rule: str) -> list[str]:
    """The prefixes of the settings that affect a rule."""
    sections = ["known", "links"] if RULES[rule].stage == "link" else []
    sections += [path.removeprefix("enrichments.") for path in RULES[rule].thresholds.values()]
    return [f"rules.{rule}.", *sections]


def _cases(one: _Side, other: _Side, settings: dict[str, str]) -> Iterator[Change]:
    for case_id in [*one.cases, *(c for c in other.cases if c not in one.cases)]:
        before, after = one.cases.get(case_id), other.cases.get(case_id)
        old, new = _score(before), _score(after)
        if old != new:
            case = before or after
            assert case is not None
            kind: Kind = "added" if old is None else "removed" if new is None else "changed"
            yield Change(
                "case", kind, "score", "subject", case.subject_key, "", old, new,
                _bearing(settings, "cases."),
            )  # fmt: skip


def _score(case: Case | None) -> dict[str, Any] | None:
    if case is None:
        return None
    parts = {c.rule: c.points for c in case.contributions}
    return {"band": case.band.value, "score": case.score, "contributions": parts}


def _by_key(alerts: Iterable[Alert]) -> dict[tuple[str, str, str], list[Alert]]:
    found: dict[tuple[str, str, str], list[Alert]] = {}
    for alert in alerts:
        about = str(alert.evidence.get("to") or alert.evidence.get("link") or "")
        found.setdefault((alert.rule, alert.event_id, about), []).append(alert)
    return found


def _content(alert: Alert | None) -> dict[str, Any] | None:
    if alert is None:
        return None
    return {
        "severity": alert.severity.value,
        "title": alert.title,
        "linked": [f"{x.vendor}:{x.session_id}" for x in alert.linked],
        "evidence": {k: v for k, v in alert.evidence.items() if k != "policy_version"},
    }
