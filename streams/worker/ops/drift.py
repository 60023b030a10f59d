"""Metrics of vendors' fields and words that no table has.

Unmapped words that affect a decision or an outcome are counted for every event, which names their
fields. Finding unknown fields, keys and codes parses the payload again, so only one record in
SAMPLE_EVERY of each partition is examined; `idv drift` lists them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streams.contracts.model import Drop, RawRecord, Rejection, Verification
from streams.pipeline.messages import Output
from streams.pipeline.normalize.parse import parse, readable
from streams.vendors import FIELDS
from streams.worker.ops import metrics

SAMPLE_EVERY = 64
# Real payloads have about 10 kB; a far larger one comes from a faulty publisher.
SAMPLED_BYTES = 256 * 1024

_UNMAPPED = "unmapped:"


def count_unmapped(event: Verification) -> None:
    """Count the event's unmapped words by field."""
    if "unmapped_value" not in event.flags:
        return
    fields = FIELDS[event.vendor]
    for reason in event.reasons:
        if reason.startswith(_UNMAPPED):
            label = fields.label(reason.removeprefix(_UNMAPPED))
            metrics.unmapped.labels(event.vendor, label).inc()


def sample(vendor: str, record: RawRecord, outputs: Iterable[Output[Any]]) -> None:
    """Count the unknown fields of a sampled payload that became an event."""
    if record.offset % SAMPLE_EVERY or not 0 < len(record.value or b"") <= SAMPLED_BYTES:
        return
    assert record.value is not None
    if any(isinstance(output, Rejection | Drop) for output in outputs):
        return
    payload = parse(record.value)
    if not isinstance(payload, Rejection):
        read, _ = readable(payload, record.value)
        for label in {unknown.label for unknown in FIELDS[vendor].unknown_fields(read)}:
            metrics.drift.labels(vendor, label).inc()
