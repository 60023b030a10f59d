"""What a worker would have sent about invented people: the demo's story, and the cases of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from msgspec.json import encode
from msgspec.structs import replace

from streams.cli.demo.story import Step
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


def ring() -> list[Step]:
    """Invented people who show passports of four countries on one phone, from one address."""
    (lena,) = (step for step in story() if step.title.startswith("Lena"))
    people = (
        ("Amara", "Nwosu", "NGA", "NG", 6.45, 3.40, "Lagos", "Approved"),
        ("Tomasz", "Wilk", "POL", "PL", 52.23, 21.01, "Warszawa", "Declined"),
        ("Ines", "Cabral", "PRT", "PT", 38.72, -9.14, "Lisboa", "Approved"),
        ("Dario", "Fontana", "ITA", "IT", 45.46, 9.19, "Milano", "Approved"),
    )
    steps = []
    for number, (first, last, alpha3, alpha2, lat, lon, city, status) in enumerate(people):
        assert isinstance(lena.payload, dict)
        payload: dict[str, Any] = deepcopy(lena.payload)
        session = f"0a7d1c2e-5b3f-4e6a-9c8d-1f2e3d4c5b{number:02}"
        subject = f"cust-20{number + 1:02}"
        at = payload["timestamp"] + 3600 + number * 420
        own = {"session_id": session, "vendor_data": subject, "status": status}
        payload |= {**own, "event_id": f"ev-20{number}", "timestamp": at, "created_at": at}
        decision = payload["decision"]
        decision |= own
        decision["id_verifications"][0] |= {
            "status": status, "first_name": first, "last_name": last,
            "full_name": f"{first} {last}", "issuing_state": alpha3, "nationality": alpha3,
            "document_number": f"X{number}77Q21", "date_of_birth": f"198{number}-03-1{number}",
            "formatted_address": f"1{number} Main Street, {city}",
            "parsed_address": {
                "city": city, "country": alpha2,
                "document_location": {"latitude": lat, "longitude": lon},
            },
        }  # fmt: skip
        decision["ip_analyses"][0]["device_fingerprint"] = "fp-of-a-ring-5d1f0b7c"
        steps.append(Step(f"{first} {last}", "didit", payload))
    return steps


def value(step: Step) -> bytes:
    """As a vendor delivers it."""
    return step.payload.encode() if isinstance(step.payload, str) else encode(step.payload)


def told(more: Iterable[Step] = ()) -> tuple[list[Verification], list[Alert]]:
    """The events of the story, and of more steps, by the real pipeline."""
    settings = Settings()
    pipeline = Offline(Pipeline(settings.keyring(), settings.policy(), settings.places()))
    events: list[Verification] = []
    alerts: list[Alert] = []
    for number, step in enumerate([*story(), *more]):
        headers = ((SUBJECT, step.subject.encode()),) if step.subject else ()
        record = RawRecord(raw_topic(step.vendor), 0, number, NOW, b"key", value(step), headers)
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
        key = event.key if isinstance(event, Case) else event.subject_key
        records.append(Outgoing(topic, key.encode(), value, ce_headers(event)))
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
