"""What a link costs does not grow with how many there are, nor with how often one is used.

Processor time, compared within one run: the bounds are far above the noise, and far below what a
cost that grows with the number of devices or sessions would show.
"""

from __future__ import annotations

import time
from functools import cache

import msgspec

from streams.enrichment.duplicates import LinkState
from streams.enrichment.gazetteer import Gazetteer
from streams.findings import Sighting
from streams.keyring import Keyring
from streams.model import Alert, Decision
from streams.pipeline import Pipeline
from streams.policy import policy_from
from streams.stages import Hop, LinkMessage

NOW = 1_767_225_600_000
KEYRING = Keyring({"k1": b"a key for tests only"})


@cache
def pipeline() -> Pipeline:
    return Pipeline(KEYRING, policy_from(KEYRING), Gazetteer())


class Store:
    """States as bytes by key, as RocksDB keeps them."""

    def __init__(self) -> None:
        self.states: dict[str, bytes] = {}
        self.alerts = 0

    def see(self, device: str, number: int, subject: str, at: int) -> None:
        key = f"LIVE|device|k1:{device}"
        sighting = Sighting(
            f"e{number}", "didit", f"s{number}", at, Decision.APPROVED, ("company", subject), True
        )
        old = self.states.get(key)
        before = msgspec.msgpack.decode(old, type=LinkState) if old else None
        after, outputs = pipeline().link(LinkMessage(Hop(key, sighting)), before, NOW)
        if after is not before:
            self.states[key] = msgspec.msgpack.encode(after)
        self.alerts += sum(isinstance(output, Alert) for output in outputs)

    def cost(self, device: str, numbers: range, subject: str | None, every_ms: int) -> float:
        """Mean seconds of processor time per sighting."""
        began = time.process_time()
        for n in numbers:
            self.see(device or str(n), n, subject or f"c{n}", NOW + n * every_ms)
        return (time.process_time() - began) / len(numbers)


def test_many_devices_cost_no_more_each() -> None:
    store = Store()
    first = store.cost("", range(2_000), None, 1)
    store.cost("", range(2_000, 60_000), None, 1)
    assert store.cost("", range(60_000, 62_000), None, 1) < 5 * first


def test_a_kiosk_of_many_sessions_is_small_and_cheap() -> None:
    store = Store()
    young = store.cost("kiosk", range(20), None, 2_000)
    old = store.cost("kiosk", range(20, 30_000), None, 2_000)
    assert old < young
    assert len(store.states["LIVE|device|k1:kiosk"]) < 1024
    assert store.alerts == 3, "LOW, HIGH, and that it is shared"


def test_a_test_device_of_one_subject_is_bounded() -> None:
    store = Store()
    early = store.cost("bench", range(500), "one", 2_000)
    assert store.cost("bench", range(500, 5_000), "one", 2_000) < 5 * early
    assert len(store.states["LIVE|device|k1:bench"]) < 16 * 1024
    assert store.alerts == 0
