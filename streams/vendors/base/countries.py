"""Countries in every form that vendors write them: ISO 3166-1 codes, ISO 3166-2 subdivisions, the
codes of machine-readable documents, and names.

Every function is total: it never raises, and answers None where the value names no country.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

import pycountry

from streams.vendors.base.people import fold
from streams.vendors.base.values import text

# Codes of machine-readable documents (ICAO Doc 9303-3) and of daily use that ISO 3166-1 lacks.
_CODES = {
    "D": "DEU", "GBD": "GBR", "GBN": "GBR", "GBO": "GBR", "GBP": "GBR", "GBS": "GBR",
    "RKS": "XKX", "KS": "XKX", "XK": "XKX", "XKX": "XKX", "KOS": "XKX", "UK": "GBR", "EL": "GRC",
    "ROM": "ROU", "UAE": "ARE", "DRC": "COD",
}  # fmt: skip

# Issuers that are no country: organisations, stateless persons and refugees, the specimen.
_NO_COUNTRY = frozenset(
    {
        "UNO", "UNA", "UNK", "XXA", "XXB", "XXC", "XXX", "EUE", "XOM", "XPO", "XCC", "XBA", "XIM",
        "XES", "XMP", "XCE", "XCO", "XEC", "XAU", "XDC", "IAO", "UTO", "NTZ",
    }
)  # fmt: skip

# Names in daily use that differ from those of ISO 3166-1.
_NAMES = {
    "england": "GBR", "great britain": "GBR", "scotland": "GBR", "wales": "GBR",
    "northern ireland": "GBR", "u k": "GBR", "usa": "USA", "america": "USA", "u s a": "USA",
    "u s": "USA", "south korea": "KOR", "north korea": "PRK", "russia": "RUS", "kosovo": "XKX",
    "turkey": "TUR", "laos": "LAO", "ivory coast": "CIV", "cape verde": "CPV", "swaziland": "SWZ",
    "macedonia": "MKD", "burma": "MMR", "palestine": "PSE", "holland": "NLD", "espana": "ESP",
    "deutschland": "DEU", "brunei": "BRN", "dr congo": "COD", "democratic republic of congo": "COD",
    "republic of congo": "COG", "east timor": "TLS", "vatican": "VAT", "vatican city": "VAT",
    "macau": "MAC", "italia": "ITA", "brasil": "BRA", "osterreich": "AUT", "polska": "POL",
    "u a e": "ARE", "emirates": "ARE", "micronesia": "FSM", "falkland islands": "FLK",
    "republic of korea": "KOR", "democratic republic of the congo": "COD", "lao pdr": "LAO",
    "state of palestine": "PSE", "holy see": "VAT", "bosnia": "BIH", "bosnia herzegovina": "BIH",
    "republic of ireland": "IRL", "britain": "GBR", "hong kong sar": "HKG", "macau sar": "MAC",
    "myanmar burma": "MMR", "prc": "CHN", "ksa": "SAU", "trinidad tobago": "TTO",
    "antigua barbuda": "ATG", "saint kitts nevis": "KNA", "st kitts and nevis": "KNA",
    "st lucia": "LCA", "st vincent and the grenadines": "VCT", "sao tome principe": "STP",
    "sint maarten": "SXM", "saint martin": "MAF", "british virgin islands": "VGB",
    "us virgin islands": "VIR",
}  # fmt: skip

_SUBDIVISION = re.compile(r"([A-Za-z]{2})-[A-Za-z0-9]{1,3}")
_LONGEST = 100


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """`(alpha-2, alpha-3, numeric or folded name → alpha-3, alpha-3 → alpha-2)`."""
    to_alpha3: dict[str, str] = dict(_CODES)
    to_alpha2: dict[str, str] = {"XKX": "XK"}
    for entry in pycountry.countries:
        to_alpha2[entry.alpha_3] = entry.alpha_2
        for code in (entry.alpha_2, entry.alpha_3, entry.numeric):
            to_alpha3[code] = entry.alpha_3
        for attribute in ("name", "common_name", "official_name"):
            if name := getattr(entry, attribute, None):
                to_alpha3[fold(name)] = entry.alpha_3
    to_alpha3.update(_NAMES)
    return to_alpha3, to_alpha2


@lru_cache(maxsize=4096)
def _alpha3(value: str) -> str | None:
    by_key = _tables()[0]
    # Machine-readable lines fill up with `<`.
    code = value.upper().rstrip("<")
    if len(code) <= 3 and (found := by_key.get(code)):
        return found
    if match := _SUBDIVISION.fullmatch(value):
        return by_key.get(match.group(1).upper())
    name = fold(value)
    return by_key.get(name) or by_key.get(name.removeprefix("the "))


def country3(value: Any) -> str | None:
    """ISO 3166-1 alpha-3 (and XKX) from alpha-2, alpha-3, a number, an ICAO-only code, an ISO
    3166-2 subdivision or an English name.
    """
    if not isinstance(value, str):
        return None
    stripped = value.strip()
    return _alpha3(stripped) if 0 < len(stripped) <= _LONGEST else None


def country2(value: Any) -> str | None:
    """ISO 3166-1 alpha-2 (and XK) from the same forms as `country3`."""
    alpha3 = country3(value)
    return _tables()[1].get(alpha3) if alpha3 else None


def names_no_country(value: Any) -> bool:
    """True for issuers that are known and are no country (the UN, stateless persons)."""
    stripped = text(value)
    return stripped is not None and stripped.upper().rstrip("<") in _NO_COUNTRY
