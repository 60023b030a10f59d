"""Why an event has the findings and alerts that it has: every rule judged again, with its inputs.

Figures, names of fields and ids of sessions only: nothing here is a person's data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from streams.contracts.model import Decision, Source, Verification
from streams.pipeline.links.extract import Hash, sightings
from streams.pipeline.links.link import LinkState, look
from streams.pipeline.policy import Policy
from streams.rules import RULES, Rule
from streams.rules.base import EventObservation, Finding, LinkObservation, PreviousState, RuleConfig

Said = Literal["fires", "silent", "off", "allowed", "shadow", "unknown"]

_COMMON = frozenset({"enabled", "shadow", "cooldown_minutes", "allow"})


class Verdict(Struct, frozen=True):
    """What a rule says of an event, by the policy in force now. `shadow`: it fires, and no alert
    goes out; `unknown`: the state of its link is not there. `link` is the kind of link judged,
    `thresholds` the rule's settings, `inputs` what they were held against.
    """

    rule: str
    says: Said
    thresholds: dict[str, Any]
    inputs: dict[str, Any]
    link: str | None = None
    severity: str | None = None
    title: str | None = None
    linked: list[str] = []


def verdicts(
    event: Verification,
    previous: PreviousState | None,
    states: Mapping[str, LinkState],
    policy: Policy,
    hash_: Hash,
) -> list[Verdict]:
    """One per rule, and for rules about links one per link of the event. `previous` is the state
    of the session that the event followed, `states` maps the keys of its links to their states.
    """
    found: list[Verdict] = []
    observation = EventObservation(event, previous)
    for rule in RULES.values():
        if rule.stage == "session":
            allowed = policy.allowed[rule.name].matches(event)
            inputs = _INPUTS.get(rule.name, _whole)(observation)
            found += _judged(rule, policy, observation, inputs, allowed=allowed)
        else:
            found += _of_links(rule, event, states, policy, hash_)
    return found


def link_keys(event: Verification, policy: Policy, hash_: Hash) -> list[str]:
    """The keys of the links that an event holds, under the key that writes now."""
    links = sightings(event, hash_, enabled=policy.kinds, known=policy.known)
    return [link.key for link in links]


def previous_of(events: list[Verification], event: Verification) -> PreviousState | None:
    """The state that an event followed, by the events of its session."""
    place = event.enrichment.supersession
    if place is None or place.is_stale or place.previous_decision is None:
        return None
    earlier = sorted(
        (e for e in events if e.occurred_at <= event.occurred_at and e.event_id != event.event_id),
        key=lambda e: e.occurred_at,
    )
    verdict = [e.decision for e in earlier if e.decision in (Decision.APPROVED, Decision.DECLINED)]
    return PreviousState(
        decision=place.previous_decision,
        final=place.previous_decision.final,
        event_id=place.supersedes or "",
        lifecycle=earlier[-1].lifecycle if earlier else event.lifecycle,
        verdict=verdict[-1] if verdict else None,
    )


# -- rules ---------------------------------------------------------------------------------------


def _of_links(
    rule: Rule,
    event: Verification,
    states: Mapping[str, LinkState],
    policy: Policy,
    hash_: Hash,
) -> Iterator[Verdict]:
    for link in sightings(event, hash_, enabled=policy.kinds, known=policy.known):
        kind = link.key.split("|", 2)[1]
        if kind not in _KINDS.get(rule.name, kind):
            continue
        state = states.get(link.key)
        if state is None:
            yield Verdict(rule.name, "unknown", _thresholds(policy, rule), {}, kind)
            continue
        observation = look(link.key, state, link.sighting, policy.links)
        inputs = _link_inputs(observation)
        if state.shared:
            inputs = {"shared_by_subjects": state.shared, "uses_of_a_shared_link_kept": 0}
        allowed = policy.allowed[rule.name].matches_link(link.key, link.sighting.subject)
        yield from _judged(rule, policy, observation, inputs, allowed=allowed, link=kind)


_KINDS = {
    "duplicate_device": ("device",),
    "shared_device": ("device",),
    "same_person": ("person",),
    "impossible_travel": ("subject",),
    "vendors_disagree": ("subject",),
}
"""The kinds of links that a rule looks at; of a rule that is not here, all are shown."""


def _judged(
    rule: Rule,
    policy: Policy,
    observation: EventObservation | LinkObservation,
    inputs: dict[str, Any],
    *,
    allowed: bool,
    link: str | None = None,
) -> Iterator[Verdict]:
    config: RuleConfig = policy.rules[rule.name]
    thresholds = _thresholds(policy, rule)
    findings = rule.evaluate(observation, config) if config.enabled and not allowed else []
    if not findings:
        says: Said = "off" if not config.enabled else "allowed" if allowed else "silent"
        yield Verdict(rule.name, says, thresholds, inputs, link)
    for finding in findings:
        yield _fires(finding, finding.rule or rule.name, policy, thresholds, inputs, link)


def _fires(
    finding: Finding,
    name: str,
    policy: Policy,
    thresholds: dict[str, Any],
    inputs: dict[str, Any],
    link: str | None,
) -> Verdict:
    return Verdict(
        rule=name,
        says="shadow" if policy.rules[name].shadow else "fires",
        thresholds=thresholds,
        inputs={**inputs, **finding.evidence},
        link=link,
        severity=finding.severity.value,
        title=finding.title,
        linked=[f"{x.vendor}:{x.session_id}" for x in finding.linked],
    )


def _thresholds(policy: Policy, rule: Rule) -> dict[str, Any]:
    config = policy.rules[rule.name]
    own = {
        name: value for name, value in msgspec.to_builtins(config).items() if name not in _COMMON
    }
    if rule.name in ("ip_distance", "ip_country_mismatch"):
        return own | {"bands": msgspec.to_builtins(policy.distance)}
    if rule.name == "shared_device":
        return own | {"shared_above": policy.links.shared_above}
    return own


# -- what they were held against -----------------------------------------------------------------


def _link_inputs(seen: LinkObservation) -> dict[str, Any]:
    travel = seen.travel
    return {
        "subjects": dict(seen.subjects) or {"90d": 1},
        "sessions_count": seen.sessions_count,
        **({"strength": seen.strength.lower()} if seen.strength else {}),
        **(
            {
                "effective_km": travel.effective_km,
                "radius_km": travel.radius_km,
                "minutes": travel.minutes,
                "speed_kmh": travel.speed_kmh,
                "from_session": f"{travel.start.vendor}:{travel.start.session_id}",
            }
            if travel
            else {}
        ),
    }


def _networks(seen: EventObservation) -> dict[str, Any]:
    return {
        "networks": [
            {"is_anonymous": n.is_anonymous, "is_hosting": n.is_hosting}
            for n in seen.event.networks
        ],
        "checks": {
            c.name: c.outcome.value for c in seen.event.checks if c.name.startswith("ip_not_")
        },
    }


def _distances(seen: EventObservation) -> dict[str, Any]:
    checks = {c.name: c.outcome.value for c in seen.event.checks if c.name == "ip_country_match"}
    return {
        "distances": [msgspec.to_builtins(d) for d in seen.event.enrichment.distances],
        **({"checks": checks} if checks else {}),
    }


def _states(seen: EventObservation) -> dict[str, Any]:
    previous = seen.previous
    return {
        "decision": seen.event.decision.value,
        "lifecycle": seen.event.lifecycle.value,
        "previous_decision": previous.decision.value if previous else None,
        "last_verdict": previous.verdict.value if previous and previous.verdict else None,
    }


def _reported(seen: EventObservation) -> dict[str, Any]:
    return {
        "reported_by_vendor": [
            {"link": d.link.value, "sessions_count": d.sessions_count}
            for d in seen.event.enrichment.duplicates
            if d.source is Source.VENDOR
        ]
    }


def _whole(seen: EventObservation) -> dict[str, Any]:
    return _states(seen) | _networks(seen) | _distances(seen) | _reported(seen)


_INPUTS: dict[str, Callable[[EventObservation], dict[str, Any]]] = {
    "anonymous_ip": _networks,
    "ip_distance": _distances,
    "ip_country_mismatch": _distances,
    "decision_reversed": _states,
    "verification_lapsed": _states,
    "duplicate_identity": _reported,
}
"""What a rule of the session stage reads; of a rule that is not here, all is shown."""
