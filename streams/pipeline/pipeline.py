"""The three stages on one page, pure: records and state in, values out.

    raw record ─ normalize ─┬─ event with strong fingerprints ─ link ─ … ─ link ─┐
                            ├─ event without ────────────────────────────────────┤
                            │                                                    ▼
                            └─ sightings of its other links ─ link ─▶ alerts   session ─▶ event,
                                                                                          alerts

A bug in a vendor module costs that record its event: it is rejected as `internal_error` with its
bytes kept. A bug in an enrichment or a rule costs the event this finding: it goes on, flagged
`enrichment_failed`. Enrichment never withholds a decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from streams.contracts.model import Alert, Drop, Environment, RawRecord, Rejection, Verification
from streams.pipeline.event_time import event_time
from streams.pipeline.geo.distance import distances
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.geo.geo import IpLookup
from streams.pipeline.geo.locate import located
from streams.pipeline.links.alerts import Candidate, Raise, reconcile
from streams.pipeline.links.extract import sightings
from streams.pipeline.links.link import LinkState, LinkUpdate, update
from streams.pipeline.messages import (
    E,
    EventEnvelope,
    Failed,
    Hop,
    LinkMessage,
    Output,
    Replayed,
    Shadowed,
    Suppressed,
    ToLink,
    ToSession,
    with_failure_flag,
    with_findings,
)
from streams.pipeline.normalize.allowlist import NOTHING_ALLOWED
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.seal import Normalized, normalize
from streams.pipeline.policy import Policy
from streams.pipeline.sessions import session as order
from streams.pipeline.sessions.session import Replay, SessionState, SessionUpdate, apply
from streams.rules import RULES, Rule, Stage
from streams.rules.base import EventObservation, Finding, LinkObservation, alert_id


class Pipeline:
    """The stages with their thresholds and look-ups. `now` is the wall clock in epoch ms, used
    only for `processed_at` and `raised_at`.
    """

    def __init__(
        self,
        keyring: Keyring,
        policy: Policy,
        places: Gazetteer,
        ip_lookup: IpLookup | None = None,
    ) -> None:
        self._keyring = keyring
        self._places = places
        self._ip_lookup = ip_lookup
        self.adopt(policy)

    def adopt(self, policy: Policy) -> None:
        """From the next record on, these thresholds hold. State that is kept stays as it is."""
        self._policy = policy
        self._link_rules = self._enabled("link")
        self._session_rules = self._enabled("session")
        self._cooldowns = {
            name: config.cooldown_ms for name, config in policy.rules.items() if config.cooldown_ms
        }
        self._allowed = {name: a for name, a in policy.allowed.items() if a != NOTHING_ALLOWED}

    # -- raw record → event ----------------------------------------------------------------

    def normalize(
        self,
        vendor: str,
        record: RawRecord,
        default: Environment = Environment.LIVE,
        latest: int | None = None,
    ) -> list[Output[Verification]]:
        """One raw record: a rejection, a drop, or the event and the sightings of its links.

        `latest` bounds the time at which it was received (epoch ms).
        """
        try:
            result = normalize(vendor, record, self._keyring, default, latest)
        except Exception as error:
            return [Rejection("internal_error", f"a bug: {type(error).__name__}")]
        if not isinstance(result, Normalized):
            return [result]
        outputs: list[Output[Verification]] = []
        event = result.event
        carried = EventEnvelope(
            event, event.session_key, result.digest, result.may_regress, result.thin
        )
        try:
            carried.event = self._measured(result)
        except Exception:
            outputs += [_flagged(carried, "distance")]
        through: list[Hop] = []
        try:
            for link in sightings(
                carried.event,
                self._keyring.hash,
                result.older_hashes,
                enabled=self._policy.kinds,
                known=self._policy.known,
            ):
                hop = Hop(link.key, link.sighting, link.quiet)
                if link.through:
                    through.append(hop)
                else:
                    outputs.append(ToLink(LinkMessage(hop)))
        except Exception:
            outputs += [_flagged(carried, "sightings")]
        return [*outputs, _onward(carried, through)]

    def _measured(self, result: Normalized) -> Verification:
        event = located(result.event, self._places, self._ip_lookup)
        found = distances(event, result.vendor_distances, self._policy.distance)
        event.enrichment = replace(event.enrichment, distances=found)
        return event

    # -- one link --------------------------------------------------------------------------

    def link(
        self, message: LinkMessage[E], state: LinkState | None, now: int
    ) -> tuple[LinkState | None, list[Output[E]]]:
        """One sighting of one link; the event it carries goes on unread, with what was found.

        The state is the very object that was given where nothing changed.
        """
        hop, carried = message.hop, message.carried
        outputs: list[Output[E]] = []
        try:
            observed = update(hop.key, state, hop.sighting, self._policy.links)
            # A quiet link remembers what it would have raised: it is not news once it speaks.
            after: LinkState | None = self._judged(observed, now, [] if hop.quiet else outputs)
            if carried and observed.duplicate and not hop.quiet:
                carried.duplicates.append(observed.duplicate)
            if carried and any(isinstance(output, Failed) for output in outputs):
                carried.failed = True
        except Exception:
            after = state
            outputs = [_flagged(carried, "links")]
        if carried:
            outputs.append(_onward(carried, message.onward))
        return after, outputs

    def _judged(self, observed: LinkUpdate, now: int, outputs: list[Output[Any]]) -> LinkState:
        """The state with the alerts that stand now; those to send go to `outputs`."""
        claims = []
        for observation in observed.observations:
            for rule, finding in self._found(self._link_rules, observation, outputs):
                allowed = self._allowed.get(rule.name, NOTHING_ALLOWED)
                if not allowed.matches_link(observation.link, observation.seen.subject):
                    claims.append(Candidate(rule.name, observation, finding))
        if not claims and not (observed.whole and observed.state.raised):
            return observed.state  # nothing to raise and nothing to withdraw
        failed = {output.part for output in outputs if isinstance(output, Failed)}
        raised, sent = reconcile(
            observed.state.raised,
            observed.observations,
            claims,
            whole=observed.whole,
            judges={rule.name for rule in self._link_rules} - failed,
            cooldowns=self._cooldowns,
        )
        for alert in sent:
            environment = observed.observations[0].environment
            outputs.append(self._checked(_link_alert(alert, environment, now), held=alert.held))
        if raised == observed.state.raised:
            return observed.state
        return replace(observed.state, raised=raised)

    # -- one session -----------------------------------------------------------------------

    def session(
        self, carried: EventEnvelope[Verification], state: SessionState | None, now: int
    ) -> tuple[SessionState | None, list[Output[Verification]]]:
        """One event of one session: its place in order, then the rules about a single session."""
        event = with_findings(carried)
        try:
            advanced = apply(
                state,
                event,
                may_regress=carried.may_regress,
                thin=carried.thin,
                digest=carried.digest,
            )
        except Exception:
            return state, [Failed("order"), with_failure_flag(replace(event, processed_at=now))]
        if isinstance(advanced.result, Replay):
            return advanced.state, [Replayed()]
        if isinstance(advanced.result, Drop):
            return advanced.state, [advanced.result]
        event = advanced.result  # a new one, see `advance`
        event.processed_at = now
        return self._alerted(advanced, event, now)

    def _alerted(
        self, advanced: SessionUpdate, event: Verification, now: int
    ) -> tuple[SessionState, list[Output[Verification]]]:
        outputs: list[Output[Verification]] = [event]
        observation = EventObservation(event, advanced.previous)
        rules: Sequence[Rule] = self._session_rules
        if self._allowed:
            rules = [rule for rule in rules if self._speaks(rule.name, event)]
        found: dict[str, tuple[str, Finding]] = {}
        for rule, finding in self._found(rules, observation, outputs):
            name = finding.rule or rule.name
            if name == rule.name or self._speaks(name, event):
                found[alert_id(event.environment, name, finding.dedupe)] = name, finding
        if len(outputs) > 1:  # rules that failed
            outputs[0] = with_failure_flag(event)
        state, new = order.unraised(advanced.state, found)
        for key in new:
            alert = _session_alert(key, *found[key], event, now)
            held = False
            if cooldown := self._cooldowns.get(alert.rule):
                state, held = order.cooled(
                    state, alert.rule, alert.occurred_at, alert.severity.rank, cooldown
                )
            outputs.append(self._checked(alert, held=held))
        return state, outputs

    def _speaks(self, rule: str, event: Verification) -> bool:
        allowed = self._allowed.get(rule)
        return self._policy.rules[rule].enabled and not (allowed and allowed.matches(event))

    # -- rules -----------------------------------------------------------------------------

    def _enabled(self, stage: Stage) -> list[Rule]:
        rules = (rule for rule in RULES.values() if rule.stage == stage)
        return [rule for rule in rules if self._policy.rules[rule.name].enabled]

    def _found(
        self,
        rules: Sequence[Rule],
        observation: EventObservation | LinkObservation,
        outputs: list[Output[Any]],
    ) -> list[tuple[Rule, Finding]]:
        """What the rules find. A rule with a bug costs its own findings only."""
        found: list[tuple[Rule, Finding]] = []
        for rule in rules:
            try:
                findings = rule.evaluate(observation, self._policy.rules[rule.name])
            except Exception:
                outputs.append(Failed(rule.name))
                continue
            if findings:
                found += [(rule, finding) for finding in findings]
        return found

    def _checked(self, alert: Alert, *, held: bool) -> Alert | Shadowed | Suppressed:
        alert.evidence["policy_version"] = self._policy.version
        if self._policy.rules[alert.rule].shadow:
            return Shadowed(alert)
        return Suppressed(alert) if held else alert


def _onward(carried: EventEnvelope[E], hops: Sequence[Hop]) -> Output[E]:
    """To the next link that the event passes through, else to its session."""
    if not hops:
        return ToSession(carried)
    return ToLink(LinkMessage(hops[0], carried, list(hops[1:])))


def _flagged(carried: EventEnvelope[E] | None, part: str) -> Failed:
    if carried is not None:
        carried.failed = True
    return Failed(part)


def _session_alert(
    alert_id: str, rule: str, finding: Finding, event: Verification, now: int
) -> Alert:
    return Alert(
        alert_id=alert_id,
        rule=rule,
        severity=finding.severity,
        title=finding.title,
        event_id=event.event_id,
        vendor=event.vendor,
        session_id=event.session_id,
        subject_id=event.subject_id,
        environment=event.environment,
        occurred_at=event_time(event),
        raised_at=now,
        evidence=dict(finding.evidence),
        linked=finding.linked,
        source=finding.source,
    )


def _link_alert(alert: Raise, environment: Environment, now: int) -> Alert:
    seen, finding = alert.seen, alert.finding
    return Alert(
        alert_id=alert.alert_id,
        rule=alert.rule,
        severity=finding.severity,
        title=finding.title,
        event_id=seen.event_id,
        vendor=seen.vendor,
        session_id=seen.session_id,
        subject_id=seen.subject_id,
        environment=environment,
        occurred_at=seen.seen_at,
        raised_at=now,
        evidence=dict(finding.evidence),
        linked=finding.linked,
        source=finding.source,
        supersedes=alert.supersedes,
    )
