"""The figures of populations: published ones with their source, and assumptions.

No figure derives from our thresholds. Precision depends on the share of fraud; the share of honest
people alerted depends on how many of them travel, share devices and register again. No such figures
are published. `docs/simulation.md` shows the results with other assumptions.
"""

from __future__ import annotations

from msgspec import Struct

# -- published ---------------------------------------------------------------------------------

MEDIAN_KM = {"fixed": (3.0, 16.0), "mobile": (179.0, 207.0)}
"""Median error of an IP address's place by kind of line, least and most of four databases over 175
countries: arXiv 2605.21937."""

MISPLACED = {"EU": (0.09, 0.20), "AS": (0.53, 0.61), "AF": (0.66, 0.72)}
"""Mobile addresses placed in the wrong city altogether, by continent: the same study. Taken as the
place of a carrier's gateway, a city of the country drawn by population."""

UNIQUE_MODEL = {"desktop": 0.66, "mobile": 0.40}
"""Browsers whose visible traits are like nobody else's: adF, 5.40 million impressions (arXiv
2311.08769). The others share one of a few common models."""

RECOGNISED = (0.9924, 0.995)
"""Sessions whose device a good fingerprint recognises: cross-browser study (NDSS 2017), claim of
the largest maker."""

# -- assumed -----------------------------------------------------------------------------------

MISPLACED["AM"] = (0.31, 0.41)
"""The Americas are not in the study's summary: halfway between Europe and Asia."""

SPREAD = 1.0
"""Of the logarithm of the error: nine in ten within a factor of five of the median."""

OTHER_COUNTRY = 0.002
"""Addresses placed in another country. Database makers claim 99.8 % right; nobody checked."""

COUNTRY_ONLY = 0.10
"""Addresses that a vendor places in a country and nowhere in it."""

COLLISION = 0.5
"""Of sessions whose device is not recognised: those that are taken for somebody else's device. The
others look like a new one."""

DESKTOP = 0.3
"""Sessions on a computer, on a fixed line. Of phones so many are on a mobile one:"""
CELLULAR = 0.85

VPN, VPN_ABROAD, VPN_NOTICED = 0.05, 0.5, 0.97
"""Honest sessions behind a VPN, those of them with an exit abroad, and those vendors notice."""

FURTHER_MEMBER = 0.02
"""In a household that shares a device, the chance of each further adult to use it as well. For a
second it is 0.012 (`Shares.households`); those who share at all share more readily."""

LARGE_FARM = 0.08
"""Farms that go on until more than 20 people were verified on one device."""


class Shares(Struct, frozen=True):
    """Number of each story per 1000 honest people; people without a story just verify.

    All are assumptions. Fraud is about a quarter of all verifications, far more than in reality, so
    that there are enough to count.
    """

    households: float = 6.0
    """Two adults or more who are customers and use one device."""
    roaming: float = 10.0
    new_name: float = 10.0
    registered_again: float = 0.5
    abroad: float = 0.5
    reversed_by_hand: float = 5.0
    lapsed: float = 10.0
    second_vendor: float = 30.0
    at_a_kiosk: float = 60.0
    unknown_kiosk: float = 0.05
    """Branches' tablets that are on no list: one to twenty that are (`stories.KIOSKS`)."""

    farm: float = 8.0
    far_document: float = 100.0
    reused_identity: float = 12.0
    shopper: float = 8.0
    passed_on: float = 15.0
    known_face: float = 15.0

    def scaled(self, oddities: float, fraud: float) -> Shares:
        """So many times as many odd honest people, and as much fraud."""
        return Shares(
            **{
                name: getattr(self, name) * (fraud if name in FRAUD else oddities)
                for name in self.__struct_fields__
            }
        )


FRAUD = frozenset({"farm", "far_document", "reused_identity", "shopper", "passed_on", "known_face"})
