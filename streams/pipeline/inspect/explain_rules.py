"""Explains the alerts of an event: evaluates every rule again and shows its inputs.

Results hold figures, names of fields and ids of sessions only, no personal data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from streams.contracts.model import Decision, Verification
from streams.pipeline.event_time import event_time
from streams.pipeline.judge import Judge, Outcome, Ruling
from streams.pipeline.links.alerts import StandingAlert
from streams.pipeline.links.extract import links_of
from streams.pipeline.links.kinds import Hash
from streams.pipeline.links.link import LinkState, look
from streams.pipeline.messages import LinkVisit
from streams.pipeline.policy import Policy
from streams.pipeline.sessions.session import SessionState, cooled
from streams.rules import RULES, Rule
from streams.rules.base import (
    EventObservation,
    Finding,
    LinkObservation,
    PreviousState,
    RuleConfig,
)

_COMMON = frozenset(RuleConfig.__struct_fields__)


class RuleResult(Struct, frozen=True):
    """The result of a rule for an event, by the current policy. `shadow`: it fires, but no alert is
    sent; `suppressed`: its cooldown suppressed the alert; `unknown`: its link has no state. `link`
    is the kind of link, `thresholds` the rule's settings, `inputs` the values compared with them.
    """

    rule: str
    outcome: Outcome | Literal["suppressed", "unknown"] = field(name="says")
    thresholds: dict[str, Any]
    inputs: dict[str, Any]
    link: str | None = None
    severity: str | None = None
    title: str | None = None
    linked: list[str] = []


def rule_results(
    event: Verification,
    previous: PreviousState | None,
    links: Mapping[str, LinkState],
    session: SessionState | None,
    policy: Policy,
    hash_: Hash,
) -> list[RuleResult]:
    """One result per rule; for rules about links, one per link of the event. `previous` is the
    session's state before the event, `links` maps the keys of its links to their states, `session`
    is the state of its session.
    """
    judge = Judge(policy)
    visits = list(links_of(event, hash_, enabled=policy.kinds, known=policy.known))
    found: list[RuleResult] = []
    for rule in RULES.values():
        thresholds = _thresholds(policy, rule)
        if rule.stage == "session":
            observation = EventObservation(event, previous)
            inputs = rule.inputs(observation)
            for ruling in judge.ruling(rule, observation):
                held = _is_held_by_session(ruling, event, session, policy)
                found.append(_result(ruling, thresholds, inputs, held=held))
        else:
            found += _of_links(rule, thresholds, visits, links, policy, judge)
    return found


def link_keys(event: Verification, policy: Policy, hash_: Hash) -> list[str]:
    """The keys of the links of an event, under the current hashing key."""
    return [v.key for v in links_of(event, hash_, enabled=policy.kinds, known=policy.known)]


def previous_of(events: list[Verification], event: Verification) -> PreviousState | None:
    """The session's state before an event, from the events of the session."""
    supersession = event.enrichment.supersession
    if supersession is None or supersession.is_stale or supersession.previous_decision is None:
        return None
    earlier = sorted(
        (e for e in events if e.occurred_at <= event.occurred_at and e.event_id != event.event_id),
        key=lambda e: e.occurred_at,
    )
    verdict = [e.decision for e in earlier if e.decision in (Decision.APPROVED, Decision.DECLINED)]
    return PreviousState(
        decision=supersession.previous_decision,
        final=supersession.previous_decision.final,
        event_id=supersession.supersedes or "",
        lifecycle=earlier[-1].lifecycle if earlier else event.lifecycle,
        verdict=verdict[-1] if verdict else None,
    )


def _of_links(
    rule: Rule,
    thresholds: dict[str, Any],
    visits: Sequence[LinkVisit],
    states: Mapping[str, LinkState],
    policy: Policy,
    judge: Judge,
) -> Iterator[RuleResult]:
    kinds = {kind.lower() for kind in rule.kinds}
    for visit in visits:
        kind = visit.key.split("|", 2)[1]
        if kind not in kinds:
            continue
        state = states.get(visit.key)
        if state is None:
            yield RuleResult(rule.name, "unknown", thresholds, {}, kind)
            continue
        observation = look(visit.key, state, visit.sighting, policy.links)
        inputs = rule.inputs(observation)
        if state.shared:
            inputs = {"shared_by_subjects": state.shared, "uses_of_a_shared_link_kept": 0}
        standing = _standing(rule, observation, state)
        for ruling in judge.ruling(rule, observation):
            if state.shared and standing and ruling.outcome == "silent":
                # The state keeps no occurrences of a shared link, but its standing alerts.
                severity = max((alert.severity for alert in standing), key=attrgetter("rank"))
                outcome: Outcome = "shadow" if policy.rules[rule.name].shadow else "fires"
                ruling = Ruling(rule.name, outcome, Finding(severity, rule.title, ()))
            held = any(alert.held for alert in standing)
            yield _result(ruling, thresholds, inputs, kind, held=held)


def _is_held_by_session(
    ruling: Ruling, event: Verification, state: SessionState | None, policy: Policy
) -> bool:
    """True where the cooldown of the session suppressed the alert, by the last alert sent."""
    cooldown = policy.rules[ruling.rule].cooldown_ms
    if ruling.finding is None or state is None or not cooldown or ruling.rule not in state.told:
        return False
    at, rank = event_time(event), ruling.finding.severity.rank
    sent_at = state.told[ruling.rule][0]
    return sent_at < at and cooled(state, ruling.rule, at, rank, cooldown)[1]


def _standing(rule: Rule, observation: LinkObservation, state: LinkState) -> list[StandingAlert]:
    """The standing alerts of a rule about the observed session."""
    session = observation.seen.session
    return [
        alert
        for alert in state.raised.values()
        if alert.content and alert.rule == rule.name and alert.session == session
    ]


def _result(
    ruling: Ruling,
    thresholds: dict[str, Any],
    inputs: dict[str, Any],
    link: str | None = None,
    *,
    held: bool = False,
) -> RuleResult:
    finding = ruling.finding
    if finding is None:
        return RuleResult(ruling.rule, ruling.outcome, thresholds, inputs, link)
    return RuleResult(
        rule=ruling.rule,
        outcome="suppressed" if held and ruling.outcome == "fires" else ruling.outcome,
        thresholds=thresholds,
        inputs={**inputs, **finding.evidence},
        link=link,
        severity=finding.severity.value,
        title=finding.title,
        linked=[f"{x.vendor}:{x.session_id}" for x in finding.linked],
    )


def _thresholds(policy: Policy, rule: Rule) -> dict[str, Any]:
    """The rule's own thresholds, then those of the policy that it declares."""
    own = msgspec.to_builtins(policy.rules[rule.name])
    shown = {name: value for name, value in own.items() if name not in _COMMON}
    for name, path in rule.thresholds.items():
        section, _, key = path.partition(".")
        values = getattr(policy, section)
        value = values[key] if isinstance(values, dict) else getattr(values, key)
        shown[name] = msgspec.to_builtins(value)
    return shown
