"""Tests whether a point can lie in a country, offline.

`extents.json` holds the cells of two degrees with a place of over 500 people, for each country
(GeoNames data: CC BY 4.0, 234 000 places; `make docs` writes it). A point is certainly outside
where neither its cell nor one beside it is the country's: some 200 to 400 km from the nearest
village. That finds swapped latitude and longitude, a lost sign, another country's middle.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from math import floor

import msgspec

CELL_DEGREES = 2
_ROW = 360 // CELL_DEGREES

# Vendors write the sovereign instead of the territory, or the other way round.
_SOVEREIGN = {
    territory: sovereign
    for sovereign, territories in {
        "AU": "CC CX HM NF",
        "CN": "HK MO TW",
        "DK": "FO GL",
        "FI": "AX",
        "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
        "GB": "AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG",
        "IL": "PS",
        "MA": "EH",
        "NL": "AW BQ CW SX",
        "NO": "BV SJ",
        "NZ": "CK NU TK",
        "RS": "XK",
        "US": "AS GU MP PR UM VI",
    }.items()
    for territory in territories.split()
}


def cell_of(latitude: float, longitude: float) -> int:
    """The number of a point's cell, counted from the south pole's row."""
    row, column = floor((latitude + 90) / CELL_DEGREES), floor((longitude + 180) / CELL_DEGREES)
    return row * _ROW + column % _ROW


@cache
def _extents() -> dict[str, frozenset[int]]:
    """Sovereign (alpha-2) → the cells of it and its territories."""
    file = resources.files(__package__) / "extents.json"
    cells: dict[str, set[int]] = {}
    for country, own in msgspec.json.decode(file.read_bytes(), type=dict[str, list[int]]).items():
        cells.setdefault(_SOVEREIGN.get(country, country), set()).update(own)
    return {country: frozenset(own) for country, own in cells.items()}


@lru_cache(maxsize=8192)
def is_outside(country: str, latitude: float, longitude: float) -> bool:
    """True where a point in degrees cannot lie in a country (alpha-2). False if it is unknown."""
    own = _extents().get(_SOVEREIGN.get(country, country))
    if own is None:
        return False
    around = (-CELL_DEGREES, 0, CELL_DEGREES)
    near = {cell_of(latitude + north, longitude + east) for north in around for east in around}
    return own.isdisjoint(near)
