"""What the console holds, as metrics and as a state.

- live: the event loop answers at all;
- ready: the index has caught up with the topics once, so that pages are complete.
"""

from __future__ import annotations

from streams.config.serving import State
from streams.console import metrics
from streams.console.feed import Feed
from streams.console.index.rows import TOPICS
from streams.console.index.store import Store


def measure(feed: Feed, store: Store) -> State:
    """Sets the metrics that are looked up."""
    metrics.ready.set(feed.caught_up)
    metrics.lag.set(feed.lag)
    metrics.kafka_up.set(feed.up)
    metrics.index_bytes.set(store.bytes)
    return State(feed.caught_up, shown={"kafka": feed.up, "lag": feed.lag})


def prepare() -> None:
    """Show every series at 0 from the start, so that its first increase is seen."""
    for topic in TOPICS:
        metrics.records.labels(topic)
        metrics.unreadable.labels(topic)
    for metric, values in (
        (metrics.page_seconds, metrics.PAGES),
        (metrics.logins, metrics.LOGINS),
        (metrics.refused, metrics.REFUSALS),
        (metrics.verdicts, metrics.VERDICTS),
    ):
        for value in values:
            metric.labels(value)
