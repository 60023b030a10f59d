"""The distances between the places of an event: IP, documents, browser position, phone."""

from __future__ import annotations

from msgspec.structs import replace

from streams.contracts.model import Band, Verification
from streams.pipeline.enrichments.base import Lookups
from streams.pipeline.geo.distance import Bands, distances
from streams.pipeline.geo.locate import located
from streams.pipeline.normalize.normalize import Normalized

NAME = "distance"
DESCRIPTION = "Bands of IP distance."
COUNTS = "Distances found, by band."
LABEL, LABEL_VALUES = "band", tuple(Band)
Config = Bands


def enrich(
    event: Verification, normalized: Normalized, lookups: Lookups, config: Bands
) -> Verification:
    """The event with its addresses and networks located, and `enrichment.distances`."""
    event = located(event, lookups.places, lookups.ips)
    found = distances(event, normalized.vendor_distances, config)
    event.enrichment = replace(event.enrichment, distances=found)
    return event


def counted(event: Verification) -> list[Band]:
    return [distance.band for distance in event.enrichment.distances]
