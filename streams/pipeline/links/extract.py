"""Which links an event holds: one line of a table per kind.

A link's key reads `<environment>|<kind>|…`, where the rest is a keyed hash or a subject's
namespace and id. Two kinds of traffic come of it: an event passes *through* its device links, so
that the duplicates found there are in the verification that goes out; to all other links it sends
a sighting, and alerts are all that comes of those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.model import (
    ContactKind,
    Device,
    LinkKind,
    Network,
    Strength,
    Verification,
)
from streams.pipeline.event_time import event_time
from streams.pipeline.geo.geo import COUNTRY_RADIUS_KM, coordinates, network_prefix
from streams.pipeline.geo.locate import placeless
from streams.pipeline.normalize.allowlist import NOTHING_ALLOWED, SealedAllowList
from streams.rules.base import Position, Sighting

Hash = Callable[[str, str], str]
"""Keyed hash of a value within a namespace: `Keyring.hash`."""

THROUGH_MAX = 16
WEAK_MAX = 4
ID_BYTES_MAX = 64
ENABLED = frozenset({LinkKind.DEVICE, LinkKind.PERSON, LinkKind.SUBJECT})
_SUBJECT, _WEAK = LinkKind.SUBJECT, Strength.WEAK


class Link(Struct, frozen=True):
    """A link of an event. `through`: the event itself visits it. `quiet`: only its state is kept
    warm and what its rules find is not sent, since another key of the same value tells it.
    """

    key: str
    sighting: Sighting
    through: bool = False
    quiet: bool = False


class Value(Struct, frozen=True):
    """What of an event makes a link: the key's last part, in all versions of the hashing key, the
    writing one first.
    """

    keys: tuple[str, ...]
    strength: Strength | None = None


Older = Mapping[str, list[str]]
"""A hash → the same value's hashes under keys that no longer write."""

Read = Callable[[Verification, Hash, Older], list[Value]]


class Line(Struct, frozen=True):
    """One kind of link: how its values are read, and whether the event passes through it."""

    kind: LinkKind
    read: Read
    through: bool = False
    limit: int = THROUGH_MAX


def sightings(
    event: Verification,
    hash_: Hash,
    older_hashes: Older | None = None,
    *,
    enabled: frozenset[LinkKind] = ENABLED,
    known: SealedAllowList = NOTHING_ALLOWED,
) -> list[Link]:
    """The links of an event, those that it passes through first.

    `older_hashes` maps a hash in the event to the same value's hashes under keys that no longer
    write. While such a key is listed, the link under the oldest one is complete and speaks; those
    under newer keys are kept warm, quietly, so that dropping the old key after 90 days loses no
    link. Of `known` values (kiosks, test customers, offices) no link is made.
    """
    if known.subjects and known.matches_subject(event.subject_id, event.vendor_subject_id):
        return []
    if known.networks:
        event = replace(event, networks=[n for n in event.networks if not known.matches_network(n)])
    plain = _sighting(event)
    links: dict[str, Link] = {}
    for line in LINES:
        if line.kind not in enabled:
            continue
        values = line.read(event, hash_, older_hashes or {})
        if not values:
            continue
        prefix = "|".join((event.environment, line.kind.lower(), ""))
        for value in list(dict.fromkeys(values))[: line.limit]:
            if known.hashes and any(known.matches_link(key, None) for key in value.keys):
                continue
            sighting = plain
            if value.strength is not None:
                sighting = replace(plain, strength=value.strength)
            elif line.kind is _SUBJECT:
                sighting = replace(plain, position=_position(event.networks, hash_))
            *newer, speaking = value.keys
            key = prefix + speaking
            links.setdefault(key, Link(key, sighting, through=line.through))
            for quiet in newer:
                links.setdefault(prefix + quiet, Link(prefix + quiet, sighting, quiet=True))
    return sorted(links.values(), key=attrgetter("through"), reverse=True)


# -- what a link is told about the event -------------------------------------------------------


def _sighting(event: Verification) -> Sighting:
    subject = event.subject
    kept = subject and (subject[0], short(subject[1]))
    return Sighting(
        event_id=event.event_id,
        vendor=event.vendor,
        session_id=short(event.session_id),
        seen_at=event_time(event),
        decision=event.decision,
        subject=kept,
        named=event.subject_id is not None and kept == subject,
        person_key=event.person_key and short(event.person_key),
    )


def short(value: str) -> str:
    """An id as state keeps it: very long ones as their hash, since state must stay bounded."""
    if len(value) <= ID_BYTES_MAX and value.isascii():
        return value
    data = value.encode(errors="replace")
    if len(data) <= ID_BYTES_MAX:
        return value
    form, separator, _ = value.rpartition(":")
    kept = form + separator if len(form.encode(errors="replace")) <= 20 else ""
    return f"{kept}~{hashlib.blake2b(data, digest_size=16).hexdigest()}"


_MOBILE = ("cellular", "mobile")


def _position(networks: list[Network], hash_: Hash) -> Position | None:
    """The first network whose place can be trusted: not anonymous, hosting, a satellite or another
    without a place, not mobile (its place is that of a gateway, often in another city or at home
    while its owner is abroad), and no country.
    """
    for network in networks:
        radius = network.radius_km
        if radius is None or radius >= COUNTRY_RADIUS_KM:
            continue
        point = coordinates(network.latitude, network.longitude)
        if point is None or placeless(network) or _is_mobile(network):
            continue
        prefix = _prefix(network)
        return Position(
            latitude=round(point[0], 3),
            longitude=round(point[1], 3),
            radius_km=radius,
            country=network.country,
            network=hash_("ip", prefix)[-22:] if prefix else None,
        )
    return None


def _is_mobile(network: Network) -> bool:
    if not network.connection_type:
        return False
    kind = network.connection_type.casefold()
    return any(word in kind for word in _MOBILE)


def _prefix(network: Network) -> str | None:
    """/24 or /64; None for addresses that do not belong to one customer."""
    if network.ip is None or network.is_global is False:
        return None
    return network_prefix(network.ip)


# -- the table ---------------------------------------------------------------------------------


def _versions(value: str, older: Older) -> tuple[str, ...]:
    return (value, *older.get(value, ()))


def _devices(event: Verification, hash_: Hash, older: Older) -> list[Value]:
    return [
        Value(_versions(device.fingerprint, older), device.strength)
        for device in event.devices
        if device.fingerprint and device.strength is not _WEAK
    ]


def _weak_devices(event: Verification, hash_: Hash, older: Older) -> list[Value]:
    """Many people own the same model: it links only together with the network it was used in."""
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
    """What tells a model and its software from others; None where too little is known."""
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
    """Only where the event tells where its subject was, or what became of them."""
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
    """Without those that strangers from everywhere share: a VPN's exit, a data centre, a relay."""
    own = [n for n in event.networks if not placeless(n)]
    return list(dict.fromkeys([prefix for n in own if (prefix := _prefix(n))]))


LINES = (
    Line(LinkKind.DEVICE, _devices, through=True),
    Line(LinkKind.DEVICE, _weak_devices, limit=WEAK_MAX),
    Line(LinkKind.PERSON, _person, limit=1),
    Line(LinkKind.SUBJECT, _subject, limit=1),
    # No rule reads these yet; a rule that does asks for its kind in the settings.
    Line(LinkKind.DOCUMENT, _documents, limit=4),
    Line(LinkKind.PHONE, _contacts(ContactKind.PHONE), limit=2),
    Line(LinkKind.EMAIL, _contacts(ContactKind.EMAIL), limit=2),
    Line(LinkKind.IP, _networks, limit=4),
)
