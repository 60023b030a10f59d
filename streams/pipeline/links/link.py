"""The state of one link and what a sighting makes of it.

A link is a value that sessions share: a device, a person key, a subject. Its state is a bounded
list of uses by state time. A use is one session's: its time is that of the session's first
sighting, since later events of a session (a review, a correction) repeat the device without
anybody touching it.

The state depends on which sightings came, not on their order, as long as they fit its bounds: a
use keeps its earliest sighting and its latest decision, so a sighting that comes again changes
nothing, and one that comes late is inserted where it belongs.

All times are state time in epoch ms. There is no clock: what has expired is decided when a
sighting is read, by the newest state time that the link has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from streams.contracts.model import Duplicate, Environment, LinkKind, Strength
from streams.pipeline.links.alerts import StandingAlert
from streams.pipeline.links.cardinality import estimated, sampled
from streams.pipeline.links.occurrences import added, bounded, place_in_order, same_times, use_of
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
    """Bounds and thresholds of a link's state, in ms where times."""

    lifetime_ms: Annotated[int, Meta(ge=DAY_MS)] = 90 * DAY_MS
    uses: Annotated[int, Meta(ge=2, le=64)] = 48
    """Uses kept of one link, and so the bound of its state: under 16 KiB at the longest ids."""
    uses_per_subject: Annotated[int, Meta(ge=2, le=64)] = 4
    """Of one subject: its first use and its latest. A test device may have a million."""
    trail: Annotated[int, Meta(ge=2, le=64)] = 32
    """Uses kept of one subject's own link."""
    shared_above: Annotated[int, Meta(ge=2)] = 20
    """A link of more subjects than this is a shared one: a kiosk, a branch's tablet, a collision
    of fingerprints, a carrier's address."""
    shared_write_ms: Annotated[int, Meta(ge=0)] = HOUR_MS
    weak_ms: Annotated[int, Meta(ge=0)] = DAY_MS


class LinkState(Struct, omit_defaults=True):
    """One link. `seen` is ordered by (seen_at, event_id); `more` counts uses no longer kept.
    `shared` is the number of subjects at which the link became a shared one, else 0; from then on
    `subjects` and `sessions` are samples that counts are estimated from.
    """

    seen: list[Occurrence] = []
    newest: int = 0
    more: int = 0
    shared: int = 0
    raised: dict[str, StandingAlert] = {}
    subjects: list[int] = []
    sessions: list[int] = []


class LinkUpdate(Struct, frozen=True):
    """What one sighting led to. `state` is the very object that was given where nothing changed:
    nothing needs to be written. `whole` is True where `observations` hold every use of the link
    again, and False where they hold only the newest.
    """

    state: LinkState
    duplicate: Duplicate | None = None
    observations: list[LinkObservation] = []
    whole: bool = False


def update(
    link: str, state: LinkState | None, sighting: Sighting, policy: LinkConfig
) -> LinkUpdate:
    """Adds a sighting to its link. `link` is the link's key, `<environment>|<kind>|…`.

    `duplicate` is the finding for the sighting's event and counts up to that event's state time,
    whatever came later; None where no other subject is known. `observations` are the uses for
    which rules must be evaluated (see `raised.settle`): none for a sighting that tells nothing
    new, the newest use for one in order, all of them for one that came late.
    """
    before = LinkState() if state is None else _live(state, sighting.seen_at, policy)
    view = _View(link, sighting.strength, policy, before.more)
    if before.shared:
        return _observe_shared(view, before, sighting, policy)
    seen = use_of(sighting)
    uses, in_order = added(before.seen, seen, is_trail=view.is_trail)
    too_late = seen.seen_at < before.newest - policy.lifetime_ms
    if too_late or (not in_order and uses == before.seen):
        return LinkUpdate(before, view.duplicate(before.seen, seen))
    kept = _bounded(uses, policy, is_trail=view.is_trail)
    newest = before.newest
    if seen.seen_at > newest:
        newest = seen.seen_at
    state = msgspec.structs.replace(
        before,
        seen=kept,
        newest=newest,
        more=before.more + len(uses) - len(kept),
    )
    if in_order:
        observations = [view.at(before.seen, seen)]
        duplicate = _duplicate_of(observations[0])
    else:
        duplicate = view.duplicate(uses, seen)
        moved = not same_times(uses, before.seen, is_trail=view.is_trail)
        observations = [view.at(kept[:i], use) for i, use in enumerate(kept)] if moved else []
    for observation in observations:
        if observation.others and observation.subjects_count > policy.shared_above:
            return _become_shared(state, observation, duplicate)
    return LinkUpdate(state, duplicate, observations, whole=not in_order)


