"""The links stage on RocksDB, in batches as the worker works, without Kafka and Faust."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import rocksdict

from streams.contracts.model import Alert, Decision
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.links.link import LinkState
from streams.pipeline.messages import LinkMessage, LinkVisit, Sighting
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from streams.worker.codec import Packed
from streams.worker.state.overlay import Overlay

NOW = 1_767_225_600_000
BATCH = 500
_STATES = Packed(LinkState)
_KEYRING = Keyring({"k1": b"a key for tests only"})


@cache
def pipeline() -> Pipeline:
    return Pipeline(_KEYRING, policy_from(_KEYRING), Gazetteer())


class Use(NamedTuple):
    """One session of a subject on a device, so many ms after the beginning."""

    device: str
    session: int
    subject: str
    after_ms: int

    @property
    def key(self) -> str:
        return f"LIVE|device|k1:{self.device}"

    @property
    def sighting(self) -> Sighting:
        return Sighting(
            f"e{self.session}", "didit", f"s{self.session}", NOW + self.after_ms,
            Decision.APPROVED, ("company", self.subject), True,
        )  # fmt: skip


Measure = Callable[[Callable[[], None]], float]
"""What running something costs."""


def microseconds(work: Callable[[], None]) -> float:
    """Of processor time."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1e6


def calls(work: Callable[[], None]) -> float:
    """Calls of functions, the interpreter's own too: the same however busy the machine is."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


class Links:
    """States of links in a folder."""

    def __init__(self, folder: Path, measure: Measure = microseconds) -> None:
        self._measure = measure
        self._db = rocksdict.Rdict(str(folder), options=rocksdict.Options(raw_mode=True))
        self.alerts = 0

    def close(self) -> None:
        self._db.close()

    def bytes_of(self, device: str) -> int:
        return len(self._db[f"LIVE|device|k1:{device}".encode()])

    def cost(self, uses: Iterable[Use]) -> float:
        """The mean of each."""
        waiting = list(uses)

        def work() -> None:
            for start in range(0, len(waiting), BATCH):
                self._see(waiting[start : start + BATCH])

        return self._measure(work) / len(waiting)

    def _see(self, batch: list[Use]) -> None:
        states = Overlay(self._db.get, _STATES.decode, _STATES.encode)
        for use in batch:
            before = states.get(use.key)
            message = LinkMessage(LinkVisit(use.key, use.sighting))
            after, outputs = pipeline().link(message, before, NOW)
            if after is not before:
                states.set(use.key, after)
            self.alerts += sum(isinstance(output, Alert) for output in outputs)
        written = rocksdict.WriteBatch(raw_mode=True)
        for key, value in states.changes().items():
            written.put(key, value)
        self._db.write(written)
