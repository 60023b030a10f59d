"""Every metric of the console, with its meaning, in a registry of its own."""

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

disable_created_metrics()  # type: ignore[no-untyped-call]

_LATENCY = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)

PAGES = ("cases", "case", "health", "other")
LOGINS = ("ok", "failed", "throttled")
REFUSALS = ("forged", "role")
VERDICTS = ("CONFIRMED_FRAUD", "FALSE_ALARM", "DUPLICATE")

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
GCCollector(registry=registry)

page_seconds = Histogram(
    "idv_console_page_seconds",
    "From a request to its answer, by page.",
    ["page"],
    buckets=_LATENCY,
    registry=registry,
)
lag = Gauge(
    "idv_console_lag_records",
    "Records of the topics that the console's index has not read yet.",
    registry=registry,
)
kafka_up = Gauge(
    "idv_console_kafka_up", "1 where Kafka answered the console lately, else 0.", registry=registry
)
records = Counter(
    "idv_console_records_total",
    "Records read into the console's index.",
    ["topic"],
    registry=registry,
)
unreadable = Counter(
    "idv_console_unreadable_total",
    "Records that the console could not read, and left out.",
    ["topic"],
    registry=registry,
)
index_bytes = Gauge(
    "idv_console_index_bytes", "Size of the console's index on disk.", registry=registry
)
logins = Counter(
    "idv_console_logins_total", "Log-ins by how they ended.", ["outcome"], registry=registry
)
refused = Counter(
    "idv_console_refused_total",
    "Forms refused: forged, or of a role that may not.",
    ["reason"],
    registry=registry,
)
verdicts = Counter(
    "idv_console_verdicts_total", "Verdicts sent to Kafka.", ["verdict"], registry=registry
)
reveals = Counter(
    "idv_console_reveals_total", "Cases whose personal data were revealed.", registry=registry
)
ready = Gauge(
    "idv_console_ready",
    "1 where the console's index has caught up once, else 0.",
    registry=registry,
)


def every() -> list[MetricWrapperBase]:
    """All metrics of this module."""
    return [metric for metric in globals().values() if isinstance(metric, MetricWrapperBase)]
