"""What is left of a link's state when one subject is erased from it.

Alerts that stand for the link stay as they are: whom each of them names is no longer known, so
none of them is judged again, and none is withdrawn because a session is no longer there to see.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from streams.pipeline.links.cardinality import hash_of
from streams.pipeline.links.link import LinkState
from streams.rules.base import Occurrence

Sessions = Collection[tuple[str, str]]
"""Of (vendor, session id), the id as state keeps it (`sightings.short`)."""

_NOBODY = ("", "")


def is_about(use: Occurrence, subjects: Collection[str], sessions: Sessions) -> bool:
    """A use of one of the subject's ids, or of a session that was the subject's."""
    return (use.subject is not None and use.subject[1] in subjects) or use.session in sessions


def holds(state: LinkState, subjects: Collection[str], sessions: Sessions) -> bool:
    """Whether the state knows the subject."""
    return (
        any(is_about(use, subjects, sessions) for use in state.seen)
        or any(raised.session in sessions for raised in state.raised.values())
        or not _hashes(subjects, sessions).isdisjoint((*state.subjects, *state.sessions))
    )


def _hashes(subjects: Collection[str], sessions: Sessions) -> set[int]:
    """As they stand in the samples of a shared link."""
    return {hash_of(value) for value in (*subjects, *map(":".join, sessions))}


def without(state: LinkState, subjects: Collection[str], sessions: Sessions) -> LinkState | None:
    """The state without the subject: itself where it knows nothing, None where nothing is left."""
    if not holds(state, subjects, sessions):
        return state
    seen = [use for use in state.seen if not is_about(use, subjects, sessions)]
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
