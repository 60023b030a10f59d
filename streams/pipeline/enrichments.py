"""The enrichments: what can be found about one event from this event alone. One entry each.

Settings, policy, metrics, reload and explain derive from this table. What several sessions show
about each other is not here but in `pipeline.links`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.model import Band, Verification
from streams.pipeline.geo.database import IpLookup
from streams.pipeline.geo.distance import Bands, distances
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.geo.locate import located
from streams.pipeline.normalize.normalize import Normalized


class Lookups(Struct, frozen=True):
    """What enrichments look values up in."""

    places: Gazetteer
    ips: IpLookup | None = None


class Enrichment(Struct, frozen=True):
    """One enrichment.

    `name` is its section in the settings and its part in metrics of failures; `description` is
    for docs/settings.md. `config` are its thresholds, each with a default; ValueError for those
    that contradict each other. `enrich` returns the event with its findings. These are counted as
    `idv_<name>_findings_total` (`counts` describes it): `counted` returns the value of `label` for
    each finding.
    """

    name: str
    description: str
    config: type[Struct]
    enrich: Callable[[Verification, Normalized, Lookups, Any], Verification]
    counts: str
    label: str
    label_values: Sequence[str]
    counted: Callable[[Verification], Sequence[str]]


def _with_distances(
    event: Verification, normalized: Normalized, lookups: Lookups, bands: Bands
) -> Verification:
    event = located(event, lookups.places, lookups.ips)
    found = distances(event, normalized.vendor_distances, bands)
    event.enrichment = replace(event.enrichment, distances=found)
    return event


ENRICHMENTS = {
    enrichment.name: enrichment
    for enrichment in (
        Enrichment(
            name="distance",
            description="Bands of IP distance.",
            config=Bands,
            enrich=_with_distances,
            counts="Distances found, by band.",
            label="band",
            label_values=tuple(Band),
            counted=lambda event: [d.band for d in event.enrichment.distances],
        ),
    )
}
