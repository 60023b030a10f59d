"""The only code that hashes the secrets of an event: which ones, in which form and namespace.

Events and allow-lists use the same functions, so that a listed value matches.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from streams.contracts.model import Contact, ContactKind, Device, Document, Person, Strength
from streams.pipeline.normalize.keyring import Keyring
from streams.vendors.base.draft import DraftContact, DraftDevice, DraftDocument
from streams.vendors.base.people import fold

Sealable = tuple[str, str]
"""The namespace of the hash, and the normalized value to hash."""

_JUNK = frozenset({"unknown", "undefined", "null", "none", "n/a", "na", "nan", "anonymous"})


def is_junk(fingerprint: str) -> bool:
    """True for values that mean "no fingerprint": placeholders, short or one-letter values."""
    stripped = fingerprint.strip().casefold()
    bare = stripped.replace("-", "").replace(":", "")
    return len(bare) < 8 or len(set(bare)) == 1 or stripped in _JUNK


def sealable_device(vendor: str, fingerprint: str) -> Sealable | None:
    """None for a junk fingerprint."""
    return None if is_junk(fingerprint) else (f"device:{vendor}", fingerprint.strip())


_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def document_number(country: str | None, number: str | None) -> str | None:
    """`<country alpha-3>|<number>`; None for a number that is too short or one repeated letter."""
    if number is None:
        return None
    if not number.isalnum():
        number = _NOT_ALPHANUMERIC.sub("", number)
    number = number.upper()
    if len(number) < 4 or number.count(number[0]) == len(number):
        return None
    return f"{country or ''}|{number}"


def sealable_document(number: str) -> Sealable:
    """Of a `document_number`."""
    return "document", number


def sealable_person(number: str) -> Sealable:
    """Of the `document_number` of a document that identifies a person."""
    return "person", number


def sealable_name(person: Person | None) -> Sealable | None:
    """By name and birth date; None where one of them is missing."""
    if person is None or person.birth_date is None:
        return None
    names = [person.first_name, person.middle_name, person.last_name]
    name = " ".join(n for n in names if n) if person.last_name else person.full_name
    folded = fold(name) if name else ""
    if " " not in folded:
        return None
    # Vendors disagree on the order of names and on what is a middle name.
    return "person", f"{' '.join(sorted(folded.split()))}|{person.birth_date}"


def sealable_contact(kind: ContactKind, value: str) -> Sealable:
    """Of a phone number in E.164, or an e-mail address in lower case."""
    return kind.lower(), value


class Sealer:
    """Hashes the secrets of one event, and keeps their hashes under keys that no longer write."""

    def __init__(self, vendor: str, keyring: Keyring) -> None:
        self._vendor = vendor
        self._keyring = keyring
        self.older_hashes: dict[str, list[str]] = {}

    def _hash(self, sealable: Sealable) -> str:
        hashed = self._keyring.hash(*sealable)
        if older := self._keyring.older(*sealable):
            self.older_hashes[hashed] = older
        return hashed

    def device(self, draft: DraftDevice) -> Device:
        device = draft.device
        sealable = sealable_device(self._vendor, draft.fingerprint) if draft.fingerprint else None
        if sealable is None:
            # Many devices have the same model and software.
            weak = Strength.WEAK if device.strength else None
            return replace(device, strength=weak)
        return replace(device, fingerprint=self._hash(sealable))

    def document(self, draft: DraftDocument, number: str | None) -> Document:
        if number is None:
            return draft.document
        return replace(draft.document, number_hmac=self._hash(sealable_document(number)))

    def contact(self, draft: DraftContact) -> Contact:
        return Contact(
            kind=draft.kind,
            value_hmac=self._hash(sealable_contact(draft.kind, draft.value)),
            country=draft.country,
            is_disposable=draft.is_disposable,
            is_virtual=draft.is_virtual,
            verified=draft.verified,
        )

    def person_key(
        self, person: Person | None, documents: list[DraftDocument], numbers: list[str | None]
    ) -> str | None:
        """One person's key across vendors: by document, else by name and birth date.

        A prefix names the form, since one person can have keys of both forms.
        """
        for document, number in zip(documents, numbers, strict=True):
            if document.identifies and number and document.document.issuing_country:
                return f"document:{self._hash(sealable_person(number))}"
        named = sealable_name(person)
        return named and f"name:{self._hash(named)}"
