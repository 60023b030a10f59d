"""The state of one link, and its update by a sighting.

A link is a value that sessions share: a device, a person key, a subject. Its state is a bounded
list of occurrences by event time. An occurrence belongs to one session. Its time is that of the
session's first sighting: later events (a review, a correction) repeat the device although nobody
uses it again.

The state depends on the set of sightings, not on their order, while they fit its bounds: an
occurrence keeps its earliest sighting and its latest decision, so a repeated sighting changes
nothing, and a late one is inserted by its event time.

All times are event time (epoch ms). There is no clock: each sighting expires what is too old by the
newest event time of the link.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from streams.contracts.model import Duplicate, Environment, LinkKind, Strength
from streams.pipeline.links.alerts import StandingAlert
from streams.pipeline.links.cardinality import estimated, sampled
from streams.pipeline.links.occurrences import added, bounded, occurrence_of, order_key, same_times
from streams.pipeline.links.subjects import Crowd, differ
from streams.pipeline.links.travel import travel
from streams.pipeline.messages import Sighting
from streams.rules.base import LinkObservation, Occurrence

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WINDOWS = {
    "5m": 5 * 60_000,
    "1h": HOUR_MS,
    "24h": DAY_MS,
    "7d": 7 * DAY_MS,
    "90d": 90 * DAY_MS,
}
_ALONE = dict.fromkeys(WINDOWS, 1)
_ENVIRONMENTS = {environment.value: environment for environment in Environment}
_KINDS = {kind.lower(): kind for kind in LinkKind}
_SUBJECT, _WEAK = LinkKind.SUBJECT, Strength.WEAK


class LinkConfig(Struct, frozen=True):
    """Bounds and thresholds of a link's state. Times are in ms."""

    lifetime_ms: Annotated[int, Meta(ge=DAY_MS)] = 90 * DAY_MS
    uses: Annotated[int, Meta(ge=2, le=64)] = 48
    """Occurrences kept of one link: they bound its state to 16 KiB with the longest ids."""
    uses_per_subject: Annotated[int, Meta(ge=2, le=64)] = 4
    """Occurrences kept of one subject: its first and its latest. A test device may have a million.
    """
    trail: Annotated[int, Meta(ge=2, le=64)] = 32
    """Occurrences kept of one subject's own link."""
    shared_above: Annotated[int, Meta(ge=2)] = 20
    """A link with more subjects is a shared one: a kiosk, a branch's tablet, a collision of
    fingerprints, a carrier's address."""
    shared_write_ms: Annotated[int, Meta(ge=0)] = HOUR_MS
    weak_ms: Annotated[int, Meta(ge=0)] = DAY_MS


class LinkState(Struct, omit_defaults=True):
    """One link. `seen` holds occurrences by (seen_at, event_id); `more` counts those no longer
    kept. `shared` is the number of subjects when the link became a shared one, else 0; counts of a
    shared link are estimated from the samples `subjects` and `sessions`.
    """

    seen: list[Occurrence] = []
    newest: int = 0
    more: int = 0
    shared: int = 0
    raised: dict[str, StandingAlert] = {}
    subjects: list[int] = []
    sessions: list[int] = []


class LinkUpdate(Struct, frozen=True):
    """The result of one sighting. `state` is the same object where nothing changed: nothing needs
    to be written. `whole` is True where `observations` hold every occurrence of the link, False
    where they hold only the newest.
    """

    state: LinkState
    duplicate: Duplicate | None = None
    observations: list[LinkObservation] = []
    whole: bool = False


