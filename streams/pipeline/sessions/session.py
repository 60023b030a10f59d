"""One session: the order of its events by event time, redelivery, the last known subject.

Every distinct decision goes out once. The latest decision and the last known subject depend on the
event times of the session's events, not on their order of arrival: a late event is inserted by its
event time, and the states after it are evaluated again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.model import Decision, Drop, Lifecycle, Supersession, Verification
from streams.pipeline.event_time import event_time
from streams.rules.base import PreviousState

EMITTED_MAX = 64
HISTORY_MAX = 10
RAISED_MAX = 32

SUBJECT_FLAG = "subject_from_session"
REGRESSION_FLAG = "regression_ignored"

_VERDICTS = frozenset({Decision.APPROVED, Decision.DECLINED})

# Decisions of an unfinished session. After a final decision they come from a webhook that was
# overtaken, unless the vendor may take decisions back. UNDETERMINED is not one of them: it may
# mean that an approval no longer holds, so it always counts.
_PROGRESS = frozenset({Decision.PENDING, Decision.REVIEW, Decision.ERROR})


class Latest(Struct, frozen=True, array_like=True):
    """One state of the session. `at` is its event time (epoch ms); `tie` orders events of one time;
    `digest` is that of its content where the vendor gives no order. Fields are only appended.
    """

    at: int
    tie: tuple[str, str]
    event_id: str
    decision: Decision
    lifecycle: Lifecycle
    final: bool
    status_only: bool = False
    digest: str | None = None
    may_regress: bool = False


class SessionState(Struct, omit_defaults=True):
    """One session. `emitted` maps the last 64 event ids to their raw record; `raised` holds the
    keys of the session's alerts; both oldest first. `history` holds the last states by event time.
    `known_by` maps a subject's field to the event that gave it (event time, id).
    """

    latest: Latest | None = None
    history: list[Latest] = []
    known_by: dict[str, tuple[int, str]] = {}
    emitted: dict[str, str] = {}
    rich_event_id: str | None = None
    """The latest event with results."""
    verdict: Decision | None = None
    """The last APPROVED or DECLINED."""
    subject_id: str | None = None
    vendor_subject_id: str | None = None
    person_key: str | None = None
    raised: list[str] = []
    told: dict[str, tuple[int, int]] = {}
    """Rule with a cooldown → event time and severity rank of the last alert that was sent."""


class Replay(Struct, frozen=True):
    """The same raw record came again after a crash: nothing to send."""


class SessionUpdate(Struct, frozen=True):
    """`state` is the same object where nothing changed. `previous` is the state before the event;
    None for the first event and for one that is not the latest.
    """

    state: SessionState
    result: Verification | Drop | Replay
    previous: PreviousState | None = None


def apply(
    state: SessionState | None,
    event: Verification,
    *,
    may_regress: bool,
    status_only: bool,
    digest: str | None = None,
    fetched_for: str | None = None,
) -> SessionUpdate:
    """Adds an event to its session. Returns a new event; does not change `event`.

    `may_regress`: the vendor may take a final decision back with this event. `status_only`: the
    event has a decision and no results. `digest`: of its content, where no field of the vendor
    orders its states; a record of another event id with the latest state's digest is a redelivery.
    `fetched_for`: the event whose result was fetched; the result is the session's state of that
    moment, whenever the vendor reached it.
    """
    state = state or SessionState()
    raw = f"{event.raw.topic}/{event.raw.partition}/{event.raw.offset}"
    if (emitted_from := state.emitted.get(event.event_id)) is not None:
        return SessionUpdate(state, Replay() if emitted_from == raw else Drop("duplicate"))
    latest, at = state.latest, event_time(event)
    if fetched_for is not None:
        asked = (past.at + 1 for past in state.history if past.event_id == fetched_for)
        at = max(at, event.ingested_at, *asked)
    if latest and digest and latest.digest == digest:
        return SessionUpdate(_repeated(state, latest, at), Drop("duplicate"))
    now = Latest(
        at=at,
        tie=(event.vendor_event_id or "", event.event_id),
        event_id=event.event_id,
        decision=event.decision,
        lifecycle=event.lifecycle,
        final=event.final,
        status_only=status_only,
        digest=digest,
        may_regress=may_regress,
    )
    after = _inserted(state, now, event, _remembered(state.emitted, event.event_id, raw))
    is_late = latest is not None and _order(now) < _order(latest)
    if after.latest is now:
        supersession = Supersession(
            supersedes=_superseded(state, status_only=status_only),
            previous_decision=latest.decision if latest else None,
        )
        event = _completed(event, state, supersession)
        return SessionUpdate(after, event, None if is_late else _previous(state))
    if latest is None or is_late:
        return SessionUpdate(after, _completed(event, state, Supersession(is_stale=True)))
    supersession = Supersession(is_stale=True, previous_decision=latest.decision)
    return SessionUpdate(after, _completed(event, state, supersession, REGRESSION_FLAG))


def unraised(state: SessionState, keys: Iterable[str]) -> tuple[SessionState, list[str]]:
    """The state with these alert keys, and the keys that the session has not raised before."""
    new = [key for key in dict.fromkeys(keys) if key not in state.raised]
    if not new:
        return state, []
    return replace(state, raised=[*state.raised, *new][-RAISED_MAX:]), new


def cooled(
    state: SessionState, rule: str, at: int, rank: int, cooldown_ms: int
) -> tuple[SessionState, bool]:
    """Whether the rule's cooldown suppresses an alert; if not, the state that records it."""
    sent_at, sent_rank = state.told.get(rule, (0, -1))
    if rank <= sent_rank and abs(at - sent_at) < cooldown_ms:
        return state, True
    return replace(state, told={**state.told, rule: (at, rank)}), False


