"""Who is who: whether two sightings are of different subjects, and how many there are of them."""

from __future__ import annotations

from collections.abc import Mapping

from streams.pipeline.messages import Sighting
from streams.rules.base import Occurrence


def differ(one: Occurrence | Sighting, other: Occurrence | Sighting) -> bool | None:
    """True for different subjects, False for the same one, None where nobody can tell.

    Ids decide where both are of one namespace. Otherwise person keys do, where both are known,
    of one form (by document, by name) and under one key version: the rest cannot be compared.
    """
    if one.subject and other.subject and one.subject[0] == other.subject[0]:
        return one.subject[1] != other.subject[1]
    if one.person_key and other.person_key and form(one.person_key) == form(other.person_key):
        return one.person_key != other.person_key
    return None


def form(person_key: str) -> str:
    """How a person key was made: `document:<key version>` or `name:<key version>`."""
    return person_key.rpartition(":")[0]


Holder = tuple[str, str]
"""A subject, or `("", person key)` for uses that have no subject."""


class Crowd:
    """Counts pairwise different subjects among uses that each differ from one given use.

    "Differs" is not transitive where ids are missing, so the largest set of pairwise different
    subjects would be a hard problem. This is a lower bound of it: the ids of one namespace, or the
    person keys of one form as far as each can be given a subject of its own. It is exact where all
    uses have ids of one namespace, or none has. It never shrinks when a use is added: a count that
    did would let the order of arrival decide over an alert.
    """

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {}
        self._holders: dict[str, dict[str, set[Holder]]] = {}

    def add(self, seen: Occurrence) -> None:
        subject, person = seen.subject, seen.person_key
        if subject:
            self._ids.setdefault(subject[0], set()).add(subject[1])
        if person:
            holders = self._holders.setdefault(form(person), {})
            holders.setdefault(person, set()).add(subject or ("", person))

    def __len__(self) -> int:
        most = max((len(ids) for ids in self._ids.values()), default=0)
        for holders in self._holders.values():
            if min(len(holders), len(set().union(*holders.values()))) > most:
                most = max(most, _matched(holders))
        return most


def _matched(holders: Mapping[str, set[Holder]]) -> int:
    """How many persons can each be given a holder of their own: a maximum matching (Kuhn)."""
    person_of: dict[Holder, str] = {}

    def placed(person: str, tried: set[Holder]) -> bool:
        for holder in holders[person] - tried:
            tried.add(holder)
            if holder not in person_of or placed(person_of[holder], tried):
                person_of[holder] = person
                return True
        return False

    return sum(placed(person, set()) for person in holders)