def update(
    link: str, state: LinkState | None, sighting: Sighting, policy: LinkConfig
) -> LinkUpdate:
    """Adds a sighting to its link. `link` is the link's key, `<environment>|<kind>|…`.

    `duplicate` is the finding for the sighting's event, counted up to its event time; None where
    the link has no other subject. `observations` are the occurrences for which rules must be
    evaluated (see `alerts.reconcile`): none for a sighting without news, the newest one for a
    sighting in order, all for a late one.
    """
    before = LinkState() if state is None else _live(state, sighting.seen_at, policy)
    view = _View(link, sighting.strength, policy, before.more)
    if before.shared:
        return _update_shared(view, before, sighting, policy)
    new = occurrence_of(sighting)
    occurrences, in_order = added(before.seen, new, is_trail=view.is_trail)
    too_late = new.seen_at < before.newest - policy.lifetime_ms
    if too_late or (not in_order and occurrences == before.seen):
        return LinkUpdate(before, view.duplicate(before.seen, new))
    if view.is_trail:
        kept = occurrences[-policy.trail :]
    else:
        kept = bounded(occurrences, policy.uses, policy.uses_per_subject)
    newest = before.newest
    if new.seen_at > newest:
        newest = new.seen_at
    more = before.more + len(occurrences) - len(kept)
    state = msgspec.structs.replace(before, seen=kept, newest=newest, more=more)
    if in_order:
        observations = [view.at(before.seen, new)]
        duplicate = _duplicate_of(observations[0])
    else:
        duplicate = view.duplicate(occurrences, new)
        moved = not same_times(occurrences, before.seen, is_trail=view.is_trail)
        observations = [view.at(kept[:i], o) for i, o in enumerate(kept)] if moved else []
    for observation in observations:
        if observation.others and observation.subjects_count > policy.shared_above:
            return _become_shared(state, observation, duplicate)
    return LinkUpdate(state, duplicate, observations, whole=not in_order)


def look(link: str, state: LinkState, sighting: Sighting, policy: LinkConfig) -> LinkObservation:
    """The observation of a sighting's occurrence, from the state as it is. A shared link keeps no
    occurrences.
    """
    new = occurrence_of(sighting)
    kept = (o for o in state.seen if o.session == new.session and o.subject == new.subject)
    view = _View(link, sighting.strength, policy, state.more)
    return view.at(state.seen, next(kept, new))


def expires_at(state: LinkState, policy: LinkConfig) -> int:
    """The event time (epoch ms) from which a sweep may delete the state."""
    return state.newest + policy.lifetime_ms


def _live(state: LinkState, now: int, policy: LinkConfig) -> LinkState:
    """The state without what has expired by the newest event time; the same object where nothing
    has.
    """
    horizon = now - policy.lifetime_ms
    if state.newest > now:
        horizon = state.newest - policy.lifetime_ms
    if state.newest and state.newest < horizon:
        return LinkState()
    if not state.raised and (not state.seen or state.seen[0].seen_at >= horizon):
        return state  # the first is the oldest, and `last_seen` is never before `seen_at`
    seen = [occurrence for occurrence in state.seen if occurrence.last_seen >= horizon]
    raised = {slot: r for slot, r in state.raised.items() if r.seen_at >= horizon}
    if len(seen) == len(state.seen) and len(raised) == len(state.raised):
        return state
    return msgspec.structs.replace(state, seen=seen, raised=raised)


# -- observations ------------------------------------------------------------------------------


