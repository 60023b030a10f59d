"""Canaries: personal data in valid and broken payloads of all vendors must not appear in anything
that a real worker writes, other than the events.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from streams.contracts.avro import decode
from streams.kafka.dead_letters import APPENDED
from streams.kafka.dead_letters import read as read_letter
from tests.support.cluster import Cluster
from tests.support.paths import SAMPLES
from tests.support.traffic import Delivery

pytestmark = pytest.mark.xdist_group("kafka-privacy")

VENDORS = ("aiprise", "alice", "didit", "idwise")

# Kind → the fields that hold it, whatever the vendor, and how a planted value looks.
FIELDS = {
    "name": r"(first|last|full|second_last|company)[_ ]?name|surname|name_on_document",
    "document": r"(document|id|personal|registration)[_ ]?number",
    "email": r"e?mail",
    "phone": r"phone_number|full_number|e164",
    "fingerprint": r"device_fingerprint|unique_hash",
    "street": r"street(_[12])?|address_street_[12]|(full|formatted|poa|registered)_address|address",
}
FORMS = {
    "name": "Qazwsx{:05d}",
    "document": "ZQ{:05d}XV",
    "email": "qazmail{:05d}@mail.example",
    "phone": "+44791{:05d}7",
    "fingerprint": "qazprint{:05d}",
    "street": "Qazstreet {:05d}",
}
IDS = re.compile(r"(id|no|number|data|reference)$", re.IGNORECASE)
# What the state must never hold in clear, and what may not even be in the events.
KEPT_SECRET = ("document", "email", "phone", "fingerprint")


class Canaries:
    """Inserts unique values and records their kinds."""

    def __init__(self) -> None:
        self.planted: dict[str, set[str]] = defaultdict(set)
        self._number = 10_000

    def one(self, kind: str) -> str:
        self._number += 1
        value = FORMS[kind].format(self._number)
        self.planted[kind].add(value)
        return value

    def plant(self, value: Any, field: str = "") -> Any:
        """A copy of a payload with every field of personal data replaced."""
        if isinstance(value, dict):
            hint = str(value.get("key") or value.get("name") or value.get("title") or "")
            return {k: self.plant(v, hint if k == "value" else k) for k, v in value.items()}
        if isinstance(value, list):
            return [self.plant(item, field) for item in value]
        if isinstance(value, str) and value:
            for kind, pattern in FIELDS.items():
                if re.fullmatch(pattern, field, re.IGNORECASE):
                    return self.one(kind)
        return value

    def found(self, data: bytes | str, *kinds: str) -> set[str]:
        """Inserted values that `data` contains, ignoring case."""
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        folded = text.casefold()
        return {
            value
            for kind in kinds or FIELDS
            for value in self.planted[kind]
            if value.casefold() in folded or value.casefold().lstrip("+") in folded
        }


def payloads(canaries: Canaries) -> Iterator[tuple[str, bytes]]:
    for vendor in VENDORS:
        bodies = []
        for file in sorted((SAMPLES / vendor).glob("*.raw.json")):
            try:
                sample = json.loads(file.read_bytes())
            except ValueError:
                continue
            if isinstance(sample, dict):
                bodies.append(sample)
                yield vendor, json.dumps(canaries.plant(sample)).encode()
        for body in bodies[:4]:
            yield from ((vendor, broken) for broken in _broken(canaries, body))


def _broken(canaries: Canaries, sample: dict[str, Any]) -> Iterator[bytes]:
    """Personal data where it breaks the parse, the types, and the names of fields."""
    whole = json.dumps(canaries.plant(sample))
    yield whole[: len(whole) * 2 // 3].encode()
    yield whole.encode()[:-1] + b',"' + canaries.one("name").encode() + b'":NaN}'
    name = canaries.one("name")
    yield f'{{"{name}": 1, "{name}": 2, {whole[1:]}'.encode()
    yield whole.encode().replace(b"Qazwsx", b"Qazwsx\xff", 1)
    yield json.dumps([canaries.plant(sample)]).encode()
    yield json.dumps({canaries.one("name"): {canaries.one("document"): 1}}).encode()
    # Values of personal data in place of states and numbers; ids stay ids.
    others = {k: v for k, v in sample.items() if not IDS.search(k)}
    names = {k: canaries.one("name") for k, v in others.items() if isinstance(v, str)}
    yield json.dumps(sample | names).encode()
    yield json.dumps(sample | {k: {canaries.one("email"): [v]} for k, v in others.items()}).encode()


def test_personal_data_stays_in_the_events(cluster: Cluster) -> None:
    canaries = Canaries()
    sent = list(payloads(canaries))
    worker = cluster.worker(
        environment={
            "IDV_LOG_LEVEL": "debug",
            # Every kind of link, so that all of them are in the state.
            "IDV_LINKS": json.dumps(
                {"kinds": ["device", "person", "subject", "document", "phone", "email", "ip"]}
            ),
        }
    )
    worker.start()
    worker.wait_until_ready()
    cluster.publish(
        Delivery(vendor, str(n).encode(), body) for n, (vendor, body) in enumerate(sent)
    )
    cluster.wait_until_drained()
    scraped = worker.read("/metrics") or ""
    seen = scraped + (worker.read("/ready") or "") + (worker.read("/live") or "")
    assert worker.stop() == 0

    assert {kind: bool(values) for kind, values in canaries.planted.items()} == dict.fromkeys(
        FIELDS, True
    )
    assert "idv_events_total" in scraped
    assert canaries.found(seen) == set()
    assert canaries.found(worker.log.read_bytes()) == set()
    _events_hold_names_and_no_secrets(cluster, canaries)
    _letters_tell_nothing(cluster, canaries)
    _state_knows_nobody(cluster, canaries)


def _events_hold_names_and_no_secrets(cluster: Cluster, canaries: Canaries) -> None:
    """Canaries reach the events as names; otherwise the other tests would prove nothing."""
    vendors: Counter[str] = Counter()
    named: set[str] = set()
    for record in cluster.read("idv.verifications"):
        assert canaries.found(record.value, *KEPT_SECRET) == set()
        assert canaries.found(str(record.headers)) == set()
        vendor = decode(record.value)[1]["vendor"]
        vendors[vendor] += 1
        if canaries.found(record.value, "name"):
            named.add(vendor)
    assert set(vendors) == set(VENDORS)
    assert named == set(VENDORS)
    for record in cluster.read("idv.alerts"):
        assert canaries.found(record.value) == set()


def _letters_tell_nothing(cluster: Cluster, canaries: Canaries) -> None:
    codes = set()
    for record in cluster.read("idv.rejected"):
        letter = read_letter(record)
        assert letter is not None
        codes.add(letter.code)
        appended = [value for name, value in record.headers if name in APPENDED]
        assert canaries.found(b" ".join(appended)) == set(), letter.code
        assert canaries.found(json.dumps(letter.summary())) == set()
    assert {"invalid_json", "invalid_encoding", "duplicate_key", "not_an_object"} <= codes


def _state_knows_nobody(cluster: Cluster, canaries: Canaries) -> None:
    records = cluster.read("idv-links-changelog", "idv-sessions-changelog")
    kinds = {record.key.split(b"|")[1] for record in records if b"|" in record.key}
    assert {b"device", b"document", b"phone", b"email", b"subject"} <= kinds
    for record in records:
        assert canaries.found((record.key or b"") + (record.value or b"")) == set(), record.key
