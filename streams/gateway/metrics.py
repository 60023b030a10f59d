"""Every metric of the gateway, with its meaning, in its own registry.

Labels are our names of vendors, outcomes and reasons only; an unknown vendor in a request is
`none`.
"""

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

from streams.vendors import VENDORS
from streams.vendors.base.webhook import REASONS

disable_created_metrics()  # type: ignore[no-untyped-call]

NO_VENDOR = "none"
_LATENCY = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)

OUTCOMES = (
    "published", "spooled", "unsafe", "unauthorized", "forbidden", "busy", "too_large", "slow",
    "malformed",
)  # fmt: skip
"""Outcomes of a request for a vendor. `published`, `spooled`: 200. `unsafe`, `busy`: 503."""

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
GCCollector(registry=registry)

requests = Counter(
    "idv_gateway_requests_total",
    "Webhooks by outcome; published and spooled ones were answered 200.",
    ["vendor", "outcome"],
    registry=registry,
)
refused = Counter(
    "idv_gateway_refused_total",
    "Webhooks answered 401, by reason.",
    ["vendor", "reason"],
    registry=registry,
)
in_progress = Gauge(
    "idv_gateway_requests_in_progress", "Webhooks being received now.", registry=registry
)
request_seconds = Histogram(
    "idv_gateway_request_seconds",
    "From a webhook's headers to its answer, for those answered 200.",
    buckets=_LATENCY,
    registry=registry,
)
batch_records = Histogram(
    "idv_gateway_batch_records",
    "Webhooks stored together, by one delivery to Kafka or one fsync.",
    buckets=_SIZES,
    registry=registry,
)
kafka_up = Gauge(
    "idv_gateway_kafka_up",
    "1 if a vendor's webhooks go to Kafka directly, 0 if they go through the spool.",
    ["vendor"],
    registry=registry,
)
spool_records = Gauge(
    "idv_gateway_spool_records", "Webhooks in the spool.", ["vendor"], registry=registry
)
spool_age = Gauge(
    "idv_gateway_spool_age_seconds",
    "Age of the oldest webhook in the spool; 0 if it is empty.",
    ["vendor"],
    registry=registry,
)
spool_bytes = Gauge("idv_gateway_spool_bytes", "Size of the spooled webhooks.", registry=registry)
spool_limit = Gauge(
    "idv_gateway_spool_limit_bytes", "Size at which the spool is full.", registry=registry
)
drained = Counter(
    "idv_gateway_drained_total",
    "Webhooks sent to Kafka from the spool.",
    ["vendor"],
    registry=registry,
)
ready = Gauge("idv_gateway_ready", "1 if /ready answers 200, else 0.", registry=registry)


def every() -> list[MetricWrapperBase]:
    """All metrics of this module."""
    return [metric for metric in globals().values() if isinstance(metric, MetricWrapperBase)]


def prepare() -> None:
    """Create every series with value 0, so that its first increment is visible."""
    requests.labels(NO_VENDOR, "malformed")
    for vendor in VENDORS:
        drained.labels(vendor)
        for outcome in OUTCOMES:
            requests.labels(vendor, outcome)
        for reason in REASONS:
            refused.labels(vendor, reason)
