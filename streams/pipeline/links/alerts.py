"""Which alerts stand for a link: raised, raised higher, moved to another session, withdrawn.

A rule gives each finding a dedupe key. Of all findings with one key and severity one alert stands:
that of the first use by event time. So a link that gets worse raises an alert per severity, and
the earlier ones stand beside it: each names pairs of sessions that the others do not. A sighting
that comes late can change which use is the first, or which sessions it is linked with; then a new
alert supersedes the old one. Whatever the order of arrival, the alerts that nothing supersedes are
the same in the end.

Finding (of a rule) → candidate (of one use) → standing alert (in the state) → alert (sent).
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
    """The last alert of one dedupe key and severity. `session` and `seen_at` are those of the use
    that it belongs to, `content` is a digest of the alert's content, empty for a withdrawal. `held`
    is True where the rule's cooldown suppressed it. Fields are only ever appended.
    """

    alert_id: str
    rule: str
    severity: Severity
    session: tuple[str, str]
    seen_at: int
    content: str
    held: bool = False


class Candidate(Struct, frozen=True):
    """A rule's finding about one use of a link."""

    rule: str
    observation: LinkObservation
    finding: Finding

    @property
    def slot(self) -> str:
        """A digest of the rule's dedupe key and the severity."""
        return _digest(self.rule, *self.finding.dedupe, self.finding.severity)

    @property
    def content(self) -> str:
        """A digest of the severity, the use that the alert belongs to and the sessions linked."""
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
    """The alerts that stand now, and those that are new.

    `candidates` are the findings in `observations`, oldest first; `whole` is True where the
    observations are all the uses of the link that are still kept (`LinkUpdate.whole`). `judges` are
    the rules that evaluated all of them: a rule that failed or is off withdraws nothing. `now` is
    the wall clock (epoch ms). `cooldowns` maps rules to ms of event time within which the link
    raises no second alert of theirs that is not worse.
    """
    seen = {o.seen.session: o.seen for o in observations} if whole else {}
    first: dict[str, Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.slot, candidate)
    after = dict(standing)
    new: list[Alert | Suppressed] = []
    for slot, candidate in first.items():
        old = standing.get(slot)
        if old is not None and not _replaces(candidate, old, seen):
            continue
        # What takes the place of an alert that was sent must be sent too.
        superseded = old.alert_id if old and not old.held else None
        alert = _raised(candidate, superseded, now)
        cooldown = cooldowns.get(candidate.rule, 0)
        held = superseded is None and _is_cooling(candidate, after.values(), cooldown)
        after[slot] = _standing(alert, candidate.content, held=held)
        new.append(Suppressed(alert) if held else alert)
    for slot, old in standing.items():
        is_judged = old.rule in judges and old.session in seen
        if is_judged and slot not in first and old.content:
            alert = _withdrawal(old, seen[old.session], observations[0].environment, now)
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
    candidate: Candidate, old: StandingAlert, seen: Mapping[tuple[str, str], Occurrence]
) -> bool:
    if not old.content:
        return True
    # What is no longer looked at cannot be judged again: its alert stands.
    return old.session in seen and candidate.content != old.content


def _raised(candidate: Candidate, superseded: str | None, now: int) -> Alert:
    """Its id is made of the dedupe key and of its whole content, also of what it supersedes: an
    alert that comes back after it was superseded is another one.
    """
    finding, environment = candidate.finding, candidate.observation.environment
    dedupe = (*finding.dedupe, finding.severity, candidate.content, superseded or "")
    identity = alert_id(environment, candidate.rule, dedupe)
    return _alert(
        identity, candidate.rule, candidate.observation.seen, finding, environment, superseded, now
    )


def _withdrawal(old: StandingAlert, seen: Occurrence, environment: Environment, now: int) -> Alert:
    dedupe = ("withdrawn", old.alert_id)
    finding = Finding(
        severity=Severity.INFO,
        title="Withdrawn: an event that came late shows that this does not hold",
        dedupe=dedupe,
        evidence={"withdrawn": True},
    )
    identity = alert_id(environment, old.rule, dedupe)
    return _alert(identity, old.rule, seen, finding, environment, old.alert_id, now)


def _alert(
    identity: str,
    rule: str,
    seen: Occurrence,
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
        supersedes=supersedes,
    )


def _standing(alert: Alert, content: str, *, held: bool = False) -> StandingAlert:
    session = (alert.vendor, alert.session_id)
    return StandingAlert(
        alert.alert_id, alert.rule, alert.severity, session, alert.occurred_at, content, held
    )


def _latest(standing: dict[str, StandingAlert]) -> dict[str, StandingAlert]:
    """The latest `STANDING_MAX` by event time, in an order that arrival does not decide."""
    ordered = sorted(standing.items(), key=lambda item: (item[1].seen_at, item[0]))
    return dict(ordered[-STANDING_MAX:])
