"""The stages on batches of Kafka records: decode, run the pure stage, encode its outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import faust
from msgspec import Raw, ValidationError
from msgspec.structs import replace

from streams.contracts.avro import PREFIXES, decode, decode_body, typed
from streams.contracts.model import (
    GIVEN_VERDICTS,
    Disposition,
    Environment,
    RawRecord,
    Rejection,
    Verification,
)
from streams.contracts.topics import CASES, DISPOSITIONS, STAGE_TOPICS, raw_topic
from streams.kafka.producer import Outgoing
from streams.pipeline.cases import case
from streams.pipeline.cases.case import CaseRecord
from streams.pipeline.event_time import MAX_CLOCK_SKEW_MS
from streams.pipeline.links import link
from streams.pipeline.links.link import LinkState
from streams.pipeline.messages import (
    CaseMessage,
    Erasure,
    EventEnvelope,
    LinkMessage,
    Output,
    ToCase,
)
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import Policy
from streams.pipeline.sessions import session
from streams.pipeline.sessions.session import SessionState
from streams.worker.codec import ERASURES, Packed, decoded
from streams.worker.erasures import erased_from_case, erased_from_link, erased_from_session
from streams.worker.ops import counts, drift, metrics
from streams.worker.outputs import CASE_MESSAGES, ENVELOPES, LINK_MESSAGES, sendable
from streams.worker.runtime import Stage
from streams.worker.state.overlay import Overlay
from streams.worker.state.sweep import Lifetime

M = TypeVar("M")
S = TypeVar("S")

LINKS, SESSIONS, CASE_STAGE = STAGE_TOPICS
VERDICTS = "verdicts"
# Longer than approvals usually last, so that the session still exists when its approval lapses.
SESSION_LIFETIME_MS = 400 * 24 * 3_600_000

_link_states = Packed(LinkState)
_session_states = Packed(SessionState)
_case_states = Packed(CaseRecord)


def stages(
    pipeline: Pipeline,
    tables: Mapping[str, faust.Table[bytes, bytes]],
    environments: Mapping[str, Environment],
    vendors: Iterable[str],
    prefixes: Mapping[str, bytes] = PREFIXES,
) -> Iterator[Stage]:
    """All stages: normalize for each vendor's topic, links, sessions, cases, analysts' verdicts."""
    for vendor in vendors:
        default = environments.get(vendor, Environment.LIVE)
        yield Stage(
            "normalize",
            0,
            raw_topic(vendor),
            lambda _, v=vendor, d=default: NormalizeBatch(pipeline, v, d),  # type: ignore[misc]
        )
    for stage in keyed(pipeline):
        table = tables[stage.name]
        yield Stage(
            stage.name,
            metrics.STAGES.index(stage.name),
            STAGE_TOPICS[stage.name],
            lambda p, s=stage, t=table: KeyedBatch(s, t, p, prefixes),  # type: ignore[misc]
            table,
        )
    yield Stage(VERDICTS, 0, DISPOSITIONS, lambda _: VerdictBatch(prefixes))


def lifetimes(policy: Policy) -> dict[str, Lifetime]:
    """Table → lifetime of its states."""
    links = policy.links
    return {
        LINKS: Lifetime(
            links.lifetime_ms, _expiry(_link_states, lambda state: link.expires_at(state, links))
        ),
        SESSIONS: Lifetime(
            SESSION_LIFETIME_MS,
            _expiry(_session_states, lambda s: session.expires_at(s, SESSION_LIFETIME_MS)),
        ),
        CASE_STAGE: Lifetime(
            SESSION_LIFETIME_MS,
            _expiry(_case_states, lambda s: case.expires_at(s, SESSION_LIFETIME_MS)),
        ),
    }


def _expiry(states: Packed[S], expires_at: Callable[[S], int]) -> Callable[[bytes], int | None]:
    """Expiry of an encoded state; None if it cannot be decoded."""

    def expiry(value: bytes) -> int | None:
        state = decoded(states, value)
        return None if state is None else expires_at(state)

    return expiry


class _Batch:
    """Collects the outputs of a batch, to send and to count."""

    stage: str

    def __init__(self, prefixes: Mapping[str, bytes] = PREFIXES) -> None:
        self.prefixes = prefixes
        self.outputs: list[Outgoing] = []
        self._returned: list[tuple[str, Output[Any]]] = []

    def changes(self) -> dict[bytes, bytes | None]:
        return {}

    def count(self, now: int) -> None:
        counts.count(self.stage, self._returned, now)

    def add(self, record: RawRecord, vendor: str, outputs: Iterable[Output[Any]]) -> None:
        for output in outputs:
            final, sent = sendable(record, output, self.stage, self.prefixes)
            if sent:
                self.outputs.append(sent)
            self._returned.append((vendor, final))


class NormalizeBatch(_Batch):
    """Records of one vendor's raw topic."""

    stage = "normalize"

    def __init__(self, pipeline: Pipeline, vendor: str, default: Environment) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._vendor = vendor
        self._default = default

    def process(self, record: RawRecord, now: int) -> None:
        latest = now + MAX_CLOCK_SKEW_MS
        outputs = self._pipeline.normalize(self._vendor, record, self._default, latest)
        drift.sample(self._vendor, record, outputs)
        self.add(record, self._vendor, outputs)


