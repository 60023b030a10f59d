"""Every metric of the worker, with its meaning. Units and names follow Prometheus' conventions.

Labels are names of vendors, decisions, rules, codes, stages and topics only: never an id, an
address or other free text of a payload.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.metrics import MetricWrapperBase

from streams.contracts.codes import DROPS, REJECTIONS
from streams.contracts.model import (
    GIVEN_VERDICTS,
    CaseBand,
    CaseState,
    Decision,
    LinkKind,
    Severity,
)
from streams.contracts.topics import STAGE_TOPICS, raw_topic
from streams.pipeline.enrichments import ENRICHMENTS
from streams.vendors import FIELDS

disable_created_metrics()  # type: ignore[no-untyped-call]

STAGES = ("normalize", *STAGE_TOPICS, "verdicts")
# Parts that can fail for an event, besides rules.
PARTS = (*ENRICHMENTS, "sightings", "links", "order")

_LATENCY = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)
_SHORT = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

events = Counter(
    "idv_events_total",
    "Verification events sent to idv.verifications.",
    ["vendor", "decision"],
)
alerts = Counter("idv_alerts_total", "Alerts sent to idv.alerts.", ["rule", "severity"])
shadow_alerts = Counter(
    "idv_shadow_alerts_total",
    "Alerts that rules in shadow mode would have raised.",
    ["rule", "severity"],
)
cooled_alerts = Counter(
    "idv_cooldown_alerts_total",
    "Alerts that the cooldown of their rule suppressed.",
    ["rule", "severity"],
)
cases = Counter("idv_cases_total", "Changes of cases sent to idv.cases.", ["band", "state"])
case_verdicts = Counter(
    "idv_case_verdicts_total",
    "Analysts' verdicts on cases, once for each rule that they cover: what precision is.",
    ["rule", "verdict"],
)
policy_info = Gauge("idv_policy_info", "Version of the policy in force; always 1.", ["version"])
policy_reloads = Counter(
    "idv_policy_reloads_total",
    "Reloads of the settings: adopted, unchanged, or refused as invalid.",
    ["result"],
)
rejected = Counter("idv_rejected_total", "Raw records sent to idv.rejected.", ["vendor", "code"])
dropped = Counter(
    "idv_dropped_total",
    "Raw records that are valid and deliberately produce no event.",
    ["vendor", "code"],
)
replayed = Counter(
    "idv_replayed_total",
    "Records read again after a restart, with all outputs already delivered.",
    ["stage"],
)
records_lost = Counter(
    "idv_records_lost_total",
    "Offsets deleted from their topic (by retention or an administrator) before they were read.",
    ["topic"],
)
unmapped = Counter(
    "idv_unmapped_values_total",
    "Words that no table has and that affect a decision or an outcome, by field of the payload.",
    ["vendor", "field"],
)
drift = Counter(
    "idv_drift_total",
    "Unknown fields, keys and words in a sample of the payloads, by field.",
    ["vendor", "field"],
)
enrichment_failures = Counter(
    "idv_enrichment_failures_total",
    "Events that lack a finding because of a bug in an enrichment or a rule.",
    ["part"],
)
duplicates = Counter(
    "idv_duplicate_findings_total", "Events that share a link with other subjects.", ["link"]
)
findings = {
    name: Counter(f"idv_{name}_findings_total", enrichment.counts, [enrichment.label])
    for name, enrichment in ENRICHMENTS.items()
}
end_to_end = Histogram(
    "idv_event_latency_seconds",
    "From the raw record's timestamp to the acknowledged verification.",
    buckets=_LATENCY,
)
stage_seconds = Histogram(
    "idv_batch_processing_seconds",
    "Computing one batch, without waiting for the broker.",
    ["stage"],
    buckets=_SHORT,
)
barrier_seconds = Histogram(
    "idv_barrier_wait_seconds",
    "Waiting until all outputs and changelog records of a batch are acknowledged and stored.",
    ["stage"],
    buckets=_SHORT,
)
batch_records = Histogram(
    "idv_batch_records", "Records per delivered batch.", ["stage"], buckets=_SIZES
)
lag_records = Gauge(
    "idv_consumer_lag_records", "Records not yet processed.", ["topic", "partition"]
)
lag_seconds = Gauge(
    "idv_consumer_lag_seconds",
    "Age of the oldest record not yet processed; 0 where there is none.",
    ["topic", "partition"],
)
unassigned_partitions = Gauge(
    "idv_unassigned_partitions",
    "Partitions of consumed topics that no worker of the group owns.",
)
last_commit = Gauge(
    "idv_last_commit_timestamp_seconds", "When offsets were last committed (Unix time)."
)
in_flight = Gauge("idv_batches_in_flight", "Batches delivered and not yet acknowledged.")
rebalances = Counter("idv_rebalances_total", "Assignments of partitions to this worker.")
recovery_seconds = Gauge("idv_recovery_duration_seconds", "Duration of the last recovery of state.")
ready = Gauge("idv_ready", "1 if /ready answers 200, else 0.")
state_entries = Gauge(
    "idv_state_entries", "Keys in a table's state on this worker, estimated.", ["table"]
)
state_bytes = Gauge(
    "idv_state_bytes", "Size of a table's state on this worker, on disk and in memory.", ["table"]
)
build_info = Gauge("idv_build_info", "Version of idv-streams; always 1.", ["version"])

registry = REGISTRY


def every() -> list[MetricWrapperBase]:
    """All metrics of this module."""
    own = [metric for metric in globals().values() if isinstance(metric, MetricWrapperBase)]
    return [*own, *findings.values()]


def prepare(vendors: Iterable[str], rules: Iterable[str]) -> None:
    """Create every known series with value 0: `increase()` and `rate()` cannot see the first
    increment of a new series.
    """
    for vendor in vendors:
        records_lost.labels(raw_topic(vendor))
        for decision in Decision:
            events.labels(vendor, decision)
        for code in REJECTIONS:
            rejected.labels(vendor, code)
        for code in DROPS:
            dropped.labels(vendor, code)
        for field in FIELDS[vendor].word_labels:
            unmapped.labels(vendor, field)
        for field in FIELDS[vendor].unknown_field_labels:
            drift.labels(vendor, field)
    rejected.labels("none", "internal_error")  # An unreadable record of a stage topic.
    for rule in rules:
        for severity in Severity:
            alerts.labels(rule, severity)
            shadow_alerts.labels(rule, severity)
            cooled_alerts.labels(rule, severity)
        for verdict in GIVEN_VERDICTS:
            case_verdicts.labels(rule, verdict)
    for band in CaseBand:
        for state in CaseState:
            cases.labels(band, state)
    for result in ("adopted", "unchanged", "refused"):
        policy_reloads.labels(result)
    for name, enrichment in ENRICHMENTS.items():
        for value in enrichment.label_values:
            findings[name].labels(value)
    for link in LinkKind:
        duplicates.labels(link)
    for stage in STAGES:
        if topic := STAGE_TOPICS.get(stage):
            records_lost.labels(topic)
        replayed.labels(stage)
    for part in dict.fromkeys((*PARTS, *rules)):
        enrichment_failures.labels(part)
