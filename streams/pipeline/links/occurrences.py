"""The occurrences of one link as a list: ordered, merged, bounded.

The list depends on the set of sightings, not on their order of arrival, while it fits the bounds.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from msgspec.structs import replace

from streams.contracts.model import Decision
from streams.pipeline.messages import Sighting
from streams.rules.base import Occurrence


def occurrence_of(sighting: Sighting) -> Occurrence:
    return Occurrence(
        vendor=sighting.vendor,
        session_id=sighting.session_id,
        event_id=sighting.event_id,
        seen_at=sighting.seen_at,
        last_seen=sighting.seen_at,
        decision=sighting.decision,
        subject=sighting.subject,
        named=sighting.named,
        person_key=sighting.person_key,
        position=sighting.position,
    )


def order_key(occurrence: Occurrence) -> tuple[int, str]:
    return (occurrence.seen_at, occurrence.event_id)


def added(
    occurrences: list[Occurrence], new: Occurrence, *, is_trail: bool
) -> tuple[list[Occurrence], bool]:
    """The occurrences with `new`, and True where `new` is not merged and is the latest."""
    if not occurrences:
        return [new], True
    for i, old in enumerate(occurrences):
        if old.session_id == new.session_id and _is_same(old, new, is_trail):
            others = [*occurrences[:i], *occurrences[i + 1 :]]
            insort(others, _merged(old, new), key=order_key)
            return others, False
    if order_key(new) > order_key(occurrences[-1]):
        return [*occurrences, new], True
    after = occurrences.copy()
    insort(after, new, key=order_key)
    return after, False


def _is_same(one: Occurrence, other: Occurrence, is_trail: bool) -> bool:
    """A session that changes its subject has two occurrences: findings about the first stay true.
    On a subject's own link, each position and each final decision has its own occurrence.
    """
    return (
        one.session_id == other.session_id
        and one.vendor == other.vendor
        and one.subject == other.subject
        and one.person_key == other.person_key
        and (not is_trail or (one.position == other.position and _final(one) == _final(other)))
    )


def _final(occurrence: Occurrence) -> Decision | None:
    return occurrence.decision if occurrence.decision.final else None


def _merged(old: Occurrence, new: Occurrence) -> Occurrence:
    first = new if order_key(new) < order_key(old) else old
    last = new if (new.last_seen, new.decision) > (old.last_seen, old.decision) else old
    return replace(
        first, last_seen=last.last_seen, decision=last.decision, named=old.named or new.named
    )


def bounded(occurrences: list[Occurrence], total: int, per_subject: int) -> list[Occurrence]:
    """At most `total` occurrences, and `per_subject` of each subject: its first and its latest."""
    if len(occurrences) <= per_subject:
        return occurrences
    groups: dict[tuple[object, object], list[Occurrence]] = {}
    for occurrence in occurrences:
        groups.setdefault((occurrence.subject, occurrence.person_key), []).append(occurrence)
    for group in groups.values():
        del group[1 : 1 + len(group) - per_subject]
    kept = sum(len(group) for group in groups.values())
    for _ in range(kept - total):
        largest = max(groups.values(), key=len)
        del largest[min(1, len(largest) - 1)]
    if kept == len(occurrences) and kept <= total:
        return occurrences
    return sorted((o for group in groups.values() for o in group), key=order_key)


def same_times(
    after: Sequence[Occurrence], before: Sequence[Occurrence], *, is_trail: bool
) -> bool:
    """True where both lists hold the same occurrences at the same times, with any decisions.

    On a subject's own link an occurrence ends when its verdict was last given. A later end counts
    where another occurrence begins at or after the old end: the two may now overlap.
    """
    if len(after) != len(before):
        return False
    for a, b in zip(after, before, strict=True):
        if a.seen_at != b.seen_at or a.event_id != b.event_id:
            return False
        if is_trail and a.last_seen != b.last_seen:
            latest = before[-1]
            if b is not latest and b.last_seen <= latest.seen_at:
                return False
    return True
