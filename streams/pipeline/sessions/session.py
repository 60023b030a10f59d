"""One session's life: the order of its events by state time, redelivery, the last known subject.

Every distinct decision goes out once. What a later event rests on (the latest decision, the last
known subject) follows from the session's events in their order by state time, not in that of their
arrival: a late event is inserted where it belongs and the states after it are gone through again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.model import Decision, Drop, Lifecycle, RawRef, Supersession, Verification
from streams.pipeline.event_time import event_time
from streams.rules.base import PreviousState

EMITTED_MAX = 64
HISTORY_MAX = 10
RAISED_MAX = 32

SUBJECT_FLAG = "subject_from_session"
REGRESSION_FLAG = "regression_ignored"

_VERDICTS = frozenset({Decision.APPROVED, Decision.DECLINED})

# What a vendor says while it works. After a final decision it means that a webhook was overtaken,
# unless the vendor may take decisions back. An unknown value is not among them: it may be the
# news that an approval no longer holds, so it always counts.
_PROGRESS = frozenset({Decision.PENDING, Decision.REVIEW, Decision.ERROR})


class Latest(Struct, frozen=True, array_like=True):
    """One state of the session. `at` is its state time in epoch ms, `tie` what orders events of
    one time, `digest` that of its content where the vendor gives no order. Fields are only ever
    appended.
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
    """One session. `emitted` maps the last 64 event ids to their raw record, `raised` the keys of
    the session's alerts to nothing but their order; both oldest first. `history` holds the last
    states by state time, `known_by` tells by which event (state time, id) a subject is known.
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
    """Of rules with a cooldown: state time and severity rank of the last alert that went out."""


class Replay(Struct, frozen=True):
    """The very record that made this event before, met again after a crash: nothing to send."""


class SessionUpdate(Struct, frozen=True):
    """`state` is the very object that was given where nothing changed. `previous` is what the
    event follows: None for the first event, and for one that does not come after the latest.
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
) -> SessionUpdate:
    """What an event becomes in its session. Returns a new event; `event` is left as it is.

    `may_regress`: the vendor may take a final decision back with this event. `status_only`: the
    event has a decision and no results. `digest`: of its content, where no field of the vendor
    orders its states; a record of another event id with the latest state's digest is a redelivery.
    """
    state = state or SessionState()
    raw = _raw(event.raw)
    if (known := state.emitted.get(event.event_id)) is not None:
        return SessionUpdate(state, Replay() if known == raw else Drop("duplicate"))
    latest, at = state.latest, event_time(event)
    if latest and digest and latest.digest == digest:
        moved = replace(latest, at=at) if at > latest.at else latest
        return SessionUpdate(_repeated(state, latest, moved), Drop("duplicate"))
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
    after = _moved(state, now, event, _remembered(state.emitted, event.event_id, raw))
    is_late = latest is not None and (at, now.tie) < (latest.at, latest.tie)
    if after.latest is now:
        place = Supersession(
            supersedes=_superseded(state, status_only=status_only),
            previous_decision=latest.decision if latest else None,
        )
        event = _placed(event, state, place)
        return SessionUpdate(after, event, None if is_late else _previous(state))
    if latest is None or is_late:
        return SessionUpdate(after, _placed(event, state, Supersession(is_stale=True)))
    place = Supersession(is_stale=True, previous_decision=latest.decision)
    return SessionUpdate(after, _placed(event, state, place, REGRESSION_FLAG))


def unraised(state: SessionState, keys: Iterable[str]) -> tuple[SessionState, list[str]]:
    """Those of the alerts' keys that the session has not raised yet, and the state with them."""
    new = [key for key in dict.fromkeys(keys) if key not in state.raised]
    if not new:
        return state, []
    return replace(state, raised=[*state.raised, *new][-RAISED_MAX:]), new


def cooled(
    state: SessionState, rule: str, at: int, rank: int, cooldown_ms: int
) -> tuple[SessionState, bool]:
    """Whether the rule's cooldown keeps an alert back, and else the state that remembers it."""
    told_at, told_rank = state.told.get(rule, (0, -1))
    if rank <= told_rank and abs(at - told_at) < cooldown_ms:
        return state, True
    return replace(state, told={**state.told, rule: (at, rank)}), False


def expires_at(state: SessionState, lifetime_ms: int) -> int:
    """From when on (state time) a sweep may delete the state."""
    return state.latest.at + lifetime_ms if state.latest else 0


def _raw(raw: RawRef) -> str:
    return f"{raw.topic}/{raw.partition}/{raw.offset}"


def _remembered(emitted: dict[str, str], event_id: str, raw: str) -> dict[str, str]:
    if len(emitted) < EMITTED_MAX:
        return {**emitted, event_id: raw}
    kept = list(emitted.items())[1 - EMITTED_MAX :]
    return dict([*kept, (event_id, raw)])


def _placed(
    event: Verification, state: SessionState, place: Supersession, *flags: str
) -> Verification:
    """A new event that knows its place, and whom its session is about as far as an earlier event
    told.
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
        enrichment=replace(event.enrichment, supersession=place),
        flags=[*event.flags, *flags],
    )


def _superseded(state: SessionState, *, status_only: bool) -> str | None:
    """An event without results supersedes only others without: it has no checks of its own."""
    if state.latest is None:
        return None
    if status_only:
        return state.latest.event_id if state.latest.status_only else None
    return state.rich_event_id or state.latest.event_id


def _moved(
    state: SessionState, now: Latest, event: Verification, emitted: dict[str, str]
) -> SessionState:
    """The state with an event at its place among the others."""
    history = [*state.history, now]
    if len(history) > 1:
        history.sort(key=_place)
    standing = _standing(history)
    rich_event_id, verdict = None, state.verdict
    for past in standing:
        if not past.status_only:
            rich_event_id = past.event_id
        if past.decision in _VERDICTS:
            verdict = past.decision
    # One that is still known and does not stand any more was no state of the session after all.
    if rich_event_id is None and state.rich_event_id not in [past.event_id for past in history]:
        rich_event_id = state.rich_event_id
    if len(history) > HISTORY_MAX:
        # A final decision outlives the notifications that cannot move it.
        history.remove(next(s for s in history if s is not standing[-1]))
    known_by, known, told = dict(state.known_by), {}, (now.at, now.event_id)
    for name in ("subject_id", "vendor_subject_id", "person_key"):
        value = getattr(event, name)
        if value and told >= known_by.get(name, (0, "")):
            known_by[name], known[name] = told, value
    return replace(
        state,
        latest=standing[-1],
        history=history,
        rich_event_id=rich_event_id,
        verdict=verdict,
        known_by=known_by,
        emitted=emitted,
        **known,
    )


def _place(state: Latest) -> tuple[int, tuple[str, str]]:
    return (state.at, state.tie)


def _standing(history: Iterable[Latest]) -> list[Latest]:
    """The states that counted when they came, by their order: the last one is the session's."""
    standing: list[Latest] = []
    for state in history:
        is_progress = state.decision in _PROGRESS and not state.may_regress
        if not (standing and standing[-1].final and is_progress):
            standing.append(state)
    return standing


def _repeated(state: SessionState, latest: Latest, moved: Latest) -> SessionState:
    """The state once its latest content was said again, maybe later."""
    if moved is latest:
        return state
    history = [moved if s.event_id == latest.event_id else s for s in state.history]
    return replace(state, latest=moved, history=sorted(history, key=_place))


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
    """Whether a session is about a subject of one of these ids."""
    return state.subject_id in subjects or state.vendor_subject_id in subjects