class VerdictBatch(_Batch):
    """Analysts' verdicts, on their way to their cases."""

    stage = VERDICTS

    def process(self, record: RawRecord, now: int) -> None:
        del now
        try:
            verdict = self._read(record.value or b"")
        except (ValueError, ValidationError, EOFError, IndexError):
            verdict = None
        known = verdict is not None and verdict.verdict in GIVEN_VERDICTS
        output = ToCase(case.of_disposition(verdict)) if verdict and known else _UNREADABLE
        self.add(record, "none", [output])

    def _read(self, value: bytes) -> Disposition | None:
        """In our own encoding; no registry is asked for another release's."""
        prefix = self.prefixes["disposition"]
        if value.startswith(prefix):
            return typed(decode_body("disposition", value[len(prefix) :]), Disposition)
        kind, found = decode(value)
        return typed(found, Disposition) if kind == "disposition" else None


class Keyed(NamedTuple, Generic[M, S]):
    """A stage with state, on encoded messages and states."""

    name: str
    messages: Packed[M]
    states: Packed[S]
    key_and_vendor: Callable[[M], tuple[str, str]]
    """Message → key of its state, and vendor."""
    step: Callable[[M, S | None, int], tuple[S | None, list[Output[Any]]]]
    forget: Callable[[S, Erasure], S | None]
    """The rest of a state after an erasure; the same object if nothing changes."""
    published: Callable[[str], tuple[str, str]] | None = None
    """Key of a state → topic and key of the compacted record that publishes it."""


def keyed(
    pipeline: Pipeline,
) -> tuple[
    Keyed[LinkMessage[Raw], LinkState],
    Keyed[EventEnvelope[Verification], SessionState],
    Keyed[CaseMessage, CaseRecord],
]:
    """Links, sessions and cases. All records of a key are in one partition, so they are ordered."""
    return (
        Keyed(
            LINKS,
            LINK_MESSAGES,
            _link_states,
            lambda message: (message.visit.key, message.visit.sighting.vendor),
            pipeline.link,
            erased_from_link,
        ),
        Keyed(
            SESSIONS,
            ENVELOPES,
            _session_states,
            lambda envelope: (envelope.session_key, envelope.event.vendor),
            pipeline.session,
            erased_from_session,
        ),
        Keyed(
            CASE_STAGE,
            CASE_MESSAGES,
            _case_states,
            lambda message: (message.key, message.vendor),
            pipeline.case,
            erased_from_case,
            lambda key: (CASES, key.removeprefix(f"{Environment.LIVE}|")),
        ),
    )


class KeyedBatch(_Batch, Generic[M, S]):
    """Records of one partition of a stage's topic, with the partition's state."""

    def __init__(
        self,
        stage: Keyed[M, S],
        table: faust.Table[bytes, bytes],
        partition: int,
        prefixes: Mapping[str, bytes],
    ) -> None:
        super().__init__(prefixes)
        self.stage = stage.name
        self._keyed = stage
        read = table.data.read  # type: ignore[attr-defined]
        self._state: Overlay[S] = Overlay(
            lambda key: read(partition, key), stage.states.decode, stage.states.encode
        )

    def changes(self) -> dict[bytes, bytes | None]:
        return self._state.changes()

    def process(self, record: RawRecord, now: int) -> None:
        message = decoded(self._keyed.messages, record.value)
        if message is None:
            self._control(record)
            return
        key, vendor = self._keyed.key_and_vendor(message)
        before = self._state.get(key)
        while self._state.unreadable:
            # Damaged, or of an incompatible release: the key starts with empty state.
            kept = replace(record, value=self._state.unreadable.pop())
            self.add(kept, vendor, [_UNREADABLE_STATE])
        after, outputs = self._keyed.step(message, before, now)
        if after is not before:
            self._state.set(key, after)
        self.add(record, vendor, outputs)

    def _control(self, record: RawRecord) -> None:
        """Apply an erasure; reject any other record that is not an event of this stage."""
        request = decoded(ERASURES, record.value)
        if request is None:
            self.add(record, "none", [_UNREADABLE])
            return
        before = self._state.get(request.key)
        after = None if before is None else self._keyed.forget(before, request)
        if after is not before:
            self._state.set(request.key, after)
        if before is not None and after is None and self._keyed.published:
            topic, key = self._keyed.published(request.key)
            self.outputs.append(Outgoing(topic, key.encode(), None))


_UNREADABLE_STATE = Rejection(
    "internal_error", "the bytes are a state that cannot be read", "state"
)
_UNREADABLE = Rejection("internal_error", "not a message of this release's stages", "stage")
