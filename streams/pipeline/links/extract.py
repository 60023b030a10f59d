"""The links of an event.

An event passes *through* its strong device links, so that the verification holds the duplicates
found there. To every other link it sends a sighting, which raises alerts only.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.model import LinkKind, Network, Verification
from streams.pipeline.event_time import event_time
from streams.pipeline.geo.locate import placeless
from streams.pipeline.geo.points import COUNTRY_RADIUS_KM
from streams.pipeline.links.kinds import ENABLED, KINDS, Hash, Older, prefix_of, short
from streams.pipeline.messages import LinkVisit, Sighting
from streams.pipeline.normalize.allowlist import NOTHING_ALLOWED, SealedAllowList
from streams.rules.base import Position
from streams.vendors.base.addresses import coordinates

_SUBJECT = LinkKind.SUBJECT


class Links(Struct, frozen=True):
    """The links that an event passes `through`, in order, and the links `beside` its path: these
    get sightings.
    """

    through: list[LinkVisit]
    beside: list[LinkVisit]

    def __iter__(self) -> Iterator[LinkVisit]:
        yield from self.through
        yield from self.beside


def links_of(
    event: Verification,
    hash_: Hash,
    older_hashes: Older | None = None,
    *,
    enabled: frozenset[LinkKind] = ENABLED,
    known: SealedAllowList = NOTHING_ALLOWED,
) -> Links:
    """The links of an event, each key once.

    `older_hashes` maps a hash in the event to the same value's hashes under keys that no longer
    write. While such a key is configured, the link under the oldest one is complete and sends
    alerts. The links under newer keys are muted: they fill up, so that dropping the old key after
    90 days loses no link. `known` values (kiosks, test customers, offices) make no link.
    """
    found = Links([], [])
    if known.subjects and known.matches_subject(event.subject_id, event.vendor_subject_id):
        return found
    if known.networks:
        event = replace(event, networks=[n for n in event.networks if not known.matches_network(n)])
    plain = _sighting(event)
    keys: set[str] = set()
    for kind in KINDS:
        if kind.kind not in enabled:
            continue
        values = kind.read(event, hash_, older_hashes or {})
        if not values:
            continue
        prefix = "|".join((event.environment, kind.kind.lower(), ""))
        for value in list(dict.fromkeys(values))[: kind.limit]:
            if known.hashes and any(known.matches_link(key, None) for key in value.keys):
                continue
            sighting = plain
            if value.strength is not None:
                sighting = replace(plain, strength=value.strength)
            elif kind.kind is _SUBJECT:
                sighting = replace(plain, position=_position(event.networks, hash_))
            *newer, oldest = value.keys
            for end in (oldest, *newer):
                key = prefix + end
                if key in keys:
                    continue
                keys.add(key)
                visit = LinkVisit(key, sighting, muted=end is not oldest)
                (found.through if kind.through and not visit.muted else found.beside).append(visit)
    return found


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


_MOBILE = ("cellular", "mobile")


def _position(networks: list[Network], hash_: Hash) -> Position | None:
    """The position of the first network that has a reliable one. An anonymous, hosting or satellite
    network has none; a mobile one has that of a gateway, often in another city or at home while
    its owner is abroad; a whole country is too large.
    """
    for network in networks:
        radius = network.radius_km
        if radius is None or radius >= COUNTRY_RADIUS_KM:
            continue
        point = coordinates(network.latitude, network.longitude)
        if point is None or placeless(network):
            continue
        line = (network.connection_type or "").casefold()
        if any(word in line for word in _MOBILE):
            continue
        prefix = prefix_of(network)
        return Position(
            latitude=round(point[0], 3),
            longitude=round(point[1], 3),
            radius_km=radius,
            country=network.country,
            network=hash_("ip", prefix)[-22:] if prefix else None,
        )
    return None
