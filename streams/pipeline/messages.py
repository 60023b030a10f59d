"""What the stages hand to each other, and what a stage says about its work."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Raw, Struct
from msgspec.structs import replace

from streams.contracts.model import Alert, Drop, Duplicate, Rejection, Verification
from streams.rules.base import Sighting

FAILED_FLAG = "enrichment_failed"

E = TypeVar("E", bound=Verification | Raw)
"""An event in full, or as the bytes that hold it: links have no need to read it."""


class EventEnvelope(Struct, Generic[E], omit_defaults=True):
    """An event on its way to its session, with what only the sessions stage needs to know.

    `duplicates` are those that its links found on the way; `failed` says that a bug cost it a
    finding.
    """

    event: E
    session_key: str
    digest: str | None = None
    may_regress: bool = False
    thin: bool = False
    duplicates: list[Duplicate] = []
    failed: bool = False


def with_findings(carried: EventEnvelope[Verification]) -> Verification:
    """The event with what was found on its way."""
    event = carried.event
    if carried.duplicates:
        found = [*event.enrichment.duplicates, *carried.duplicates]
        event = replace(event, enrichment=replace(event.enrichment, duplicates=found))
    return with_failure_flag(event) if carried.failed else event


def with_failure_flag(event: Verification) -> Verification:
    """The event with the flag that says that a bug cost it a finding."""
    if FAILED_FLAG in event.flags:
        return event
    return replace(event, flags=[*event.flags, FAILED_FLAG])


class Hop(Struct, omit_defaults=True):
    """A link to visit. `key` is the link's key; at a `quiet` one only its state is kept warm."""

    key: str
    sighting: Sighting
    quiet: bool = False


class LinkMessage(Struct, Generic[E], omit_defaults=True):
    """For the links stage: a sighting, and the event itself where it passes through.

    `onward` are the links that the event has still to visit before it goes to its session.
    """

    hop: Hop
    carried: EventEnvelope[E] | None = None
    onward: list[Hop] = []


class Erasure(Struct, frozen=True, omit_defaults=True):
    """For a stage of links or sessions: the state of `key` forgets a subject.

    `subjects` are its ids, `sessions` its (vendor, session id), all as state keeps them.
    """

    key: str
    subjects: list[str]
    sessions: list[tuple[str, str]] = []


class ToLink(Struct, Generic[E], frozen=True):
    """Send this to the links stage; the key is `message.hop.key`."""

    message: LinkMessage[E]


class ToSession(Struct, Generic[E], frozen=True):
    """Send this to the sessions stage; the key is `carried.session_key`."""

    carried: EventEnvelope[E]


class Shadowed(Struct, frozen=True):
    """An alert of a rule in shadow mode: counted, not sent."""

    alert: Alert


class Suppressed(Struct, frozen=True):
    """An alert that the cooldown of its rule keeps back: counted, not sent."""

    alert: Alert


class Replayed(Struct, frozen=True):
    """The record was met again after a crash; all it caused was delivered before."""


class Failed(Struct, frozen=True):
    """A bug in an enrichment or a rule cost an event a finding. `part` names the culprit."""

    part: str


Output = (
    Verification
    | Alert
    | Rejection
    | Drop
    | ToLink[E]
    | ToSession[E]
    | Shadowed
    | Suppressed
    | Replayed
    | Failed
)
