"""Which alerts stand for a link: raised, raised higher, moved to another session, withdrawn.

A rule gives each finding a dedupe key. Of all findings with one key, one alert stands: that of
the first use, by state time, at the highest severity. So a link that gets worse raises an alert
per severity, each superseding the one before. A sighting that comes late can change which use is
the first, or which sessions it is linked with; then a new alert supersedes the old one. Whatever
the order of arrival, the alerts that nothing supersedes are the same in the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from msgspec import Struct

from streams.findings import Finding, LinkObservation, Seen, alert_id
from streams.model import Severity

RAISED_MAX = 24


class Raised(Struct, frozen=True, array_like=True):
    """An alert that stands. `session` and `seen_at` are those of the use that it belongs to."""

    alert_id: str
    rule: str
    severity: Severity
    session: tuple[str, str]
    seen_at: int


class Claim(Struct, frozen=True):
    """A rule's finding about one use of a link."""

    rule: str
    observation: LinkObservation
    finding: Finding

    @property
    def slot(self) -> str:
        text = "\x1f".join((self.rule, *self.finding.dedupe))
        return hashlib.blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()

    @property
    def alert_id(self) -> str:
        """Of severity, the use that the alert belongs to and the sessions that it names."""
        seen = self.observation.seen
        named = sorted(f"{x.vendor}:{x.session_id}" for x in self.finding.linked)
        dedupe = (*self.finding.dedupe, self.finding.severity, seen.event_id, *named)
        return alert_id(self.observation.environment, self.rule, dedupe)


class Raise(Struct, frozen=True):
    """An alert to send. It belongs to `seen`; `withdrawn` says that its finding no longer holds
    now that a late sighting is known.
    """

    alert_id: str
    rule: str
    seen: Seen
    finding: Finding
    supersedes: str | None = None
    withdrawn: bool = False


def settle(
    raised: Mapping[str, Raised],
    observations: Sequence[LinkObservation],
    claims: Sequence[Claim],
    *,
    whole: bool,
) -> tuple[dict[str, Raised], list[Raise]]:
    """The alerts that stand now, and those to send.

    `claims` are what the rules found in `observations`, oldest first; `whole` says that the
    observations are all the uses of the link that are still kept (`Observed.whole`).
    """
    seen = {o.seen.session: o.seen for o in observations}
    stand = dict(raised)
    best = _best(claims)
    gone = _gone(raised, best, seen) if whole else {}
    sent = []
    for slot, claim in best.items():
        old = raised.get(slot)
        if old and not _replaces(claim, old, seen, whole=whole):
            continue
        orphan = None if old else next((s for s, r in gone.items() if r.rule == claim.rule), None)
        superseded = old or (gone.pop(orphan) if orphan else None)
        if orphan:
            del stand[orphan]
        stand[slot] = _record(claim)
        sent.append(
            Raise(
                alert_id=claim.alert_id,
                rule=claim.rule,
                seen=claim.observation.seen,
                finding=claim.finding,
                supersedes=superseded.alert_id if superseded else None,
            )
        )
    for slot, old in gone.items():
        del stand[slot]
        sent.append(_withdrawal(old, seen[old.session], observations[0]))
    return _latest(stand), sent


def _best(claims: Sequence[Claim]) -> dict[str, Claim]:
    best: dict[str, Claim] = {}
    for claim in claims:
        slot = claim.slot
        standing = best.get(slot)
        if standing is None or claim.finding.severity.rank > standing.finding.severity.rank:
            best[slot] = claim
    return best


def _replaces(
    claim: Claim, old: Raised, seen: Mapping[tuple[str, str], Seen], *, whole: bool
) -> bool:
    if claim.finding.severity.rank > old.severity.rank:
        return True
    # What is no longer looked at cannot be judged again: its alert stands.
    return whole and old.session in seen and claim.alert_id != old.alert_id


def _gone(
    raised: Mapping[str, Raised],
    best: Mapping[str, Claim],
    seen: Mapping[tuple[str, str], Seen],
) -> dict[str, Raised]:
    return {s: r for s, r in raised.items() if s not in best and r.session in seen}


def _record(claim: Claim) -> Raised:
    seen = claim.observation.seen
    return Raised(claim.alert_id, claim.rule, claim.finding.severity, seen.session, seen.seen_at)


def _withdrawal(old: Raised, seen: Seen, observation: LinkObservation) -> Raise:
    return Raise(
        alert_id=alert_id(observation.environment, old.rule, ("withdrawn", old.alert_id)),
        rule=old.rule,
        seen=seen,
        finding=Finding(
            severity=Severity.INFO,
            title="Withdrawn: an event that came late shows that this no longer holds",
            dedupe=("withdrawn", old.alert_id),
            evidence={"withdrawn": True},
        ),
        supersedes=old.alert_id,
        withdrawn=True,
    )


def _latest(stand: dict[str, Raised]) -> dict[str, Raised]:
    """At most `RAISED_MAX`, the latest by state time, in an order that arrival does not decide."""
    ordered = sorted(stand.items(), key=lambda item: (item[1].seen_at, item[0]))
    return dict(ordered[-RAISED_MAX:])
