"""Which alerts stand for a link: raised, raised higher, moved to another session, withdrawn.

A rule gives each finding a dedupe key. Of all findings with one key and severity one alert stands:
that of the first use by state time. So a link that gets worse raises an alert per severity, and
the earlier ones stand beside it: each names pairs of sessions that the others do not. A sighting
that comes late can change which use is the first, or which sessions it is linked with; then a new
alert supersedes the old one. Whatever the order of arrival, the alerts that nothing supersedes are
the same in the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.model import Environment, Severity
from streams.rules.base import Finding, LinkObservation, Occurrence, alert_id

RAISED_MAX = 24


class StandingAlert(Struct, frozen=True, array_like=True):
    """The last alert of one dedupe key and severity. `session` and `seen_at` are those of the use
    that it belongs to, `content` stands for what it says: empty where it says that it is withdrawn.
    `held` is True where the rule's cooldown kept it back. Fields are only ever appended.
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
        """The rule's dedupe key and the severity, short."""
        return _digest(self.rule, *self.finding.dedupe, self.finding.severity)

    @property
    def content(self) -> str:
        """The severity, the use that the alert belongs to and the sessions that it names."""
        named = sorted(f"{x.vendor}:{x.session_id}" for x in self.finding.linked)
        return _digest(self.finding.severity, self.observation.seen.event_id, *named)


def _digest(*parts: str) -> str:
    data = "\x1f".join(parts).encode(errors="replace")
    return hashlib.blake2b(data, digest_size=8).hexdigest()


class Raise(Struct, frozen=True):
    """An alert to send. It belongs to `seen`; `withdrawn` says that its finding no longer holds
    now that a late sighting is known.
    """

    alert_id: str
    rule: str
    seen: Occurrence
    finding: Finding
    supersedes: str | None = None
    withdrawn: bool = False
    held: bool = False


def reconcile(
    raised: Mapping[str, StandingAlert],
    observations: Sequence[LinkObservation],
    claims: Sequence[Candidate],
    *,
    whole: bool,
    judges: Collection[str],
    cooldowns: Mapping[str, int] = {},
) -> tuple[dict[str, StandingAlert], list[Raise]]:
    """The alerts that stand now, and those to send.

    `claims` are what the rules found in `observations`, oldest first; `whole` says that the
    observations are all the uses of the link that are still kept (`LinkUpdate.whole`). `judges` are
    the rules that looked at all of them: a rule that failed or is switched off withdraws nothing.
    `cooldowns` maps rules to ms, by state time, in which the link raises no second alert of theirs
    that is not worse.
    """
    seen = {o.seen.session: o.seen for o in observations} if whole else {}
    first = _first(claims)
    stand = dict(raised)
    sent = []
    for slot, claim in first.items():
        old = raised.get(slot)
        if old is None or _replaces(claim, old, seen):
            content = claim.content
            alert = _raise(claim, content, old.alert_id if old and not old.held else None)
            # What takes the place of an alert that went out must go out too.
            if (not old or old.held) and (cooldown := cooldowns.get(claim.rule)):
                alert = replace(alert, held=_is_cooling(claim, stand.values(), cooldown))
            stand[slot] = _record(alert, content)
            sent.append(alert)
    for slot, old in raised.items():
        is_judged = old.rule in judges and old.session in seen
        if is_judged and slot not in first and old.content:
            alert = _withdrawal(old, seen[old.session], observations[0].environment)
            stand[slot] = _record(alert, "")
            if not old.held:
                sent.append(alert)
    return _latest(stand), sent


def _first(claims: Sequence[Candidate]) -> dict[str, Candidate]:
    first: dict[str, Candidate] = {}
    for claim in claims:
        first.setdefault(claim.slot, claim)
    return first


def _is_cooling(claim: Candidate, standing: Iterable[StandingAlert], cooldown_ms: int) -> bool:
    at, rank = claim.observation.seen.seen_at, claim.finding.severity.rank
    return any(
        other.rule == claim.rule
        and other.content
        and not other.held
        and abs(at - other.seen_at) < cooldown_ms
        and rank <= other.severity.rank
        for other in standing
    )


def _replaces(
    claim: Candidate, old: StandingAlert, seen: Mapping[tuple[str, str], Occurrence]
) -> bool:
    if not old.content:
        return True
    # What is no longer looked at cannot be judged again: its alert stands.
    return old.session in seen and claim.content != old.content


def _raise(claim: Candidate, content: str, superseded: str | None) -> Raise:
    """Its id is made of the dedupe key and of all that it says, also of what it supersedes: an
    alert that comes back after it was superseded is another one.
    """
    dedupe = (*claim.finding.dedupe, claim.finding.severity, content, superseded or "")
    return Raise(
        alert_id=alert_id(claim.observation.environment, claim.rule, dedupe),
        rule=claim.rule,
        seen=claim.observation.seen,
        finding=claim.finding,
        supersedes=superseded,
    )


def _withdrawal(old: StandingAlert, seen: Occurrence, environment: Environment) -> Raise:
    dedupe = ("withdrawn", old.alert_id)
    return Raise(
        alert_id=alert_id(environment, old.rule, dedupe),
        rule=old.rule,
        seen=seen,
        finding=Finding(
            severity=Severity.INFO,
            title="Withdrawn: an event that came late shows that this does not hold",
            dedupe=dedupe,
            evidence={"withdrawn": True},
        ),
        supersedes=old.alert_id,
        withdrawn=True,
    )


def _record(alert: Raise, content: str) -> StandingAlert:
    seen = alert.seen
    return StandingAlert(
        alert.alert_id,
        alert.rule,
        alert.finding.severity,
        seen.session,
        seen.seen_at,
        content,
        alert.held,
    )


def _latest(stand: dict[str, StandingAlert]) -> dict[str, StandingAlert]:
    """At most `RAISED_MAX`, the latest by state time, in an order that arrival does not decide."""
    ordered = sorted(stand.items(), key=lambda item: (item[1].seen_at, item[0]))
    return dict(ordered[-RAISED_MAX:])
