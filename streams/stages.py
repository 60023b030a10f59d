"""What the stages hand to each other, and what a stage says about its work."""

from __future__ import annotations

from msgspec import Struct

from streams.findings import Sighting
from streams.model import Alert, Drop, Rejection, Verification


class Carried(Struct, omit_defaults=True):
    """An event on its way to its session, with what only the sessions stage needs to know."""

    event: Verification
    digest: str | None = None
    may_regress: bool = False
    thin: bool = False


class Hop(Struct, omit_defaults=True):
    """A link to visit. `key` is the link's key; at a `quiet` one only its state is kept warm."""

    key: str
    sighting: Sighting
    quiet: bool = False


class LinkMessage(Struct, omit_defaults=True):
    """For the links stage: a sighting, and the event itself where it passes through.

    `onward` are the links that the event has still to visit before it goes to its session.
    """

    hop: Hop
    carried: Carried | None = None
    onward: list[Hop] = []


class Erasure(Struct, frozen=True, omit_defaults=True):
    """For a stage of links or sessions: the state of `key` forgets a subject.

    `subjects` are its ids, `sessions` its (vendor, session id), all as state keeps them.
    """

    key: str
    subjects: list[str]
    sessions: list[tuple[str, str]] = []


class ToLink(Struct, frozen=True):
    """Send this to the links stage; the key is `message.hop.key`."""

    message: LinkMessage


class ToSession(Struct, frozen=True):
    """Send this to the sessions stage; the key is the event's session key."""

    carried: Carried


class Shadowed(Struct, frozen=True):
    """An alert of a rule in shadow mode: counted, not sent."""

    alert: Alert


class Cooled(Struct, frozen=True):
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
    | ToLink
    | ToSession
    | Shadowed
    | Cooled
    | Replayed
    | Failed
)
