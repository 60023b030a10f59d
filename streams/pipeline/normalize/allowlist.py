"""Allow-lists in the form that matches events: hashed by `seal`, under every key version."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from streams.contracts.model import ContactKind, Network, Verification
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.seal import (
    Sealable,
    document_number,
    sealable_contact,
    sealable_device,
    sealable_document,
    sealable_person,
)
from streams.rules.base import AllowList
from streams.vendors.base.addresses import ip_address
from streams.vendors.base.countries import country3
from streams.vendors.base.people import email, phone
from streams.vendors.base.values import identifier

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class SealedAllowList(Struct, frozen=True):
    """An `AllowList` with hashes instead of secrets."""

    hashes: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()

    def matches_subject(self, *ids: str | None) -> bool:
        return not self.subjects.isdisjoint(ids)

    def matches_network(self, network: Network) -> bool:
        return bool(self.networks and network.ip and _is_within(network.ip, self.networks))

    def matches(self, event: Verification) -> bool:
        """True where the list holds the subject, a device, document or contact, or all networks."""
        if self == NOTHING_ALLOWED:
            return False
        hashes = [
            *(device.fingerprint for device in event.devices),
            *(document.number_hmac for document in event.documents),
            *(contact.value_hmac for contact in event.contacts),
        ]
        return (
            self.matches_subject(event.subject_id, event.vendor_subject_id)
            or not self.hashes.isdisjoint(hashes)
            or (bool(event.networks) and all(self.matches_network(n) for n in event.networks))
        )

    def matches_link(self, key: str, subject: tuple[str, str] | None) -> bool:
        """True where the list holds the value of a link's key, or the subject."""
        value = key.rpartition("|")[2].removeprefix("document:") if self.hashes else ""
        return value in self.hashes or (subject is not None and subject[1] in self.subjects)

    def joined(self, other: SealedAllowList) -> SealedAllowList:
        return SealedAllowList(
            self.hashes | other.hashes,
            self.subjects | other.subjects,
            tuple(dict.fromkeys((*self.networks, *other.networks))),
        )


NOTHING_ALLOWED = SealedAllowList()


def seal_allow_list(
    allowed: AllowList, keyring: Keyring, vendors: frozenset[str]
) -> SealedAllowList:
    """The list in the form that matches events. Raises ValueError for a value that can match
    nothing; the message quotes no value.
    """
    if unknown := sorted(set(allowed.devices) - vendors):
        raise ValueError(f"devices: no vendor is called {', '.join(unknown)}")
    sealables = [*_devices(allowed), *_documents(allowed), *_contacts(allowed)]
    hashes = (h for s in sealables for h in (keyring.hash(*s), *keyring.older(*s)))
    return SealedAllowList(
        frozenset(hashes), frozenset(_subjects(allowed)), _networks(allowed.networks)
    )


def _subjects(allowed: AllowList) -> Iterator[str]:
    for i, given in enumerate(allowed.subjects):
        subject = identifier(given)
        if subject is None:
            raise ValueError(f"subjects.{i} is blank")
        yield subject


def _devices(allowed: AllowList) -> Iterator[Sealable]:
    for vendor, fingerprints in allowed.devices.items():
        for i, fingerprint in enumerate(fingerprints):
            sealable = sealable_device(vendor, fingerprint)
            if sealable is None:
                raise ValueError(
                    f"devices.{vendor}.{i} can match nothing: it is too short, one repeated letter "
                    "or a word for no fingerprint; correct or remove it"
                )
            yield sealable


def _documents(allowed: AllowList) -> Iterator[Sealable]:
    for i, text in enumerate(allowed.documents):
        country, colon, number = text.strip().partition(":")
        if not colon or len(country) != 3 or country3(country) != country.upper():
            raise ValueError(f"documents.{i} must be <alpha-3 country>:<number>")
        normal = document_number(country.upper(), number)
        if normal is None:
            raise ValueError(
                f"documents.{i} can match nothing: its number needs four letters or digits that "
                "are not all the same"
            )
        yield sealable_document(normal)
        yield sealable_person(normal)


def _contacts(allowed: AllowList) -> Iterator[Sealable]:
    for i, text in enumerate(allowed.phones):
        found = phone(text)
        if found is None:
            raise ValueError(f"phones.{i} must be a phone number in international form (+44 …)")
        yield sealable_contact(ContactKind.PHONE, found[0])
    for i, text in enumerate(allowed.emails):
        address = email(text)
        if address is None:
            raise ValueError(f"emails.{i} must be an e-mail address")
        yield sealable_contact(ContactKind.EMAIL, address)


def _networks(given: list[str]) -> tuple[str, ...]:
    for i, text in enumerate(given):
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValueError(f"networks.{i} must be an IP address or a network (CIDR)") from None
    return tuple(given)


@lru_cache(maxsize=1024)
def _parsed(network: str) -> IpNetwork:
    return ipaddress.ip_network(network, strict=False)


@lru_cache(maxsize=8192)
def _is_within(ip: str, networks: tuple[str, ...]) -> bool:
    address = ip_address(ip)
    return address is not None and any(address in _parsed(network) for network in networks)
