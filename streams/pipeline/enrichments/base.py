"""The inputs and the declaration of an enrichment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from streams.contracts.model import Verification
from streams.pipeline.geo.database import IpLookup
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.normalize.normalize import Normalized


class Lookups(Struct, frozen=True):
    """The look-ups of enrichments."""

    places: Gazetteer
    ips: IpLookup | None = None


class Enrichment(Struct, frozen=True):
    """One enrichment as its module declares it."""

    name: str
    description: str
    config: type[Struct]
    enrich: Callable[[Verification, Normalized, Lookups, Any], Verification]
    counts: str
    label: str
    label_values: Sequence[str]
    counted: Callable[[Verification], Sequence[str]]
