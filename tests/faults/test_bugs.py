"""A bug costs the affected event a finding or, at worst, rejects its record. Other events are not
affected.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from streams.contracts.avro import decode
from streams.kafka.producer import Outgoing
from tests.faults.buggy_worker import LINK_RULE, SESSION_RULE
from tests.support.accounts import account
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-faults")

# The bug's name → what its event still becomes.
FLAGGED = ("bug-distance", "bug-sightings", "bug-links", "bug-order")
WITHOUT_ITS_FINDING = ("bug-session-rule", "bug-link-rule")
REJECTED = {"bug-vendor": b"normalize", "bug-encoding": b"sessions"}
BUGS = (*FLAGGED, *WITHOUT_ITS_FINDING, *REJECTED)


def _struck(bug: str) -> Outgoing:
    """A decision with a device, an IP far from the document, and a shared fingerprint."""
    value = next(d.value for d in traffic(77, 500) if b"fp-77-" in d.value and b"didit-" in d.value)
    session = value.split(b'"session_id":"', 1)[1].split(b'"', 1)[0]
    event = value.split(b'"event_id":"', 1)[1].split(b'"', 1)[0]
    value = value.replace(session, bug.encode()).replace(event, f"event-{bug}".encode())
    return Outgoing("idv.raw.didit", bug.encode(), value, [("from", b"test")])


def test_a_bug_strikes_its_event_and_no_other(cluster: Cluster) -> None:
    worker = cluster.worker("buggy")
    worker.arguments = ("-m", "tests.faults.buggy_worker")
    healthy = list(traffic(3, 300))
    cluster.publish(healthy[:150])
    cluster.produce(_struck(bug) for bug in BUGS)
    cluster.publish(healthy[150:])
    worker.start()
    cluster.wait_until_drained()

    events: dict[str, Any] = {}
    for record in cluster.read("idv.verifications"):
        event = decode(record.value)[1]
        events.setdefault(event["session_id"], event)
    for bug in FLAGGED:
        assert "enrichment_failed" in events[bug]["flags"], bug
    for bug in WITHOUT_ITS_FINDING:
        assert bug in events
    rejected = {
        dict(record.headers)["idv.error.stage"]: record
        for record in cluster.read("idv.rejected")
        if dict(record.headers)["idv.error.code"] == b"internal_error"
    }
    assert set(rejected) == {b"normalize", b"sessions"}
    original = _struck("bug-vendor")
    kept = rejected[b"normalize"]
    assert (kept.key, kept.value, kept.headers[0]) == (
        original.key,
        original.value,
        ("from", b"test"),
    )
    assert rejected[b"sessions"].key == b"LIVE|didit:bug-encoding"
    assert not events.keys() & {"bug-vendor", "bug-encoding"}

    # Nobody else lost anything, nor a finding.
    accounts = account(cluster)
    assert len(accounts.lost) == len(REJECTED)
    assert len(accounts.unknown) == 1  # The rejection that a clean normalizer does not expect.
    assert accounts.raw == len(healthy) + len(BUGS)
    assert accounts.inversions == 0
    others = [event for session, event in events.items() if session not in BUGS]
    assert not [e for e in others if "enrichment_failed" in e["flags"]]
    page = worker.read("/metrics") or ""
    for part in ("distance", "sightings", "links", "order", SESSION_RULE, LINK_RULE):
        (count,) = re.findall(rf'idv_enrichment_failures_total{{part="{part}"}} (\S+)', page)
        assert float(count) > 0, part
    assert worker.answers("/live")
    assert worker.stop() == 0
