"""One subject's case: its alerts, the decisions of its sessions, and analysts' verdicts.

A case follows from what is in it, not from the order of its arrival. It is written whenever it
changed, under an id that a repeat has too.

A verdict covers the signs that the analyst saw: alerts of `rules` until `decided_at`. What it does
not cover opens the case again. A false alarm also mutes these rules for a time: they add nothing to
this case, nor to those of subjects that are linked in these alerts.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.ids import uuid5
from streams.contracts.model import (
    Alert,
    Case,
    CaseAlert,
    CaseDecision,
    CaseState,
    Disposition,
    Environment,
    Linked,
    Severity,
    Verdict,
    Verification,
)
from streams.pipeline.cases.score import CROWD, DAY_MS, CaseConfig, contributions, score_of
from streams.pipeline.event_time import event_time
from streams.pipeline.messages import CaseMessage, Judged, Mute

ALERTS_MAX = 64
DECISIONS_MAX = 16
GONE_MAX = 64
MUTES_MAX = 16
LINKED_MAX = 8

# Random, fixed for ever: ids of cases and of their changes are uuid5 of this namespace.
CASE_NAMESPACE = uuid.UUID("5d9f6c52-4f2b-4d57-9d2c-0a7b1f7b8e61")


class CaseRecord(Struct, frozen=True, omit_defaults=True):
    """What is kept of a subject. `gone` are alerts that were superseded or withdrawn; `linked` maps
    an alert to the keys of other subjects in it. `change_id` and `digest` are of the case as it was
    written last.
    """

    alerts: list[CaseAlert] = []
    decisions: list[CaseDecision] = []
    gone: list[str] = []
    linked: dict[str, list[str]] = {}
    verdicts: list[Disposition] = []
    mutes: list[Mute] = []
    change_id: str | None = None
    digest: str | None = None

    @property
    def changed_at(self) -> int:
        """Event time of the latest of all that is in it."""
        times = [a.occurred_at for a in self.alerts] + [d.occurred_at for d in self.decisions]
        return max([*times, *(v.decided_at for v in self.verdicts)], default=0)


VERDICTS_MAX = 8


def of_alert(alert: Alert) -> CaseMessage:
    """What an alert says of its subject."""
    withdrawn = alert.evidence.get("withdrawn") is True
    short = CaseAlert(
        alert.alert_id, alert.rule, alert.severity, alert.event_id, alert.vendor,
        alert.session_id, alert.occurred_at,
    )  # fmt: skip
    return CaseMessage(
        alert.subject_key,
        alert.environment,
        alert.vendor,
        alert=None if withdrawn else short,
        gone=[alert.supersedes] if alert.supersedes else [],
        linked=_keys(alert.linked, alert.subject_key),
    )


def of_event(event: Verification, config: CaseConfig) -> list[CaseMessage]:
    """A decision of its subject; of a crowd on its device, a sign for all of them."""
    at = event_time(event)
    decision = CaseDecision(event.vendor, event.session_id, event.event_id, event.decision, at)
    key = event.subject_key
    message = CaseMessage(key, event.environment, event.vendor, decision=decision)
    crowds = [
        d for d in event.enrichment.duplicates
        if d.link == "DEVICE" and d.source == "OWN" and d.subjects_count >= config.crowd_from
    ]  # fmt: skip
    if not crowds:
        return [message]
    sign = CaseAlert(
        f"{CROWD}:{event.event_id}", CROWD, Severity.MEDIUM, event.event_id, event.vendor,
        event.session_id, at,
    )  # fmt: skip
    others = {key: linked for c in crowds for linked in c.linked for key in [_key(linked)]}
    message.alert = sign
    beside = [
        CaseMessage(
            other, event.environment, event.vendor,
            alert=CaseAlert(
                f"{CROWD}:{linked.vendor}:{linked.session_id}", CROWD, Severity.MEDIUM,
                event.event_id, linked.vendor, linked.session_id, at,
            ),
        )
        for other, linked in others.items() if other != key
    ]  # fmt: skip
    return [message, *beside]


def of_disposition(verdict: Disposition) -> CaseMessage:
    """A verdict on its subject's case."""
    return CaseMessage(verdict.subject_key, verdict.environment, "none", verdict=verdict)


