"""The uses of one link as a list: ordered, merged, bounded.

One set of sightings makes one list, in whatever order they come, as long as it fits the bounds.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from msgspec.structs import replace

from streams.contracts.model import Decision
from streams.pipeline.messages import Sighting
from streams.rules.base import Occurrence


def use_of(sighting: Sighting) -> Occurrence:
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


def place_in_order(use: Occurrence) -> tuple[int, str]:
    return (use.seen_at, use.event_id)


def added(
    uses: list[Occurrence], seen: Occurrence, *, is_trail: bool
) -> tuple[list[Occurrence], bool]:
    """The uses with `seen` among them, and whether it is a new one that is later than all."""
    if not uses:
        return [seen], True
    for i, use in enumerate(uses):
        if use.session_id == seen.session_id and _is_same_use(use, seen, is_trail):
            return _inserted([*uses[:i], *uses[i + 1 :]], _merged(use, seen)), False
    if place_in_order(seen) > place_in_order(uses[-1]):
        return [*uses, seen], True
    return _inserted(uses.copy(), seen), False


def _inserted(uses: list[Occurrence], use: Occurrence) -> list[Occurrence]:
    insort(uses, use, key=place_in_order)
    return uses


def _is_same_use(one: Occurrence, other: Occurrence, is_trail: bool) -> bool:
    """A session that changes its subject has two uses: what was found about the first stays true.
    On a subject's own link, where it was and each final decision make uses too.
    """
    return (
        one.session_id == other.session_id
        and one.vendor == other.vendor
        and one.subject == other.subject
        and one.person_key == other.person_key
        and (not is_trail or (one.position == other.position and _final(one) == _final(other)))
    )


def _final(use: Occurrence) -> Decision | None:
    return use.decision if use.decision.final else None


def _merged(use: Occurrence, seen: Occurrence) -> Occurrence:
    first = seen if place_in_order(seen) < place_in_order(use) else use
    is_later = (seen.last_seen, seen.decision) > (use.last_seen, use.decision)
    last = seen if is_later else use
    return replace(
        first, last_seen=last.last_seen, decision=last.decision, named=use.named or seen.named
    )


def bounded(uses: list[Occurrence], total: int, per_subject: int) -> list[Occurrence]:
    """At most `total` uses and `per_subject` of each: of these the first and the latest ones."""
    if len(uses) <= per_subject:
        return uses
    groups: dict[tuple[object, object], list[Occurrence]] = {}
    for use in uses:
        groups.setdefault((use.subject, use.person_key), []).append(use)
    for group in groups.values():
        del group[1 : 1 + len(group) - per_subject]
    kept = sum(len(group) for group in groups.values())
    for _ in range(kept - total):
        largest = max(groups.values(), key=len)
        del largest[min(1, len(largest) - 1)]
    if kept == len(uses) and kept <= total:
        return uses
    return sorted((use for group in groups.values() for use in group), key=place_in_order)


def same_times(one: Sequence[Occurrence], before: Sequence[Occurrence], *, is_trail: bool) -> bool:
    """True where the same uses stand at the same times, whatever became of their decisions.

    On a subject's own link a use lasts until its verdict was last given: one that lasts longer than
    before counts where another use stands at its former end or after it, and may meet it there.
    """
    if len(one) != len(before):
        return False
    for a, b in zip(one, before, strict=True):
        if a.seen_at != b.seen_at or a.event_id != b.event_id:
            return False
        if is_trail and a.last_seen != b.last_seen:
            latest = before[-1]
            if b is not latest and b.last_seen <= latest.seen_at:
                return False
    return True
