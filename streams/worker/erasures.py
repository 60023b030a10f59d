"""What is left of a state once a control message erases a subject from it."""

from __future__ import annotations

from streams.pipeline.links.erasure import without
from streams.pipeline.links.link import LinkState
from streams.pipeline.messages import Erasure
from streams.pipeline.sessions.session import SessionState, belongs_to


def erased_from_link(state: LinkState, request: Erasure) -> LinkState | None:
    """The state itself where it does not hold the subject."""
    return without(state, request.subjects, set(request.sessions))


def erased_from_session(state: SessionState, request: Erasure) -> SessionState | None:
    """A session belongs to one subject: it goes as a whole."""
    return None if belongs_to(state, request.subjects) else state
