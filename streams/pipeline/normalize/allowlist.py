"""Values that a company knows as its own or as harmless: kiosks, test customers, offices.

They stand in the settings in clear and are hashed when these are read, under every version of the
key, in the namespaces in which `streams.pipeline.normalize.seal` hashes them.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from msgspec import Struct

from streams.contracts.model import Network, Verification
from streams.pipeline.normalize.keyring import Keyring
from streams.rules.base import AllowList

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


class SealedAllowList(Struct, frozen=True):
    """An allow-list as it is looked up: hashes in place of secrets."""

    hashes: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()

    def matches_subject(self, *ids: str | None) -> bool:
        return not self.subjects.isdisjoint(ids)

    def matches_network(self, network: Network) -> bool:
        return bool(self.networks and network.ip and _is_within(network.ip, self.networks))

    def matches(self, event: Verification) -> bool:
        """True where the subject, a device, a document or a contact is known, or all networks."""
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
        """True where the value that a link's key stands for is known, or the subject."""
        value = key.rpartition("|")[2].removeprefix("document:") if self.hashes else ""
        return value in self.hashes or (subject is not None and subject[1] in self.subjects)

    def joined(self, other: SealedAllowList) -> SealedAllowList:
        return SealedAllowList(
            self.hashes | other.hashes,
            self.subjects | other.subjects,
            tuple(dict.fromkeys((*self.networks, *other.networks))),
        )


NOTHING_ALLOWED = SealedAllowList()


def sealed(known: AllowList, keyring: Keyring, vendors: frozenset[str]) -> SealedAllowList:
    """Raises ValueError for what can match nothing; the message quotes no value."""
    if unknown := sorted(set(known.devices) - vendors):
        raise ValueError(f"devices: no vendor is called {', '.join(unknown)}")
    values = [
        *((f"device:{v}", x.strip()) for v, prints in known.devices.items() for x in prints),
        *(("phone", number.strip()) for number in known.phones),
        *(("email", address.strip().lower()) for address in known.emails),
    ]
    for i, text in enumerate(known.documents):
        country, colon, number = text.strip().partition(":")
        if not colon or len(country) != 3:
            raise ValueError(f"documents.{i} does not read <alpha-3 country>:<number>")
        number = f"{country.upper()}|{_NOT_ALPHANUMERIC.sub('', number).upper()}"
        values += [("document", number), ("person", number)]
    hashes = (h for n, v in values for h in (keyring.hash(n, v), *keyring.older(n, v)))
    return SealedAllowList(frozenset(hashes), frozenset(known.subjects), _networks(known.networks))


def _networks(given: list[str]) -> tuple[str, ...]:
    for i, text in enumerate(given):
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValueError(f"networks.{i} is no IP address or network") from None
    return tuple(given)


@lru_cache(maxsize=1024)
def _parsed(network: str) -> IpNetwork:
    return ipaddress.ip_network(network, strict=False)


@lru_cache(maxsize=8192)
def _is_within(ip: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(ip.strip())
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in _parsed(network) for network in networks)
