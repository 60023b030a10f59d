"""Who is who: whether two sightings are of different subjects, and how many there are of them."""

from __future__ import annotations

from msgspec import Struct

from streams.findings import Seen, Sighting


def differ(one: Seen | Sighting, other: Seen | Sighting) -> bool | None:
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


class _Persons(Struct):
    """Of one form of person key: all keys, the subjects that have one, the keys without subject."""

    keys: set[str]
    subjects: set[tuple[str, str]]
    nameless: set[str]


class Crowd:
    """Counts pairwise different subjects among uses that each differ from one given use.

    "Differs" is not transitive where ids are missing, so the largest set of pairwise different
    subjects would be a hard problem. This is a lower bound of it that is exact where all have ids
    of one namespace or all have person keys, and that never shrinks when a use is added: a count
    that shrank would let the order of arrival decide over an alert.
    """

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {}
        self._persons: dict[str, _Persons] = {}

    def add(self, seen: Seen) -> None:
        subject, person = seen.subject, seen.person_key
        if subject:
            self._ids.setdefault(subject[0], set()).add(subject[1])
        if person:
            known = self._persons.setdefault(form(person), _Persons(set(), set(), set()))
            known.keys.add(person)
            if subject:
                known.subjects.add(subject)
            else:
                known.nameless.add(person)

    def __len__(self) -> int:
        by_id = (len(ids) for ids in self._ids.values())
        by_person = (
            min(len(p.keys), len(p.subjects) + len(p.nameless)) for p in self._persons.values()
        )
        return max(max(by_id, default=0), max(by_person, default=0))