class _View:
    """Builds the observations of one link."""

    def __init__(self, link: str, strength: Strength | None, policy: LinkConfig, more: int) -> None:
        environment, kind, _ = link.split("|", 2)
        self.link = link
        self.environment = _ENVIRONMENTS[environment]
        self.kind = _KINDS[kind]
        self.is_trail = self.kind is _SUBJECT
        self.strength = strength
        self.more = more
        self.reach = policy.weak_ms if strength is _WEAK else policy.lifetime_ms

    def at(self, occurrences: Sequence[Occurrence], new: Occurrence) -> LinkObservation:
        """The observation of `new`. Leaves out those of `occurrences` that are not earlier."""
        at, event_id = order_key(new)
        horizon = at - self.reach
        earlier = [
            o
            for o in occurrences
            if horizon <= o.seen_at < at or (o.seen_at == at and o.event_id < event_id)
        ]
        others: list[Occurrence] = []
        sessions = 1
        if earlier:
            session = new.session
            sessions = len({session, *[o.session for o in earlier]})
            if not self.is_trail:
                others = [o for o in earlier if o.session != session and differ(o, new)]
        return LinkObservation(
            environment=self.environment,
            kind=self.kind,
            link=self.link,
            seen=new,
            subjects=_velocity(others, at) if others else _ALONE,
            sessions_count=sessions + self.more,
            strength=self.strength,
            others=others,
            earlier=earlier,
            travel=travel(earlier, new) if self.is_trail else None,
        )

    def duplicate(self, occurrences: Sequence[Occurrence], new: Occurrence) -> Duplicate | None:
        """The duplicate finding of `new`; a subject's own link has none."""
        return None if self.is_trail else _duplicate_of(self.at(occurrences, new))


def _duplicate_of(observation: LinkObservation) -> Duplicate | None:
    others = observation.others
    if not others:
        return None
    total = observation.subjects_count
    return Duplicate(
        link=observation.kind,
        subjects_count=total,
        sessions_count=observation.sessions_count,
        first_seen=others[0].seen_at,
        last_seen=others[-1].seen_at,
        window=next(w for w, n in observation.subjects.items() if n == total),
        strength=observation.strength,
        linked=observation.linked,
    )


def _velocity(others: Sequence[Occurrence], now: int) -> dict[str, int]:
    """Window → number of different subjects in it, the own one included."""
    crowd, count = Crowd(), 1
    counts = {}
    rest = list(others)
    for window, length in WINDOWS.items():
        if rest and rest[-1].seen_at >= now - length:
            while rest and rest[-1].seen_at >= now - length:
                crowd.add(rest.pop())
            count = len(crowd) + 1
        counts[window] = count
    return counts


# -- shared links ------------------------------------------------------------------------------


def _become_shared(
    state: LinkState, first: LinkObservation, duplicate: Duplicate | None
) -> LinkUpdate:
    """The one observation about a shared link. Drops its occurrences: nothing reads them again, and
    a link of a hundred thousand sessions must be cheap to read.
    """
    shared = LinkState(
        newest=state.newest,
        more=state.more + len(state.seen),
        shared=first.subjects_count,
        raised=state.raised,
        subjects=sampled([], filter(None, map(_subject_of, state.seen))),
        sessions=sampled([], map(_session_of, state.seen)),
    )
    once = msgspec.structs.replace(first, shared=True)
    return LinkUpdate(shared, duplicate, [once])


def _update_shared(
    view: _View, state: LinkState, sighting: Sighting, policy: LinkConfig
) -> LinkUpdate:
    """Counts of a shared link are estimates. Its state changes where a sample changes, ever more
    rarely, and at least once an hour, so that the link does not expire.
    """
    subject = _subject_of(sighting)
    subjects = sampled(state.subjects, [subject] if subject else [])
    sessions = sampled(state.sessions, [_session_of(sighting)])
    is_due = sighting.seen_at >= state.newest + policy.shared_write_ms
    if is_due or subjects is not state.subjects or sessions is not state.sessions:
        newest = max(state.newest, sighting.seen_at)
        state = msgspec.structs.replace(state, newest=newest, subjects=subjects, sessions=sessions)
    finding = Duplicate(
        link=view.kind,
        subjects_count=max(state.shared, estimated(subjects)),
        sessions_count=max(state.more, estimated(sessions)),
        window="90d",
        strength=view.strength,
    )
    return LinkUpdate(state, finding if subject else None)


def _subject_of(one: Occurrence | Sighting) -> str | None:
    return one.subject[1] if one.subject else one.person_key


def _session_of(one: Occurrence | Sighting) -> str:
    return f"{one.vendor}:{one.session_id}"
