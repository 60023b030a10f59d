"""The standing alerts of a link: raised, superseded, withdrawn.

A rule gives each finding a dedupe key. One alert stands per key and severity: that of the first
occurrence by event time. A link that gets worse raises one more alert per severity; the earlier
alerts stay, since each names other pairs of sessions. A late sighting can change the first
occurrence or its linked sessions; then a new alert supersedes the old one. The alerts that nothing
supersedes do not depend on the order of arrival.

Finding (of a rule) → Candidate (of one occurrence) → StandingAlert (in the state) → Alert (sent).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from streams.contracts.model import Alert, Environment, Severity
from streams.pipeline.messages import Suppressed
from streams.rules.base import Finding, LinkObservation, Occurrence, alert_id

STANDING_MAX = 24


class StandingAlert(Struct, frozen=True, array_like=True):
    """The last alert of one dedupe key and severity. `session` and `seen_at` are those of its
    occurrence. `content` is a digest of the alert's content, empty for a withdrawal. `held` is True
    where the rule's cooldown suppressed it. Fields are only appended.
    """

    alert_id: str
    rule: str
    severity: Severity
    session: tuple[str, str]
    seen_at: int
    content: str
    held: bool = False


class Candidate(Struct, frozen=True):
    """A rule's finding about one occurrence of a link."""

    rule: str
    observation: LinkObservation
    finding: Finding

    @property
    def slot(self) -> str:
        """A digest of the rule's dedupe key and the severity."""
        return _digest(self.rule, *self.finding.dedupe, self.finding.severity)

    @property
    def content(self) -> str:
        """A digest of the severity, the event and the linked sessions."""
        named = sorted(f"{x.vendor}:{x.session_id}" for x in self.finding.linked)
        return _digest(self.finding.severity, self.observation.seen.event_id, *named)


def _digest(*parts: str) -> str:
    data = "\x1f".join(parts).encode(errors="replace")
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def reconcile(
    standing: Mapping[str, StandingAlert],
    observations: Sequence[LinkObservation],
    candidates: Sequence[Candidate],
    *,
    whole: bool,
    judges: Collection[str],
    now: int,
    cooldowns: Mapping[str, int] = {},
) -> tuple[dict[str, StandingAlert], list[Alert | Suppressed]]:
    """The standing alerts after `candidates`, and the new alerts.

    `candidates` are the findings in `observations`, oldest first; `whole` is True where these hold
    all kept occurrences of the link (`LinkUpdate.whole`). `judges` are the rules that evaluated all
    of them: a rule that failed or is off withdraws nothing. `now` is the wall clock (epoch ms).
    `cooldowns` maps rules to ms of event time: within it the link raises only worse alerts.
    """
    occurrences = {o.seen.session: o.seen for o in observations} if whole else {}
    first: dict[str, Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.slot, candidate)
    after = dict(standing)
    new: list[Alert | Suppressed] = []
    for slot, candidate in first.items():
        old = standing.get(slot)
        if old is not None and not _replaces(candidate, old, occurrences):
            continue
        # An alert that supersedes a sent one must be sent too.
        superseded = old.alert_id if old and not old.held else None
        alert = _raised(candidate, superseded, now)
        cooldown = cooldowns.get(candidate.rule, 0)
        held = superseded is None and _is_cooling(candidate, after.values(), cooldown)
        after[slot] = _standing(alert, candidate.content, held=held)
        new.append(Suppressed(alert) if held else alert)
    for slot, old in standing.items():
        is_judged = old.rule in judges and old.session in occurrences
        if is_judged and slot not in first and old.content:
            alert = _withdrawal(old, occurrences[old.session], observations[0].environment, now)
            after[slot] = _standing(alert, "")
            if not old.held:
                new.append(alert)
    return _latest(after), new


def _is_cooling(candidate: Candidate, standing: Iterable[StandingAlert], cooldown_ms: int) -> bool:
    at, rank = candidate.observation.seen.seen_at, candidate.finding.severity.rank
    return any(
        other.rule == candidate.rule
        and other.content
        and not other.held
        and abs(at - other.seen_at) < cooldown_ms
        and rank <= other.severity.rank
        for other in standing
    )


def _replaces(
    candidate: Candidate, old: StandingAlert, occurrences: Mapping[tuple[str, str], Occurrence]
) -> bool:
    if not old.content:
        return True
    # An alert whose occurrence is no longer kept cannot be evaluated again: it stays.
    return old.session in occurrences and candidate.content != old.content


def _raised(candidate: Candidate, superseded: str | None, now: int) -> Alert:
    """Its id includes the dedupe key, the content and the superseded alert: an alert that comes
    back after it was superseded gets another id.
    """
    finding, environment = candidate.finding, candidate.observation.environment
    dedupe = (*finding.dedupe, finding.severity, candidate.content, superseded or "")
    identity = alert_id(environment, candidate.rule, dedupe)
    return _alert(
        identity, candidate.rule, candidate.observation.seen, finding, environment, superseded, now
    )


def _withdrawal(
    old: StandingAlert, occurrence: Occurrence, environment: Environment, now: int
) -> Alert:
    dedupe = ("withdrawn", old.alert_id)
    finding = Finding(
        severity=Severity.INFO,
        title="Withdrawn: an event that came late shows that this does not hold",
        dedupe=dedupe,
        evidence={"withdrawn": True},
    )
    identity = alert_id(environment, old.rule, dedupe)
    return _alert(identity, old.rule, occurrence, finding, environment, old.alert_id, now)


def _alert(
    identity: str,
    rule: str,
    occurrence: Occurrence,
    finding: Finding,
    environment: Environment,
    supersedes: str | None,
    now: int,
) -> Alert:
    return Alert(
        alert_id=identity,
        rule=rule,
        severity=finding.severity,
        title=finding.title,
        event_id=occurrence.event_id,
        vendor=occurrence.vendor,
        session_id=occurrence.session_id,
        subject_id=occurrence.subject_id,
        environment=environment,
        occurred_at=occurrence.seen_at,
        raised_at=now,
        evidence=dict(finding.evidence),
        linked=finding.linked,
        source=finding.source,
        supersedes=supersedes,
    )


def _standing(alert: Alert, content: str, *, held: bool = False) -> StandingAlert:
    session = (alert.vendor, alert.session_id)
    return StandingAlert(
        alert.alert_id, alert.rule, alert.severity, session, alert.occurred_at, content, held
    )


def _latest(standing: dict[str, StandingAlert]) -> dict[str, StandingAlert]:
    """The latest `STANDING_MAX` by event time. The order does not depend on arrival."""
    ordered = sorted(standing.items(), key=lambda item: (item[1].seen_at, item[0]))
    return dict(ordered[-STANDING_MAX:])
