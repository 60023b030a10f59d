"""The path of a record on one page. Pure functions: records and state in, values out.

    raw record ─ normalize ─┬─ event with strong fingerprints ─ link ─ … ─ link ─┐
                            ├─ event without ────────────────────────────────────┤
                            │                                                    ▼
                            └─ sightings of its other links ─ link ─▶ alerts   session ─▶ event,
                                                                         │        │       alerts
                                                                         └─ case ─┴─▶ case

A bug in a vendor module rejects that record as `internal_error`; its bytes are kept. A bug in an
enrichment or a rule loses that finding only: the event goes on with the flag `enrichment_failed`.
Enrichment never withholds a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from streams.contracts.model import Alert, Drop, Environment, RawRecord, Rejection, Verification
from streams.pipeline.cases import case as cases
from streams.pipeline.cases.case import CaseRecord
from streams.pipeline.enrichments import ENRICHMENTS
from streams.pipeline.enrichments.base import Lookups
from streams.pipeline.event_time import event_time
from streams.pipeline.geo.database import IpLookup
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.judge import Judge
from streams.pipeline.links.alerts import Candidate, reconcile
from streams.pipeline.links.extract import links_of
from streams.pipeline.links.link import LinkState, LinkUpdate, update
from streams.pipeline.messages import (
    CaseMessage,
    E,
    EventEnvelope,
    Failed,
    LinkMessage,
    LinkVisit,
    Output,
    Replayed,
    Shadowed,
    Suppressed,
    ToCase,
    ToLink,
    ToSession,
    with_failure_flag,
    with_findings,
)
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.normalize import Normalized, normalize
from streams.pipeline.policy import Policy
from streams.pipeline.sessions import session as sessions
from streams.pipeline.sessions.session import Replay, SessionState, SessionUpdate, apply
from streams.rules.base import EventObservation, Finding, LinkObservation, alert_id


class Pipeline:
    """The stages with their thresholds and lookups. `now` is the wall clock (epoch ms). Only
    `processed_at` and `raised_at` use it.
    """

    def __init__(
        self,
        keyring: Keyring,
        policy: Policy,
        places: Gazetteer,
        ip_lookup: IpLookup | None = None,
    ) -> None:
        self._keyring = keyring
        self.lookups = Lookups(places, ip_lookup)
        self.adopt(policy)

    def adopt(self, policy: Policy) -> None:
        """Use these thresholds from the next record on. Stored state does not change."""
        self._policy = policy
        self._judge = Judge(policy)
        self._cooldowns = {
            name: config.cooldown_ms for name, config in policy.rules.items() if config.cooldown_ms
        }

    # -- raw record → event ----------------------------------------------------------------

    def normalize(
        self,
        vendor: str,
        record: RawRecord,
        default: Environment = Environment.LIVE,
        latest: int | None = None,
    ) -> list[Output[Verification]]:
        """One raw record → a rejection, a drop, or the event and the sightings of its links.

        `latest` is the upper bound of the time of receipt (epoch ms).
        """
        try:
            result = normalize(vendor, record, self._keyring, default, latest)
        except Exception as error:
            return [Rejection("internal_error", f"a bug: {type(error).__name__}")]
        if not isinstance(result, Normalized):
            return [result]
        outputs: list[Output[Verification]] = []
        envelope = EventEnvelope(
            result.event,
            result.event.session_key,
            result.digest,
            result.may_regress,
            result.status_only,
            fetched_for=result.fetched_for,
        )
        for name, enrichment in ENRICHMENTS.items():
            try:
                config = self._policy.enrichments[name]
                envelope.event = enrichment.enrich(envelope.event, result, self.lookups, config)
            except Exception:
                outputs.append(_failed(name, envelope))
        through: Sequence[LinkVisit] = ()
        try:
            links = links_of(
                envelope.event,
                self._keyring.hash,
                result.older_hashes,
                enabled=self._policy.kinds,
                known=self._policy.known,
            )
            outputs += [ToLink(LinkMessage(visit)) for visit in links.beside]
            through = links.through
        except Exception:
            outputs.append(_failed("sightings", envelope))
        return [*outputs, _onward(envelope, through)]

    # -- one link --------------------------------------------------------------------------

    def link(
        self, message: LinkMessage[E], state: LinkState | None, now: int
    ) -> tuple[LinkState | None, list[Output[E]]]:
        """One sighting of one link → its state, and what to send. An event that passes through
        goes on with its findings; its bytes stay as they are.

        Returns the same state object where nothing changed.
        """
        visit, envelope = message.visit, message.envelope
        outputs: list[Output[E]] = []
        try:
            updated = update(visit.key, state, visit.sighting, self._policy.links)
            after: LinkState | None = self._judged(updated, now, outputs)
            if visit.muted:  # The state records its alerts; another key sends them.
                outputs = []
            elif envelope and updated.duplicate:
                envelope.duplicates.append(updated.duplicate)
            if envelope and any(isinstance(output, Failed) for output in outputs):
                envelope.failed = True
        except Exception:
            after = state
            outputs = [_failed("links", envelope)]
        if envelope:
            outputs.append(_onward(envelope, message.onward))
        return after, outputs

    def _judged(self, updated: LinkUpdate, now: int, outputs: list[Output[Any]]) -> LinkState:
        """The state with its standing alerts; appends new alerts to `outputs`."""
        state, observations = updated.state, updated.observations
        candidates = [
            Candidate(rule, observation, finding)
            for observation in observations
            for rule, finding in self._findings(observation, outputs)
        ]
        if not candidates and not (observations and updated.whole and state.raised):
            return state  # nothing to raise and nothing to withdraw
        failed = {output.part for output in outputs if isinstance(output, Failed)}
        standing, alerts = reconcile(
            state.raised,
            observations,
            candidates,
            whole=updated.whole,
            judges={rule.name for rule in self._judge.rules(observations[0])} - failed,
            now=now,
            cooldowns=self._cooldowns,
        )
        outputs += map(self._checked, alerts)
        self._to_cases(outputs, alerts, _owners(state, observations))
        return state if standing == state.raised else replace(state, raised=standing)

    # -- one session -----------------------------------------------------------------------

    def session(
        self, envelope: EventEnvelope[Verification], state: SessionState | None, now: int
    ) -> tuple[SessionState | None, list[Output[Verification]]]:
        """One event of one session → its state, and what to send: finds the event's order, then
        evaluates the rules about a single session.
        """
        event = with_findings(envelope)
        try:
            updated = apply(
                state,
                event,
                may_regress=envelope.may_regress,
                status_only=envelope.status_only,
                digest=envelope.digest,
                fetched_for=envelope.fetched_for,
            )
        except Exception:
            return state, [Failed("order"), with_failure_flag(replace(event, processed_at=now))]
        if isinstance(updated.result, Replay):
            return updated.state, [Replayed()]
        if isinstance(updated.result, Drop):
            return updated.state, [updated.result]
        event = updated.result  # `apply` made a new one: it may be changed
        event.processed_at = now
        return self._alerted(updated, event, now)

    def _alerted(
        self, updated: SessionUpdate, event: Verification, now: int
    ) -> tuple[SessionState, list[Output[Verification]]]:
        outputs: list[Output[Verification]] = [event]
        observation = EventObservation(event, updated.previous)
        found = {
            alert_id(event.environment, rule, finding.dedupe): (rule, finding)
            for rule, finding in self._findings(observation, outputs)
        }
        if len(outputs) > 1:  # rules that failed
            outputs[0] = with_failure_flag(event)
        state, new = sessions.unraised(updated.state, found)
        for key in new:
            alert = _session_alert(key, *found[key], event, now)
            held = False
            if cooldown := self._cooldowns.get(alert.rule):
                state, held = sessions.cooled(
                    state, alert.rule, alert.occurred_at, alert.severity.rank, cooldown
                )
            outputs.append(self._checked(Suppressed(alert) if held else alert))
        if self._policy.cases.enabled:
            if event.changes_decision:
                outputs += map(ToCase, cases.of_event(event, self._policy.cases))
            self._to_cases(outputs, [o for o in outputs if isinstance(o, Alert)])
        return state, outputs

    # -- one subject -----------------------------------------------------------------------

    def _to_cases(
        self,
        outputs: list[Output[Any]],
        alerts: Sequence[Alert | Suppressed],
        owners: Mapping[str, str] = {},
    ) -> None:
        """What is sent of alerts to their subjects' cases. `owners` maps the alerts that they
        replace to the subjects that have them.
        """
        if not self._policy.cases.enabled:
            return
        for alert in alerts:
            if not isinstance(alert, Alert) or self._policy.rules[alert.rule].shadow:
                continue
            message = cases.of_alert(alert)
            outputs.append(ToCase(message))
            owner = owners.get(alert.supersedes or "", message.subject_key)
            if owner != message.subject_key:
                gone = CaseMessage(owner, message.environment, message.vendor, gone=message.gone)
                outputs.append(ToCase(gone))

    def case(
        self, message: CaseMessage, state: CaseRecord | None, now: int
    ) -> tuple[CaseRecord | None, list[Output[Any]]]:
        """What is learned of one subject → its state, and its case where that changed."""
        del now
        config, version = self._policy.cases, self._policy.version
        after, sent = cases.apply(state, message, config, version)
        return after, [ToCase(o) if isinstance(o, CaseMessage) else o for o in sent]

    # -- rules -----------------------------------------------------------------------------

    def _findings(
        self, observation: EventObservation | LinkObservation, outputs: list[Output[Any]]
    ) -> list[tuple[str, Finding]]:
        """(rule, finding) pairs. A rule with a bug loses its own findings only."""
        found = []
        for ruling in self._judge.rulings(observation):
            if ruling.finding is None:
                outputs.append(Failed(ruling.rule))
            else:
                found.append((ruling.rule, ruling.finding))
        return found

    def _checked(self, output: Alert | Suppressed) -> Alert | Suppressed | Shadowed:
        alert = output.alert if isinstance(output, Suppressed) else output
        alert.evidence["policy_version"] = self._policy.version
        return Shadowed(alert) if self._policy.rules[alert.rule].shadow else output


def _owners(state: LinkState, observations: Sequence[LinkObservation]) -> dict[str, str]:
    """Standing alert → the key of its subject, as far as its occurrence is kept."""
    if not state.raised:
        return {}
    keys = {o.seen.session: o.seen.subject_id or ":".join(o.seen.session) for o in observations}
    return {a.alert_id: keys[a.session] for a in state.raised.values() if a.session in keys}


def _onward(envelope: EventEnvelope[E], visits: Sequence[LinkVisit]) -> Output[E]:
    """To the next link that the event passes through, else to its session."""
    if not visits:
        return ToSession(envelope)
    return ToLink(LinkMessage(visits[0], envelope, list(visits[1:])))


def _failed(part: str, envelope: EventEnvelope[E] | None) -> Failed:
    if envelope is not None:
        envelope.failed = True
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