def _key(linked: Linked) -> str:
    return linked.subject_id or f"{linked.vendor}:{linked.session_id}"


def _keys(linked: Iterable[Linked], own: str) -> list[str]:
    return sorted({_key(other) for other in linked} - {own})[:LINKED_MAX]


def apply(
    record: CaseRecord | None, message: CaseMessage, config: CaseConfig, version: str
) -> tuple[CaseRecord | None, list[Case | CaseMessage | Judged]]:
    """The record after a message, and what to send: the case where it changed, and to other
    subjects what a false alarm mutes; what a verdict says of rules. The same record where nothing
    changed.
    """
    before = record or CaseRecord()
    after = _added(before, message)
    if after == before:
        return record, []
    beside: list[Case | CaseMessage | Judged] = [*_spread(after, message, config)]
    if verdict := message.verdict:
        covered = {alert.rule for alert in after.alerts if _covers(verdict, alert)}
        beside.append(Judged(verdict.verdict, sorted(covered)))
    case = build(after, message.subject_key, message.environment, config, version)
    if case is None:
        return after, beside
    digest = _digest(case)
    if digest == before.digest:
        return after, beside
    change_id = uuid5(CASE_NAMESPACE, f"{case.case_id}\x1f{before.change_id}\x1f{digest}")
    case.change_id = change_id
    return replace(after, change_id=change_id, digest=digest), [case, *beside]


def build(
    record: CaseRecord, subject_key: str, environment: Environment, config: CaseConfig, version: str
) -> Case | None:
    """The case as it is now; None where nothing was ever said against the subject."""
    if not (record.alerts or record.gone):
        return None
    alerts = [_muted(alert, record, config) for alert in record.alerts]
    at = record.changed_at
    found = contributions(alerts, at, config)
    score = score_of(found)
    verdict = record.verdicts[-1] if record.verdicts else None
    open_ = verdict is None or not all(alert.muted or _covers(verdict, alert) for alert in alerts)
    return Case(
        change_id="",
        case_id=uuid5(CASE_NAMESPACE, f"{environment}\x1f{subject_key}"),
        subject_key=subject_key,
        environment=environment,
        state=CaseState.OPEN if open_ else CaseState.CLOSED,
        score=score,
        band=config.band(score),
        opened_at=alerts[0].occurred_at if alerts else at,
        changed_at=at,
        policy_version=version,
        verdict=verdict.verdict if verdict else None,
        contributions=found,
        alerts=alerts,
        decisions=record.decisions,
        closed_at=verdict.decided_at if verdict and not open_ else None,
        closed_by=verdict.decided_by if verdict and not open_ else None,
        reason=verdict.reason if verdict else None,
    )


def expires_at(record: CaseRecord, lifetime_ms: int) -> int:
    """The event time (epoch ms) from which a sweep may delete the record."""
    return record.changed_at + lifetime_ms


def without(record: CaseRecord, subjects: Collection[str]) -> CaseRecord:
    """The record without the keys of these subjects among those that are linked."""
    if not any(key in subjects for keys in record.linked.values() for key in keys):
        return record
    linked = {i: [k for k in keys if k not in subjects] for i, keys in record.linked.items()}
    return replace(record, linked=linked)


