"""Counts the outputs of stages after their delivery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from streams.contracts.model import Alert, Case, Drop, Rejection, Verification
from streams.pipeline.enrichments import ENRICHMENTS
from streams.pipeline.messages import (
    Failed,
    Judged,
    Output,
    Replayed,
    Shadowed,
    Suppressed,
    ToCase,
    ToLink,
    ToSession,
)
from streams.worker.ops import drift, metrics


def count(stage: str, outputs: Iterable[tuple[str, Output[Any]]], now: int) -> None:
    """Count the outputs of a batch, each with its vendor. `now` is epoch ms."""
    moved = (c for vendor, output in outputs for c in _counts(stage, vendor, output, now))
    for (counter, *labels), times in Counter(moved).items():
        counter.labels(*labels).inc(times)


def _counts(stage: str, vendor: str, output: Output[Any], now: int) -> Iterator[tuple[Any, ...]]:
    """The counters that an output increments, with labels."""
    match output:
        case ToLink() | ToSession() | ToCase():
            return  # Most outputs; the next stage counts them.
        case Verification():
            yield metrics.events, vendor, output.decision
            metrics.end_to_end.observe(max(0, now - output.ingested_at) / 1000)
            drift.count_unmapped(output)
            for duplicate in output.enrichment.duplicates:
                yield metrics.duplicates, duplicate.link
            for name, enrichment in ENRICHMENTS.items():
                for value in enrichment.counted(output):
                    yield metrics.findings[name], value
        case Alert():
            yield metrics.alerts, output.rule, output.severity
        case Case():
            yield metrics.cases, output.band, output.state
        case Judged(verdict, rules):
            for rule in rules:
                yield metrics.case_verdicts, rule, verdict
        case Shadowed(alert):
            yield metrics.shadow_alerts, alert.rule, alert.severity
        case Suppressed(alert):
            yield metrics.cooled_alerts, alert.rule, alert.severity
        case Rejection():
            yield metrics.rejected, vendor, output.code
        case Drop():
            yield metrics.dropped, vendor, output.code
        case Replayed():
            yield metrics.replayed, stage
        case Failed():
            yield metrics.enrichment_failures, output.part