def look(link: str, state: LinkState, sighting: Sighting, policy: LinkConfig) -> LinkObservation:
    """The link as it stands from a sighting's use, by what its state still knows of it; nothing is
    added. Of a shared link no uses are kept.
    """
    seen = use_of(sighting)
    kept = (u for u in state.seen if u.session == seen.session and u.subject == seen.subject)
    view = _View(link, sighting.strength, policy, state.more)
    return view.at(state.seen, next(kept, seen))


def expires_at(state: LinkState, policy: LinkConfig) -> int:
    """From when on the state says nothing any more: a sweep may delete it."""
    return state.newest + policy.lifetime_ms


# -- bounds and expiry -------------------------------------------------------------------------


def _bounded(uses: list[Occurrence], policy: LinkConfig, *, is_trail: bool) -> list[Occurrence]:
    if is_trail:
        return uses[-policy.trail :]
    return bounded(uses, policy.uses, policy.uses_per_subject)


def _live(state: LinkState, now: int, policy: LinkConfig) -> LinkState:
    """The state without what has expired by the newest time known; itself where nothing has."""
    horizon = now - policy.lifetime_ms
    if state.newest > now:
        horizon = state.newest - policy.lifetime_ms
    if state.newest and state.newest < horizon:
        return LinkState()
    if not state.raised and (not state.seen or state.seen[0].seen_at >= horizon):
        return state  # the first use is the oldest, and none was last seen before it was seen
    seen = [use for use in state.seen if use.last_seen >= horizon]
    raised = {slot: r for slot, r in state.raised.items() if r.seen_at >= horizon}
    if len(seen) == len(state.seen) and len(raised) == len(state.raised):
        return state
    return msgspec.structs.replace(state, seen=seen, raised=raised)


# -- looking at it from one use ----------------------------------------------------------------


class _View:
    """What one link looks like from one of its uses."""

    def __init__(self, link: str, strength: Strength | None, policy: LinkConfig, more: int) -> None:
        environment, kind, _ = link.split("|", 2)
        self.link = link
        self.environment = _ENVIRONMENTS[environment]
        self.kind = _KINDS[kind]
        self.is_trail = self.kind is _SUBJECT
        self.strength = strength
        self.more = more
        self.reach = policy.weak_ms if strength is _WEAK else policy.lifetime_ms

    def at(self, uses: Sequence[Occurrence], seen: Occurrence) -> LinkObservation:
        """`uses` are all that may be earlier; those that are not are left out."""
        at, event_id = place_in_order(seen)
        horizon = at - self.reach
        earlier = [
            use
            for use in uses
            if horizon <= use.seen_at < at or (use.seen_at == at and use.event_id < event_id)
        ]
        others: list[Occurrence] = []
        sessions = 1
        if earlier:
            session = seen.session
            sessions = len({session, *[use.session for use in earlier]})
            if not self.is_trail:
                others = [u for u in earlier if u.session != session and differ(u, seen)]
        return LinkObservation(
            environment=self.environment,
            kind=self.kind,
            link=self.link,
            seen=seen,
            subjects=_velocity(others, at) if others else _ALONE,
            sessions_count=sessions + self.more,
            strength=self.strength,
            others=others,
            earlier=earlier,
            travel=travel(earlier, seen) if self.is_trail else None,
        )

    def duplicate(self, uses: Sequence[Occurrence], seen: Occurrence) -> Duplicate | None:
        """What one use among others is a duplicate of; a subject's own trail holds none."""
        return None if self.is_trail else _duplicate_of(self.at(uses, seen))


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
    """How many different subjects each window holds, the own one included."""
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
    """The one observation about a shared link. Its uses are dropped: nobody asks for them again,
    and a link that a hundred thousand sessions hold must be cheap to read.
    """
    shared = LinkState(
        newest=state.newest,
        more=state.more + len(state.seen),
        shared=first.subjects_count,
        raised=state.raised,
        subjects=sampled([], filter(None, map(_who, state.seen))),
        sessions=sampled([], map(_which, state.seen)),
    )
    once = msgspec.structs.replace(first, shared=True)
    return LinkUpdate(shared, duplicate, [once])


def _observe_shared(
    view: _View, state: LinkState, sighting: Sighting, policy: LinkConfig
) -> LinkUpdate:
    """Counts are estimates from here on. State is written where a sample changes, ever more rarely,
    and else once an hour, so that the link does not expire.
    """
    who = _who(sighting)
    subjects = sampled(state.subjects, [who] if who else [])
    sessions = sampled(state.sessions, [_which(sighting)])
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
    return LinkUpdate(state, finding if who else None)


def _who(seen: Occurrence | Sighting) -> str | None:
    return seen.subject[1] if seen.subject else seen.person_key


def _which(seen: Occurrence | Sighting) -> str:
    return f"{seen.vendor}:{seen.session_id}"
