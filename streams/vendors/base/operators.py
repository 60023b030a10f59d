"""Operators whose addresses are no place of their users, by the names that vendors write and by
autonomous system.

An address of theirs is where a ground station, a proxy or a relay meets the internet: a plane
over Texas in Virginia, an employee in Lyon in Frankfurt. Such an address is mostly neither
anonymous nor hosting to a vendor, and none of its coordinates are its user's.

Sources: the operators' own pages on how their traffic reaches the internet, and the names and
numbers under which the registries (RIPE, ARIN, APNIC) list their autonomous systems.
"""

from __future__ import annotations

import re
from functools import lru_cache

from streams.vendors.base.people import fold
from streams.vendors.base.values import word

_AUTONOMOUS_SYSTEM = re.compile(r"\bAS ?([0-9]{1,10})\b", re.IGNORECASE)

SATELLITE = "satellite"
IN_FLIGHT = "in_flight"
CORPORATE_PROXY = "corporate_proxy"
PRIVACY_RELAY = "privacy_relay"
KINDS = frozenset({SATELLITE, IN_FLIGHT, CORPORATE_PROXY, PRIVACY_RELAY})

# Kind → folded names, each of whole words within what a vendor writes; autonomous systems.
_OPERATORS: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    # Ground stations of geostationary and low orbits; a subscriber may be a continent away.
    SATELLITE: (
        (
            "intelsat", "viasat", "hughesnet", "hughes network systems", "hughes communications",
            "hughes satellite", "starlink", "spacex", "space exploration technologies", "oneweb",
            "eutelsat", "skylogic", "tooway", "inmarsat", "iridium", "telesat", "speedcast",
            "kvh industries", "marlink", "globalstar", "thuraya", "yahsat", "yahclick",
            "avanti communications", "avanti broadband", "ses astra", "ses s a", "ses satellites",
            "o3b", "wildblue", "exede", "gilat", "emerging markets communications", "sky muster",
            "echostar", "bigblu", "bentley walker", "hispasat", "arabsat", "thaicom", "asiasat",
            "project kuiper", "amazon kuiper",
        ),
        (22351, 7155, 16491, 6621, 12440, 28613, 14593, 27277, 800, 31515, 60725),
    ),
    # Cabin networks of airlines: over satellites or masts on the ground.
    IN_FLIGHT: (
        (
            "gogo", "aircell", "panasonic avionics", "anuvu", "global eagle", "row 44", "sitaonair",
            "onair switzerland", "thales avionics", "inflyt", "inflight", "in flight", "smartsky",
            "airfi", "flynet", "aeromobile", "european aviation network",
        ),
        (64294,),
    ),
    # Security services through which companies send all of their people's traffic.
    CORPORATE_PROXY: (
        (
            "zscaler", "netskope", "cato networks", "prisma access", "palo alto networks",
            "opendns", "cisco umbrella", "forcepoint", "websense", "iboss", "menlo security",
            "blue coat",
            "bluecoat", "symantec web security", "skyhigh security", "mcafee web gateway",
            "fortinet sase", "fortisase", "perimeter 81", "check point harmony",
            "barracuda networks", "aryaka", "versa networks", "open systems ag", "smoothwall",
            "cloudflare zero trust", "cloudflare gateway", "akamai enterprise", "sophos",
        ),
        (62044, 22616, 53813, 55256, 13150, 54538, 36692, 44444, 13448),
    ),
    # Relays of systems and browsers: they hide the person's address, not their intent. Of a content
    # network's address a person is only ever the user through such a relay.
    PRIVACY_RELAY: (
        (
            "icloud", "private relay", "apple relay", "cloudflare", "akamai", "fastly",
            "google one vpn", "google ip protection", "chrome ip protection", "google proxy",
            "opera software", "opera mini", "opera norway", "cloudmosa", "duckduckgo",
            "edge secure network",
        ),
        (13335, 132892, 209242, 36183, 54113, 39832, 21837),
    ),
}  # fmt: skip

_BY_NUMBER = {number: kind for kind, (_, numbers) in _OPERATORS.items() for number in numbers}
# Where a text has names of two kinds, the longer one is meant: "Akamai Enterprise", "Viasat
# In-Flight".
_BY_NAME = sorted(
    ((f" {name} ", kind) for kind, (names, _) in _OPERATORS.items() for name in names),
    key=lambda row: -len(row[0]),
)


def placeless_kind(operator: str | None, connection_type: str | None = None) -> str | None:
    """The kind of an operator without a place: by its name, by its autonomous system (`AS64500`) in
    the name, or by the vendor's own word for the connection. None for all the others.
    """
    kind = word(connection_type)
    if kind in KINDS:
        return kind
    return _kind(operator) if operator else None


@lru_cache(maxsize=1024)
def _kind(operator: str) -> str | None:
    for number in _AUTONOMOUS_SYSTEM.findall(operator):
        if kind := _BY_NUMBER.get(int(number)):
            return kind
    folded = f" {fold(operator)} "
    return next((kind for name, kind in _BY_NAME if name in folded), None)
