"""Whether two sightings have different subjects, and how many different subjects there are."""

from __future__ import annotations

from collections.abc import Mapping

from streams.pipeline.messages import Sighting
from streams.rules.base import Occurrence


def differ(one: Occurrence | Sighting, other: Occurrence | Sighting) -> bool | None:
    """True for different subjects, False for the same one, None where they cannot be compared.

    Two ids of one namespace decide. Else two person keys of one form (by document, by name) and one
    key version decide.
    """
    if one.subject and other.subject and one.subject[0] == other.subject[0]:
        return one.subject[1] != other.subject[1]
    if one.person_key and other.person_key and form(one.person_key) == form(other.person_key):
        return one.person_key != other.person_key
    return None


def form(person_key: str) -> str:
    """The form of a person key: `document:<key version>` or `name:<key version>`."""
    return person_key.rpartition(":")[0]


Holder = tuple[str, str]
"""A subject, or `("", person key)` for occurrences without a subject."""


class Crowd:
    """Counts pairwise different subjects among occurrences that all differ from one occurrence.

    "Differs" is not transitive where ids are missing, so the largest set of pairwise different
    subjects is hard to compute. This is a lower bound of it: the ids of one namespace, or the
    person keys of one form that can be matched with a subject each. It is exact where all
    occurrences have ids of one namespace, or none has. It never shrinks when an occurrence is
    added; else alerts would depend on the order of arrival.
    """

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {}
        self._holders: dict[str, dict[str, set[Holder]]] = {}

    def add(self, occurrence: Occurrence) -> None:
        subject, person = occurrence.subject, occurrence.person_key
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
    """The size of a maximum matching of persons and holders (Kuhn's algorithm)."""
    person_of: dict[Holder, str] = {}

    def match(person: str, tried: set[Holder]) -> bool:
        for holder in holders[person] - tried:
            tried.add(holder)
            if holder not in person_of or match(person_of[holder], tried):
                person_of[holder] = person
                return True
        return False

    return sum(match(person, set()) for person in holders)