def expires_at(state: SessionState, lifetime_ms: int) -> int:
    """The event time (epoch ms) from which a sweep may delete the state."""
    return state.latest.at + lifetime_ms if state.latest else 0


def _remembered(emitted: dict[str, str], event_id: str, raw: str) -> dict[str, str]:
    if len(emitted) < EMITTED_MAX:
        return {**emitted, event_id: raw}
    kept = list(emitted.items())[1 - EMITTED_MAX :]
    return dict([*kept, (event_id, raw)])


def _completed(
    event: Verification, state: SessionState, supersession: Supersession, *flags: str
) -> Verification:
    """A new event with its supersession, and with the subject of an earlier event where it has
    none.
    """
    subject_id, vendor_subject_id = event.subject_id, event.vendor_subject_id
    if not subject_id and (state.subject_id or state.vendor_subject_id):
        subject_id = state.subject_id
        vendor_subject_id = vendor_subject_id or state.vendor_subject_id
        if subject_id:
            flags = (SUBJECT_FLAG, *flags)
    return replace(
        event,
        subject_id=subject_id,
        vendor_subject_id=vendor_subject_id,
        person_key=event.person_key or state.person_key,
        enrichment=replace(event.enrichment, supersession=supersession),
        flags=[*event.flags, *flags],
    )


def _superseded(state: SessionState, *, status_only: bool) -> str | None:
    """The id of the superseded event. An event without results supersedes only such events."""
    if state.latest is None:
        return None
    if status_only:
        return state.latest.event_id if state.latest.status_only else None
    return state.rich_event_id or state.latest.event_id


def _inserted(
    state: SessionState, now: Latest, event: Verification, emitted: dict[str, str]
) -> SessionState:
    """The state with an event inserted by its event time."""
    history = [*state.history, now]
    if len(history) > 1:
        history.sort(key=_order)
    effective = _effective(history)
    rich_event_id, verdict = None, state.verdict
    for past in effective:
        if not past.status_only:
            rich_event_id = past.event_id
        if past.decision in _VERDICTS:
            verdict = past.decision
    # Keep the old id only where the history no longer holds its event: one that is in the history
    # without effect never was a state of the session.
    if rich_event_id is None and state.rich_event_id not in [past.event_id for past in history]:
        rich_event_id = state.rich_event_id
    if len(history) > HISTORY_MAX:
        # A final decision stays longer than the notifications that cannot change it.
        history.remove(next(s for s in history if s is not effective[-1]))
    known_by, known, source = dict(state.known_by), {}, (now.at, now.event_id)
    for name in ("subject_id", "vendor_subject_id", "person_key"):
        value = getattr(event, name)
        if value and source >= known_by.get(name, (0, "")):
            known_by[name], known[name] = source, value
    return replace(
        state,
        latest=effective[-1],
        history=history,
        rich_event_id=rich_event_id,
        verdict=verdict,
        known_by=known_by,
        emitted=emitted,
        **known,
    )


def _order(state: Latest) -> tuple[int, tuple[str, str]]:
    return (state.at, state.tie)


def _effective(history: Iterable[Latest]) -> list[Latest]:
    """The states that had an effect, in order: the last one is the session's."""
    effective: list[Latest] = []
    for state in history:
        is_progress = state.decision in _PROGRESS and not state.may_regress
        if not (effective and effective[-1].final and is_progress):
            effective.append(state)
    return effective


def _repeated(state: SessionState, latest: Latest, at: int) -> SessionState:
    """The state after its latest content came again at another event time."""
    if at <= latest.at:
        return state
    moved = replace(latest, at=at)
    history = [moved if s.event_id == latest.event_id else s for s in state.history]
    return replace(state, latest=moved, history=sorted(history, key=_order))


def _previous(state: SessionState) -> PreviousState | None:
    if state.latest is None:
        return None
    return PreviousState(
        decision=state.latest.decision,
        final=state.latest.final,
        event_id=state.latest.event_id,
        lifecycle=state.latest.lifecycle,
        verdict=state.verdict,
    )


def belongs_to(state: SessionState, subjects: Collection[str]) -> bool:
    """True where the session's subject has one of these ids."""
    return state.subject_id in subjects or state.vendor_subject_id in subjects
