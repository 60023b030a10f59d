"""The table of link kinds, and how each reads its values from an event.

The key of a link is `<environment>|<kind>|<value>`. The value is a keyed hash, or a subject's
namespace and id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from msgspec import Struct

from streams.contracts.model import ContactKind, Device, LinkKind, Network, Strength, Verification
from streams.pipeline.geo.locate import placeless
from streams.vendors.base.addresses import network_prefix

Hash = Callable[[str, str], str]
"""Keyed hash of a value within a namespace: `Keyring.hash`."""

Older = Mapping[str, list[str]]
"""A hash → the same value's hashes under keys that no longer write."""

THROUGH_MAX = 16
WEAK_MAX = 4
ID_BYTES_MAX = 64
_WEAK = Strength.WEAK


class Value(Struct, frozen=True):
    """A value that makes a link. `keys`: the last part of the link's key, one per version of the
    hashing key; the writing version comes first.
    """

    keys: tuple[str, ...]
    strength: Strength | None = None


Read = Callable[[Verification, Hash, Older], list[Value]]


class KindOfLink(Struct, frozen=True):
    """One way to link events. `through`: the event passes through its links, and the verification
    holds their findings. `limit`: values per event. `enabled`: in the default settings.
    """

    kind: LinkKind
    read: Read
    through: bool = False
    limit: int = THROUGH_MAX
    enabled: bool = True


def short(value: str) -> str:
    """An id as state stores it: long ids become hashes, since state must stay bounded."""
    if len(value) <= ID_BYTES_MAX and value.isascii():
        return value
    data = value.encode(errors="replace")
    if len(data) <= ID_BYTES_MAX:
        return value
    form, separator, _ = value.rpartition(":")
    kept = form + separator if len(form.encode(errors="replace")) <= 20 else ""
    return f"{kept}~{hashlib.blake2b(data, digest_size=16).hexdigest()}"


def _versions(value: str, older: Older) -> tuple[str, ...]:
    return (value, *older.get(value, ()))


def _devices(event: Verification, hash_: Hash, older: Older) -> list[Value]:
    return [
        Value(_versions(device.fingerprint, older), device.strength)
        for device in event.devices
        if device.fingerprint and device.strength is not _WEAK
    ]


def _weak_devices(event: Verification, hash_: Hash, older: Older) -> list[Value]:
    """Many people own the same model: it makes a link only together with its network."""
    composites = [composite for device in event.devices if (composite := _composite(device))]
    if not composites:
        return []
    prefixes = _own_prefixes(event)
    return [
        Value((f"weak|{hash_('weak_device', f'{composite}|{prefix}')}",), _WEAK)
        for composite in composites
        for prefix in prefixes
    ]


def _composite(device: Device) -> str | None:
    """The name of a model and its software; None where too many parts are missing."""
    if device.fingerprint:
        return device.fingerprint if device.strength is _WEAK else None
    known = (device.brand, device.model, device.os, device.browser, device.platform)
    if device.model is None or known.count(None) > 2:
        return None
    return "|".join((part or "").casefold() for part in known)


def _person(event: Verification, hash_: Hash, older: Older) -> list[Value]:
    if not event.person_key:
        return []
    form, _, hashed = event.person_key.partition(":")
    return [Value(tuple([f"{form}:{h}" for h in _versions(hashed, older)]))]


def _subject(event: Verification, hash_: Hash, older: Older) -> list[Value]:
    """Only where the event holds a network or a final decision."""
    subject = event.subject
    if subject is None or not (event.networks or event.decision.final):
        return []
    return [Value((f"{subject[0]}|{short(subject[1])}",))]


def _documents(event: Verification, hash_: Hash, older: Older) -> list[Value]:
    numbers = [document.number_hmac for document in event.documents]
    return [Value(_versions(number, older)) for number in numbers if number]


def _contacts(kind: ContactKind) -> Read:
    def read(event: Verification, hash_: Hash, older: Older) -> list[Value]:
        values = [contact.value_hmac for contact in event.contacts if contact.kind is kind]
        return [Value(_versions(value, older)) for value in values if value]

    return read


def _networks(event: Verification, hash_: Hash, older: Older) -> list[Value]:
    return [Value((hash_("ip", prefix),)) for prefix in _own_prefixes(event)]


def _own_prefixes(event: Verification) -> list[str]:
    """Without networks that strangers share: VPN exits, data centres, relays."""
    own = [n for n in event.networks if not placeless(n)]
    return list(dict.fromkeys([prefix for n in own if (prefix := prefix_of(n))]))


def prefix_of(network: Network) -> str | None:
    """The /24 or /64 of a network; None for addresses that do not belong to one customer."""
    if network.ip is None or network.is_global is False:
        return None
    return network_prefix(network.ip)


KINDS = (
    KindOfLink(LinkKind.DEVICE, _devices, through=True),
    KindOfLink(LinkKind.DEVICE, _weak_devices, limit=WEAK_MAX),
    KindOfLink(LinkKind.PERSON, _person, limit=1),
    KindOfLink(LinkKind.SUBJECT, _subject, limit=1),
    # No rule reads these; the settings enable their kinds for one that does.
    KindOfLink(LinkKind.DOCUMENT, _documents, limit=4, enabled=False),
    KindOfLink(LinkKind.PHONE, _contacts(ContactKind.PHONE), limit=2, enabled=False),
    KindOfLink(LinkKind.EMAIL, _contacts(ContactKind.EMAIL), limit=2, enabled=False),
    KindOfLink(LinkKind.IP, _networks, limit=4, enabled=False),
)
ENABLED = frozenset(kind.kind for kind in KINDS if kind.enabled)
