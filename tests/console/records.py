"""What a worker would have sent about invented people: the demo's story, and the cases of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from msgspec.structs import replace

from streams.cli.demo.story import load as story
from streams.config.settings import Settings
from streams.contracts.avro import ce_headers, encode_alert, encode_case, encode_verification
from streams.contracts.headers import SUBJECT
from streams.contracts.model import (
    Alert,
    Case,
    CaseAlert,
    CaseBand,
    CaseDecision,
    CaseState,
    Contribution,
    Environment,
    RawRecord,
    Severity,
    Verification,
)
from streams.contracts.topics import ALERTS, CASES, VERIFICATIONS, raw_topic
from streams.kafka.producer import Outgoing
from streams.pipeline.local import Offline
from streams.pipeline.pipeline import Pipeline

POINTS = {Severity.INFO: 1.0, Severity.LOW: 8.0, Severity.MEDIUM: 24.5, Severity.HIGH: 41.0}
NOW = 1_778_760_000_000


def told() -> tuple[list[Verification], list[Alert]]:
    """The story's events, by the real pipeline."""
    settings = Settings()
    pipeline = Offline(Pipeline(settings.keyring(), settings.policy(), settings.places()))
    events: list[Verification] = []
    alerts: list[Alert] = []
    for number, step in enumerate(story()):
        headers = ((SUBJECT, step.subject.encode()),) if step.subject else ()
        record = RawRecord(
            raw_topic(step.vendor), 0, number, NOW, step.key.encode(), step.value, headers
        )
        for result in pipeline.run(step.vendor, record, NOW):
            if isinstance(result, Verification):
                events.append(result)
            elif isinstance(result, Alert):
                alerts.append(result)
    return events, alerts


def cases(events: list[Verification], alerts: list[Alert]) -> Iterator[Case]:
    """A case for each subject with an alert; points are made up, the shape is the contract's."""
    for subject in dict.fromkeys(alert.subject_key for alert in alerts):
        mine = [alert for alert in alerts if alert.subject_key == subject]
        yield case(subject, mine, [event for event in events if event.subject_key == subject])


def case(subject: str, alerts: list[Alert], events: list[Verification]) -> Case:
    by_rule = {alert.rule: [a for a in alerts if a.rule == alert.rule] for alert in alerts}
    parts = [
        Contribution(
            rule,
            severity := max((a.severity for a in of), key=lambda s: s.rank),
            POINTS[severity],
            len(of),
            min(a.occurred_at for a in of),
            max(a.occurred_at for a in of),
        )
        for rule, of in by_rule.items()
    ]
    parts.append(Contribution("prior", Severity.INFO, -4.0, 0, NOW, NOW))
    parts.sort(key=lambda part: -part.points)
    score = max(0, min(100, round(sum(part.points for part in parts))))
    band = CaseBand.HIGH if score >= 40 else CaseBand.MEDIUM if score >= 20 else CaseBand.LOW
    return Case(
        change_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{subject}/{score}")),
        case_id=case_id(subject),
        subject_key=subject,
        environment=Environment.LIVE,
        state=CaseState.OPEN,
        score=score,
        band=band,
        opened_at=min((a.occurred_at for a in alerts), default=NOW),
        changed_at=max((a.occurred_at for a in alerts), default=NOW),
        policy_version="test",
        contributions=parts,
        alerts=[
            CaseAlert(
                a.alert_id, a.rule, a.severity, a.event_id, a.vendor, a.session_id, a.occurred_at
            )
            for a in alerts
        ],
        decisions=[
            CaseDecision(e.vendor, e.session_id, e.event_id, e.decision, e.occurred_at)
            for e in events
        ],
    )


def case_id(subject: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, subject))


def outgoing(*found: Verification | Alert | Case) -> list[Outgoing]:
    """As records of their topics."""
    records = []
    for event in found:
        topic, value = (
            (VERIFICATIONS, encode_verification(event))
            if isinstance(event, Verification)
            else (ALERTS, encode_alert(event))
            if isinstance(event, Alert)
            else (CASES, encode_case(event))
        )
        records.append(Outgoing(topic, event.subject_key.encode(), value, ce_headers(event)))
    return records


def renamed(event: Verification, subject: str, **person: str) -> Verification:
    """The same event of another subject, whose vendor wrote other things."""
    assert event.person is not None
    return replace(
        event,
        event_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{subject}/{event.event_id}")),
        subject_id=subject,
        person=replace(event.person, **person),
    )
