"""The messages between stages, and the outputs of a stage."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Raw, Struct, field
from msgspec.structs import replace

from streams.contracts.model import (
    Alert,
    Case,
    CaseAlert,
    CaseDecision,
    Decision,
    Disposition,
    Drop,
    Duplicate,
    Environment,
    Rejection,
    Strength,
    Verdict,
    Verification,
)
from streams.rules.base import Position

FAILED_FLAG = "enrichment_failed"

E = TypeVar("E", bound=Verification | Raw)
"""An event in full, or as its bytes: the links stage never reads it."""


class EventEnvelope(Struct, Generic[E], omit_defaults=True):
    """An event on its way to its session, with the fields that only the sessions stage reads.

    `status_only`: the event holds a status and no results (flag `thin`). `duplicates` are the
    findings of its links. `failed`: a bug lost one of its findings. `fetched_for`: the event whose
    result this is.
    """

    event: E
    session_key: str
    digest: str | None = None
    may_regress: bool = False
    status_only: bool = field(default=False, name="thin")
    duplicates: list[Duplicate] = []
    failed: bool = False
    fetched_for: str | None = None


def with_findings(envelope: EventEnvelope[Verification]) -> Verification:
    """The event with the findings of its links."""
    event = envelope.event
    if envelope.duplicates:
        found = [*event.enrichment.duplicates, *envelope.duplicates]
        event = replace(event, enrichment=replace(event.enrichment, duplicates=found))
    return with_failure_flag(event) if envelope.failed else event


def with_failure_flag(event: Verification) -> Verification:
    """The event with the flag for a finding lost to a bug."""
    if FAILED_FLAG in event.flags:
        return event
    return replace(event, flags=[*event.flags, FAILED_FLAG])


class Sighting(Struct, frozen=True, omit_defaults=True):
    """One event uses one link: the fields of the event that the link's state needs.

    `seen_at` is event time (epoch ms). `subject` is a `(namespace, id)`. `named` is True where that
    id is the event's `subject_id`, and False where it is the vendor's own id.
    """

    event_id: str
    vendor: str
    session_id: str
    seen_at: int
    decision: Decision
    subject: tuple[str, str] | None = None
    named: bool = False
    person_key: str | None = None
    strength: Strength | None = None
    position: Position | None = None


class LinkVisit(Struct, omit_defaults=True):
    """A link to visit, by its key. Muted links record alerts without sending them, so that key
    rotation repeats none: another key of the same value sends them.
    """

    key: str
    sighting: Sighting
    muted: bool = field(default=False, name="quiet")


class LinkMessage(Struct, Generic[E], omit_defaults=True):
    """A sighting for the links stage, with the event itself where it passes through the link.

    `onward` holds the links that the event visits next, before its session.
    """

    visit: LinkVisit = field(name="hop")
    envelope: EventEnvelope[E] | None = field(default=None, name="carried")
    onward: list[LinkVisit] = []


class Erasure(Struct, frozen=True, omit_defaults=True):
    """An order to the links or sessions stage: delete a subject from the state of `key`.

    `subjects` are its ids, `sessions` its (vendor, session id) pairs, as state stores them.
    """

    key: str
    subjects: list[str]
    sessions: list[tuple[str, str]] = []


class Mute(Struct, frozen=True, order=True):
    """Alerts of a rule until a time (epoch ms) are a false alarm."""

    rule: str
    until: int


class CaseMessage(Struct, omit_defaults=True):
    """What the cases stage learns of one subject: an alert and those that it replaces, a decision,
    an analyst's verdict, or what a verdict about another subject mutes. `linked` are the keys of
    other subjects in the alert.
    """

    subject_key: str
    environment: Environment
    vendor: str
    alert: CaseAlert | None = None
    gone: list[str] = []
    linked: list[str] = []
    decision: CaseDecision | None = None
    verdict: Disposition | None = None
    mute: Mute | None = None

    @property
    def key(self) -> str:
        """The key of the case's state. Sandbox and live have different keys."""
        return f"{self.environment}|{self.subject_key}"


class ToCase(Struct, frozen=True):
    """Send this to the cases stage; the key is `message.key`."""

    message: CaseMessage


class ToLink(Struct, Generic[E], frozen=True):
    """Send this to the links stage; the key is `message.visit.key`."""

    message: LinkMessage[E]


class ToSession(Struct, Generic[E], frozen=True):
    """Send this to the sessions stage; the key is `envelope.session_key`."""

    envelope: EventEnvelope[E]


class Shadowed(Struct, frozen=True):
    """An alert of a rule in shadow mode: counted, not sent."""

    alert: Alert


class Suppressed(Struct, frozen=True):
    """An alert that the cooldown of its rule suppressed: counted, not sent."""

    alert: Alert


class Replayed(Struct, frozen=True):
    """The record came again after a crash; all its outputs were delivered before."""


class Failed(Struct, frozen=True):
    """A bug in an enrichment or a rule lost a finding. `part` names the enrichment or rule."""

    part: str


class Judged(Struct, frozen=True):
    """An analyst's verdict met a case: counted for each rule that it covers."""

    verdict: Verdict
    rules: list[str]


Output = (
    Verification
    | Alert
    | Rejection
    | Drop
    | ToLink[E]
    | ToSession[E]
    | ToCase
    | Case
    | Judged
    | Shadowed
    | Suppressed
    | Replayed
    | Failed
)