def _added(record: CaseRecord, message: CaseMessage) -> CaseRecord:
    gone = record.gone
    if new := [i for i in message.gone if i not in gone]:
        gone = sorted([*gone, *new])[-GONE_MAX:]
    alerts, linked = record.alerts, record.linked
    if (alert := message.alert) and all(a.alert_id != alert.alert_id for a in alerts):
        alerts = [*alerts, alert]
    if alerts is not record.alerts or gone is not record.gone:
        alerts = sorted(
            (a for a in alerts if a.alert_id not in gone), key=lambda a: (a.occurred_at, a.alert_id)
        )[-ALERTS_MAX:]
        kept = {a.alert_id for a in alerts}
        linked = {i: keys for i, keys in linked.items() if i in kept}
        if alert and message.linked and alert.alert_id in kept:
            linked = dict(sorted({**linked, alert.alert_id: message.linked}.items()))
    decisions = record.decisions
    if message.decision:
        decisions = _latest(decisions, message.decision)
    verdicts = record.verdicts
    if message.verdict and message.verdict not in verdicts:
        ordered = sorted(
            [*verdicts, message.verdict], key=lambda v: (v.decided_at, v.disposition_id)
        )
        verdicts = ordered[-VERDICTS_MAX:]
    mutes = record.mutes
    if message.mute and message.mute not in mutes:
        mutes = sorted([*mutes, message.mute], key=lambda m: (m.until, m.rule))[-MUTES_MAX:]
    return replace(
        record, alerts=alerts, decisions=decisions, gone=gone, linked=linked, verdicts=verdicts,
        mutes=mutes,
    )  # fmt: skip


def _latest(decisions: Sequence[CaseDecision], new: CaseDecision) -> list[CaseDecision]:
    """The latest decision of each session, the latest sessions, by event time."""
    by_session: dict[tuple[str, str], CaseDecision] = {}
    for decision in sorted([*decisions, new], key=_when):
        by_session[decision.vendor, decision.session_id] = decision
    return sorted(by_session.values(), key=_when)[-DECISIONS_MAX:]


def _when(decision: CaseDecision) -> tuple[int, str]:
    return decision.occurred_at, decision.event_id


def _covers(verdict: Disposition, alert: CaseAlert) -> bool:
    of_these = not verdict.rules or alert.rule in verdict.rules
    return of_these and alert.occurred_at <= verdict.decided_at


def _muted(alert: CaseAlert, record: CaseRecord, config: CaseConfig) -> CaseAlert:
    by_verdict = any(_mutes(verdict, alert, config) for verdict in record.verdicts)
    by_link = any(m.rule == alert.rule and alert.occurred_at <= m.until for m in record.mutes)
    return replace(alert, muted=True) if by_verdict or by_link else alert


def _mutes(verdict: Disposition, alert: CaseAlert, config: CaseConfig) -> bool:
    if verdict.verdict is not Verdict.FALSE_ALARM:
        return False
    of_these = alert.rule in verdict.rules
    until = verdict.decided_at + config.mute_days * DAY_MS
    return _covers(verdict, alert) or (of_these and alert.occurred_at <= until)


def _spread(record: CaseRecord, message: CaseMessage, config: CaseConfig) -> list[CaseMessage]:
    """To those who are linked with the subject in alerts that a false alarm mutes: the household's
    tablet is one for all of them.
    """
    found: dict[tuple[str, str], CaseMessage] = {}
    new = {message.alert.alert_id} if message.alert else set()
    for verdict in record.verdicts:
        if verdict.verdict is not Verdict.FALSE_ALARM:
            continue
        until = verdict.decided_at + int(config.mute_days * DAY_MS)
        for alert in record.alerts:
            if (verdict is message.verdict or alert.alert_id in new) and _mutes(
                verdict, alert, config
            ):
                for key in record.linked.get(alert.alert_id, ()):
                    found[key, alert.rule] = CaseMessage(
                        key, message.environment, message.vendor, mute=Mute(alert.rule, until)
                    )
    return [found[where] for where in sorted(found)]


def _digest(case: Case) -> str:
    text = msgspec.json.encode(case, order="deterministic")
    return hashlib.blake2b(text, digest_size=12).hexdigest()
