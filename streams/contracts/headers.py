"""Names of the Kafka headers that publishers set on raw records; dead letters keep them."""

from __future__ import annotations

SUBJECT = "idv-subject"
ENVIRONMENT = "idv-environment"
RECEIVED_AT = "idv-received-at"
TRACEPARENT = "traceparent"
FETCHED_FOR = "idv-fetched-for"
"""Of a fetched result: the id of the event it was fetched for, or `hand`."""
