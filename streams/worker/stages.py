"""The three stages as batches of Kafka records: decode, run the pure stage, encode what it says."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import faust
import msgspec
from msgspec import Raw
from msgspec.structs import replace

from streams.contracts.avro import PREFIXES, ce_headers, encode_alert, encode_verification
from streams.contracts.model import Alert, Drop, Environment, RawRecord, Rejection, Verification
from streams.contracts.topics import ALERTS, REJECTED, STAGE_TOPICS, VERIFICATIONS, raw_topic
from streams.contracts.topics import load as load_topics
from streams.kafka.dead_letters import APPENDED, CUT
from streams.pipeline.enrichments import ENRICHMENTS
from streams.pipeline.event_time import MAX_CLOCK_SKEW_MS
from streams.pipeline.links import erasure
from streams.pipeline.links import link as duplicates
from streams.pipeline.links.link import LinkState
from streams.pipeline.messages import (
    Erasure,
    EventEnvelope,
    Failed,
    LinkMessage,
    Output,
    Replayed,
    Shadowed,
    Suppressed,
    ToLink,
    ToSession,
)
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import Policy
from streams.pipeline.sessions import session as order
from streams.pipeline.sessions.session import SessionState, belongs_to
from streams.worker.checkpoint import Stage
from streams.worker.codec import ERASURES, Packed, rejected_headers
from streams.worker.ops import drift, metrics
from streams.worker.producer import Outgoing
from streams.worker.state.store import Overlay
from streams.worker.state.sweep import Lifetime

T = TypeVar("T")
M = TypeVar("M")
S = TypeVar("S")

LINKS, SESSIONS = STAGE_TOPICS
# As long as an approval usually holds, so that its lapse still meets the session that it ends.
SESSION_LIFETIME_MS = 400 * 24 * 3_600_000

# Links pass events on as the bytes in which they came.
_link_messages = Packed(LinkMessage[Raw])
_envelopes = Packed(EventEnvelope[Verification])
_link_states = Packed(LinkState)
_session_states = Packed(SessionState)


def stages(
    pipeline: Pipeline,
    tables: Mapping[str, faust.Table[bytes, bytes]],
    environments: Mapping[str, Environment],
    vendors: Iterable[str],
    prefixes: Mapping[str, bytes] = PREFIXES,
) -> Iterator[Stage]:
    """Every stage: one for each vendor's topic, then links, sessions."""
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


def lifetimes(policy: Policy) -> dict[str, Lifetime]:
    """How long the states of each table live."""
    links = policy.links
    return {
        LINKS: Lifetime(
            links.lifetime_ms,
            lambda state: (
                None
                if (decoded := _decoded(_link_states, state)) is None
                else duplicates.expires_at(decoded, links)
            ),
        ),
        SESSIONS: Lifetime(
            SESSION_LIFETIME_MS,
            lambda state: (
                None
                if (decoded := _decoded(_session_states, state)) is None
                else order.expires_at(decoded, SESSION_LIFETIME_MS)
            ),
        ),
    }


class _Batch:
    """Turns what a stage says into records to send, and counts it once it is delivered."""

    stage: str

    def __init__(self, prefixes: Mapping[str, bytes] = PREFIXES) -> None:
        self.prefixes = prefixes
        self.outputs: list[Outgoing] = []
        self._said: list[tuple[str, Output[Any]]] = []

    def changes(self) -> dict[bytes, bytes | None]:
        return {}

    def count(self, now: int) -> None:
        for (counter, *labels), times in Counter(self._counted(now)).items():
            counter.labels(*labels).inc(times)

    def _counted(self, now: int) -> Iterator[tuple[Any, ...]]:
        for vendor, output in self._said:
            yield from _counts(self.stage, vendor, output, now)

    def say(self, record: RawRecord, vendor: str, outputs: Iterable[Output[Any]]) -> None:
        for output in outputs:
            try:
                sent = self._encoded(record, output)
                if sent and not _fits(sent):
                    raise _TooLargeError
            except Exception as error:
                # A bug, or a value that its topic would never take; the record is kept either way.
                output = _unsendable(error, self.stage)
                sent = self._encoded(record, output)
            if sent:
                self.outputs.append(sent)
            self._said.append((vendor, output))

    def _encoded(self, record: RawRecord, output: Output[Any]) -> Outgoing | None:
        """The record to send; None for what is only counted."""
        match output:
            case ToLink(message):
                key = message.visit.key.encode()
                return Outgoing(STAGE_TOPICS[LINKS], key, _link_messages.encode(message))
            case ToSession(envelope):
                key = envelope.session_key.encode()
                return Outgoing(STAGE_TOPICS[SESSIONS], key, _envelopes.encode(envelope))
            case Verification():
                value = encode_verification(output, self.prefixes["verification"])
                key = output.subject_key.encode()
                return Outgoing(VERIFICATIONS, key, value, ce_headers(output))
            case Alert():
                value = encode_alert(output, self.prefixes["alert"])
                key = output.subject_key.encode()
                return Outgoing(ALERTS, key, value, ce_headers(output))
            case Rejection():
                headers = rejected_headers(record, output)
                return _cut_to_fit(Outgoing(REJECTED, record.key, record.value, headers))
        return None


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
        self.say(record, self._vendor, outputs)


class Keyed(NamedTuple, Generic[M, S]):
    """A stage with state, on bytes: what its messages and states are, and what it does to them."""

    name: str
    messages: Packed[M]
    states: Packed[S]
    place: Callable[[M], tuple[str, str]]
    """Of a message: the key of its state, and its vendor."""
    step: Callable[[M, S | None, int], tuple[S | None, list[Output[Any]]]]
    forget: Callable[[S, Erasure], S | None]
    """What is left of a state; itself where it knows nothing of the subject."""


