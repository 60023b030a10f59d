"""Every metric of `idv fetch`, with its meaning, in a registry of its own."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase

from streams.fetch.tasks import FETCHED
from streams.vendors import VENDORS
from streams.vendors.base.fetch import ENDED, LATER

disable_created_metrics()  # type: ignore[no-untyped-call]

_SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60)

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
GCCollector(registry=registry)

tries = Counter(
    "idv_fetch_tries_total",
    "Results asked for, by how that ended: fetched, or the reason.",
    ["vendor", "outcome"],
    registry=registry,
)
ended = Counter(
    "idv_fetch_ended_total",
    "Events whose result is no longer waited for: fetched, or the reason.",
    ["vendor", "outcome"],
    registry=registry,
)
request_seconds = Histogram(
    "idv_fetch_request_seconds",
    "From a request to the end of its answer; waiting for the vendor's rate is not in it.",
    buckets=_SECONDS,
    registry=registry,
)
pending = Gauge(
    "idv_fetch_pending",
    "Events whose result is waited for, of this instance's partitions.",
    ["vendor"],
    registry=registry,
)
oldest = Gauge(
    "idv_fetch_oldest_pending_seconds",
    "Age of the oldest of them; 0 where there is none.",
    ["vendor"],
    registry=registry,
)
unreadable = Counter(
    "idv_fetch_unreadable_total",
    "Records of idv.verifications and idv.fetches that were skipped, since nobody of ours wrote "
    "them.",
    registry=registry,
)
ready = Gauge("idv_fetch_ready", "1 where /ready answers 200, else 0.", registry=registry)


def every() -> list[MetricWrapperBase]:
    """All metrics of this module."""
    return [metric for metric in globals().values() if isinstance(metric, MetricWrapperBase)]


def prepare() -> None:
    """Show every series at 0 from the start, so that its first increase is seen."""
    for vendor in VENDORS:
        pending.labels(vendor)
        oldest.labels(vendor)
        for outcome in (FETCHED, *LATER, *ENDED):
            tries.labels(vendor, outcome)
        for outcome in (FETCHED, *ENDED):
            ended.labels(vendor, outcome)
