"""Deletes one subject from a link's state.

The standing alerts of the link stay without their sessions: no alert is evaluated again, and none
is withdrawn because a session is gone.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from streams.pipeline.links.cardinality import hash_of
from streams.pipeline.links.link import LinkState
from streams.rules.base import Occurrence

Sessions = Collection[tuple[str, str]]
"""(vendor, session id) pairs, the id as state stores it (`kinds.short`)."""

_NOBODY = ("", "")


def is_about(occurrence: Occurrence, subjects: Collection[str], sessions: Sessions) -> bool:
    """True where an occurrence has one of the subject's ids or sessions."""
    subject = occurrence.subject
    return (subject is not None and subject[1] in subjects) or occurrence.session in sessions


def holds(state: LinkState, subjects: Collection[str], sessions: Sessions) -> bool:
    """True where the state holds the subject."""
    return (
        any(is_about(occurrence, subjects, sessions) for occurrence in state.seen)
        or any(raised.session in sessions for raised in state.raised.values())
        or not _hashes(subjects, sessions).isdisjoint((*state.subjects, *state.sessions))
    )


def _hashes(subjects: Collection[str], sessions: Sessions) -> set[int]:
    """The hashes of ids and sessions, as the samples of a shared link hold them."""
    return {hash_of(value) for value in (*subjects, *map(":".join, sessions))}


def without(state: LinkState, subjects: Collection[str], sessions: Sessions) -> LinkState | None:
    """The state without the subject; the same object where it does not hold the subject, None
    where nothing is left.
    """
    if not holds(state, subjects, sessions):
        return state
    seen = [o for o in state.seen if not is_about(o, subjects, sessions)]
    if not seen and not state.shared:
        return None
    raised = {slot: replace(old, session=_NOBODY) for slot, old in state.raised.items()}
    gone = _hashes(subjects, sessions)
    return replace(
        state,
        seen=seen,
        raised=raised,
        subjects=[h for h in state.subjects if h not in gone],
        sessions=[h for h in state.sessions if h not in gone],
    )