def keyed(
    pipeline: Pipeline,
) -> tuple[Keyed[LinkMessage[Raw], LinkState], Keyed[EventEnvelope[Verification], SessionState]]:
    """Links and sessions. All records of a key have one partition, so one order."""
    return (
        Keyed(
            LINKS,
            _link_messages,
            _link_states,
            lambda message: (message.visit.key, message.visit.sighting.vendor),
            pipeline.link,
            lambda state, wish: erasure.without(state, wish.subjects, set(wish.sessions)),
        ),
        Keyed(
            SESSIONS,
            _envelopes,
            _session_states,
            lambda envelope: (envelope.session_key, envelope.event.vendor),
            pipeline.session,
            lambda state, wish: None if belongs_to(state, wish.subjects) else state,
        ),
    )


class KeyedBatch(_Batch, Generic[M, S]):
    """Records of one partition of a stage's topic, over the partition's state."""

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
        message = _decoded(self._keyed.messages, record.value)
        if message is None:
            self._control(record)
            return
        key, vendor = self._keyed.place(message)
        before = self._state.get(key)
        while self._state.unreadable:
            # Damaged, or of a release that this one cannot read: the key begins anew.
            kept = replace(record, value=self._state.unreadable.pop())
            self.say(kept, vendor, [_UNREADABLE_STATE])
        after, outputs = self._keyed.step(message, before, now)
        if after is not before:
            self._state.set(key, after)
        self.say(record, vendor, outputs)

    def _control(self, record: RawRecord) -> None:
        """A record that is no event of this stage: an erasure, or nothing of ours."""
        wish = _decoded(ERASURES, record.value)
        if wish is None:
            self.say(record, "none", [_UNREADABLE])
            return
        before = self._state.get(wish.key)
        after = None if before is None else self._keyed.forget(before, wish)
        if after is not before:
            self._state.set(wish.key, after)


class _TooLargeError(Exception):
    """A record that its topic refuses, now and whenever it is sent again."""


_LIMITS = {topic.name: topic.max_message_bytes for topic in load_topics().topics}
# What Kafka adds to a record and its batch, generously.
_FRAME_BYTES = 512
_KEY_MAX = 64 * 1024


def _fits(record: Outgoing) -> bool:
    """Sent, a larger one would fail, end the process, and meet the next: it must not be sent."""
    return _size(record) <= _LIMITS[record.topic]


def _size(record: Outgoing) -> int:
    headers = sum([4 * len(name) + len(value) + 16 for name, value in record.headers])
    return len(record.key or b"") + len(record.value or b"") + headers + _FRAME_BYTES


def _cut_to_fit(letter: Outgoing) -> Outgoing:
    """A record that was compressed on its way here may be larger than any topic takes. Of such a
    one the dead letter holds the beginning, and how long the whole was and its hash; it stands on
    its own topic for as long as that keeps it.
    """
    if _fits(letter):
        return letter
    value = letter.value or b""
    cut = f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}".encode()
    appended = [(CUT, cut), *letter.headers[-len(APPENDED) :]]
    key = letter.key if len(letter.key or b"") <= _KEY_MAX else None
    bare = Outgoing(REJECTED, key, b"", appended)
    own = letter.headers[: -len(APPENDED)]
    whole = bare._replace(headers=[*own, *appended])
    kept = whole if _size(whole) <= _LIMITS[REJECTED] // 2 else bare
    return kept._replace(value=value[: _LIMITS[REJECTED] - _size(kept)])


def _unsendable(error: Exception, stage: str) -> Rejection:
    if isinstance(error, _TooLargeError):
        return Rejection("too_large", "what it leads to is larger than its topic allows", stage)
    return Rejection("internal_error", f"a bug: {type(error).__name__}", stage)


_UNREADABLE_STATE = Rejection(
    "internal_error", "the bytes are a state that cannot be read", "state"
)
_UNREADABLE = Rejection("internal_error", "not a message of this release's stages", "stage")


def _decoded(packed: Packed[T], value: bytes | None) -> T | None:
    """The message, or None for bytes that no stage of ours wrote."""
    try:
        return packed.decode(value or b"")
    except (ValueError, msgspec.MsgspecError):
        return None


def _counts(stage: str, vendor: str, output: Output[Any], now: int) -> Iterator[tuple[Any, ...]]:
    """Each counter that an output moves by one, with its labels."""
    match output:
        case ToLink() | ToSession():
            return  # Most outputs, and counted by the stage that they go to.
        case Verification():
            yield metrics.events, vendor, output.decision
            metrics.end_to_end.observe(max(0, now - output.ingested_at) / 1000)
            drift.count_unmapped(output)
            for duplicate in output.enrichment.duplicates:
                yield metrics.duplicates, duplicate.link
            for name, enrichment in ENRICHMENTS.items():
                for value in enrichment.counted(output):
                    yield metrics.findings[name], value
        case Alert():
            yield metrics.alerts, output.rule, output.severity
        case Shadowed(alert):
            yield metrics.shadow_alerts, alert.rule, alert.severity
        case Suppressed(alert):
            yield metrics.cooled_alerts, alert.rule, alert.severity
        case Rejection():
            yield metrics.rejected, vendor, output.code
        case Drop():
            yield metrics.dropped, vendor, output.code
        case Replayed():
            yield metrics.replayed, stage
        case Failed():
            yield metrics.enrichment_failures, output.part
