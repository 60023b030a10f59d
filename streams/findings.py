"""What rules read and what they find: the hand-over between the stages and `streams.rules`.

A stage builds an observation and gives it to every rule of its kind; a rule answers with findings;
the pipeline makes alerts of them.
"""

from __future__ import annotations

from msgspec import Struct

from streams.model import (
    Decision,
    Lifecycle,
    Linked,
    Severity,
    Source,
    Verification,
)


class Finding(Struct, frozen=True):
    """What a rule found. `dedupe` names the finding within its environment and rule: an alert is
    raised once per value. `evidence` holds named figures, no personal data. `linked` holds the
    other sessions that the finding is about.
    """

    severity: Severity
    title: str
    dedupe: tuple[str, ...]
    evidence: dict[str, bool | int | float | str] = {}
    linked: list[Linked] = []
    source: Source = Source.OWN


class PreviousState(Struct, frozen=True):
    """The session's latest state, by state time, before this event."""

    decision: Decision
    final: bool
    event_id: str
    lifecycle: Lifecycle = Lifecycle.UNKNOWN


class EventObservation(Struct, frozen=True):
    """What rules of the sessions stage read: the enriched event, and the state it follows."""

    event: Verification
    previous: PreviousState | None = None
