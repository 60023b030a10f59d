"""No bytes crash or stall a worker: each record is accounted for, and others are processed."""

from __future__ import annotations

import pytest

from streams.kafka.producer import Outgoing
from streams.vendors import VENDORS
from tests.faults.poison import CORPUS, GARBAGE, HEADERS
from tests.support.accounts import account
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-faults")

CODES = {b"invalid_json", b"invalid_encoding", b"too_large", b"too_deep", b"duplicate_key"}


def test_poison_is_accounted_for_and_harms_nobody(cluster: Cluster) -> None:
    worker = cluster.worker()
    worker.start()
    poison = [
        # A client sends no record without key and value, so a tombstone always has a key.
        Outgoing(f"idv.raw.{vendor}", None if number % 2 else name.encode(), value, headers)
        for vendor in VENDORS
        for number, (name, value) in enumerate(CORPUS.items())
        for headers in ([], HEADERS[number % len(HEADERS) :])
    ]
    garbage = [
        Outgoing(topic, key, value)
        for topic in ("idv.stage.links", "idv.stage.sessions")
        for key in (b"LIVE|device|x", b"\xff", b"")
        for value in GARBAGE
    ]
    healthy = list(traffic(9, 400))
    cluster.publish(healthy[:200])
    cluster.produce(poison)
    cluster.produce(garbage)
    cluster.publish(healthy[200:])
    cluster.wait_until_drained()
    accounts = account(cluster)
    assert accounts.balanced, accounts
    assert accounts.raw == len(poison) + len(healthy)
    assert accounts.foreign == len(garbage)
    assert accounts.repeats == 0
    assert worker.running()
    assert worker.answers("/ready")
    rejected = cluster.read("idv.rejected")
    codes = {dict(r.headers)["idv.error.code"] for r in rejected}
    assert {
        b"invalid_json",
        b"invalid_encoding",
        b"too_large",
        b"too_deep",
        b"duplicate_key",
    } <= codes
    assert b"forged" not in codes
    kept = [(r.key, r.value) for r in rejected]
    for name in ("nan", "lone surrogate", "5 MB", "an id of 3 MB", "deep object"):
        assert CORPUS[name] in {value for _, value in kept}, name
    # The duplicate key's record has a key of its own and was sent with and without headers.
    assert kept.count((None, CORPUS["duplicate key"])) == 2 * len(VENDORS)
    assert worker.stop() == 0
