"""Erases a subject from a state, by a control message."""

from __future__ import annotations

from streams.pipeline.cases.case import CaseRecord
from streams.pipeline.cases.case import without as without_linked
from streams.pipeline.links.erasure import without
from streams.pipeline.links.link import LinkState
from streams.pipeline.messages import Erasure
from streams.pipeline.sessions.session import SessionState, belongs_to


def erased_from_link(state: LinkState, request: Erasure) -> LinkState | None:
    """The rest of the state; the same object if it does not contain the subject."""
    return without(state, request.subjects, set(request.sessions))


def erased_from_case(record: CaseRecord, request: Erasure) -> CaseRecord | None:
    """The subject's own case goes as a whole; others forget that they were linked with it."""
    sessions = {":".join(session) for session in request.sessions}
    if request.key.partition("|")[2] in {*request.subjects, *sessions}:
        return None
    return without_linked(record, {*request.subjects, *sessions})


def erased_from_session(state: SessionState, request: Erasure) -> SessionState | None:
    """None if the session belongs to the subject; it is erased as a whole."""
    return None if belongs_to(state, request.subjects) else state
