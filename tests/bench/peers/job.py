"""The job as every peer runs it: the pure functions of `streams/` between bytes and records.

Peers differ only in reading, state, sending and commits. The worker also counts its outputs for
Prometheus, which no peer does.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Raw

from streams.config.settings import Settings
from streams.contracts.avro import ce_headers, encode_alert, encode_verification
from streams.contracts.model import Alert, RawRecord, Rejection, Verification
from streams.pipeline.links.link import LinkState
from streams.pipeline.messages import EventEnvelope, LinkMessage, Output, ToLink, ToSession
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.sessions.session import SessionState
from streams.vendors import VENDORS
from streams.worker.codec import Packed, rejected_headers

LINKS, SESSIONS = "idv.stage.links", "idv.stage.sessions"
RAW = {f"idv.raw.{vendor}": vendor for vendor in VENDORS}
OUTPUTS = (LINKS, SESSIONS, "idv.verifications", "idv.alerts", "idv.rejected")
# As the worker: 500 records or 2 MiB at once, a commit every second.
BATCH_RECORDS = 500
COMMIT_S = 1.0
LINGER_MS = 5
LARGEST = 8 * 1024 * 1024

link_messages = Packed(LinkMessage[Raw])
envelopes = Packed(EventEnvelope[Verification])
link_states = Packed(LinkState)
session_states = Packed(SessionState)


class Out(NamedTuple):
    """A record to send."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Peer(NamedTuple):
    """What a peer is started with."""

    bootstrap: str
    group: str
    folder: Path


def arguments() -> Peer:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parsed = parser.parse_args()
    parsed.folder.mkdir(parents=True, exist_ok=True)
    return Peer(parsed.bootstrap, parsed.group, parsed.folder)


def wall_clock() -> int:
    return time.time_ns() // 1_000_000


class Job:
    """The three stages. `links` and `sessions` take and return the state of one key."""

    def __init__(self) -> None:
        settings = Settings(profile="dev", cases={"enabled": False})
        self._pipeline = Pipeline(
            settings.keyring(), settings.policy(), settings.places(), settings.ip_lookup()
        )

    def normalize(self, record: RawRecord) -> list[Out]:
        outputs = self._pipeline.normalize(RAW[record.topic], record)
        return list(_encoded(record, outputs))

    def links(
        self, record: RawRecord, message: LinkMessage[Raw], state: LinkState | None
    ) -> tuple[LinkState | None, list[Out]]:
        after, outputs = self._pipeline.link(message, state, wall_clock())
        return after, list(_encoded(record, outputs))

    def sessions(
        self, record: RawRecord, envelope: EventEnvelope[Verification], state: SessionState | None
    ) -> tuple[SessionState | None, list[Out]]:
        after, outputs = self._pipeline.session(envelope, state, wall_clock())
        return after, list(_encoded(record, outputs))


class Stateful(NamedTuple):
    """A stage with state: how its messages and states are packed, and which step it is."""

    topic: str
    messages: Packed[Any]
    states: Packed[Any]
    step: Any

    def on_bytes(self, record: RawRecord, stored: bytes | None) -> tuple[bytes | None, list[Out]]:
        """The same with encoded state; None: unchanged."""
        before = None if stored is None else self.states.decode(stored)
        after, outputs = self.step(record, self.messages.decode(record.value or b""), before)
        return None if after is before else self.states.encode(after), outputs


def stateful(job: Job) -> tuple[Stateful, Stateful]:
    return (
        Stateful(LINKS, link_messages, link_states, job.links),
        Stateful(SESSIONS, envelopes, session_states, job.sessions),
    )


def _encoded(record: RawRecord, outputs: Iterable[Output]) -> Iterator[Out]:
    for output in outputs:
        match output:
            case ToLink(message):
                yield Out(LINKS, message.visit.key.encode(), link_messages.encode(message), [])
            case ToSession(envelope):
                key = envelope.session_key.encode()
                yield Out(SESSIONS, key, envelopes.encode(envelope), [])
            case Verification():
                key, value = output.subject_key.encode(), encode_verification(output)
                yield Out("idv.verifications", key, value, ce_headers(output))
            case Alert():
                key, value = output.subject_key.encode(), encode_alert(output)
                yield Out("idv.alerts", key, value, ce_headers(output))
            case Rejection():
                headers = rejected_headers(record, output)
                yield Out("idv.rejected", record.key, record.value, headers)
