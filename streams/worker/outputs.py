"""Encodes outputs of stages as records: keys, values, headers, size limits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from streams.contracts.avro import ce_headers, encode_alert, encode_case, encode_verification
from streams.contracts.model import Alert, Case, RawRecord, Rejection, Verification
from streams.contracts.topics import ALERTS, CASES, REJECTED, STAGE_TOPICS, VERIFICATIONS
from streams.contracts.topics import load as load_topics
from streams.kafka.dead_letters import APPENDED, CUT
from streams.kafka.producer import Outgoing
from streams.pipeline.messages import (
    CaseMessage,
    EventEnvelope,
    LinkMessage,
    Output,
    ToCase,
    ToLink,
    ToSession,
)
from streams.worker.codec import Packed, rejected_headers

# Links forward events as the received bytes.
LINK_MESSAGES = Packed(LinkMessage[Raw])
ENVELOPES = Packed(EventEnvelope[Verification])
CASE_MESSAGES = Packed(CaseMessage)


def sendable(
    record: RawRecord, output: Output[Any], stage: str, prefixes: Mapping[str, bytes]
) -> tuple[Output[Any], Outgoing | None]:
    """The output and the record to send; None if it is only counted. An output that cannot be
    encoded, or is too large for its topic, becomes a rejection of the record.
    """
    try:
        sent = _encoded(record, output, prefixes)
        if sent is None or _fits(sent):
            return output, sent
        rejection = Rejection("too_large", "its output is larger than its topic allows", stage)
    except Exception as error:
        rejection = Rejection("internal_error", f"a bug: {type(error).__name__}", stage)
    return rejection, _encoded(record, rejection, prefixes)


def _encoded(
    record: RawRecord, output: Output[Any], prefixes: Mapping[str, bytes]
) -> Outgoing | None:
    match output:
        case ToLink(message):
            key = message.visit.key.encode()
            return Outgoing(STAGE_TOPICS["links"], key, LINK_MESSAGES.encode(message))
        case ToSession(envelope):
            key = envelope.session_key.encode()
            return Outgoing(STAGE_TOPICS["sessions"], key, ENVELOPES.encode(envelope))
        case ToCase(message):
            return Outgoing(
                STAGE_TOPICS["cases"], message.key.encode(), CASE_MESSAGES.encode(message)
            )
        case Case():
            value = encode_case(output, prefixes["case"])
            return Outgoing(CASES, output.key.encode(), value, ce_headers(output))
        case Verification():
            value = encode_verification(output, prefixes["verification"])
            key = output.subject_key.encode()
            return Outgoing(VERIFICATIONS, key, value, ce_headers(output))
        case Alert():
            value = encode_alert(output, prefixes["alert"])
            key = output.subject_key.encode()
            return Outgoing(ALERTS, key, value, ce_headers(output))
        case Rejection():
            headers = rejected_headers(record, output)
            return _cut_to_fit(Outgoing(REJECTED, record.key, record.value, headers))
    return None


_LIMITS = {topic.name: topic.max_message_bytes for topic in load_topics().topics}
# Overhead of Kafka per record and batch, rounded up.
_FRAME_BYTES = 512
_KEY_MAX = 64 * 1024


def _fits(record: Outgoing) -> bool:
    """False for a record that Kafka would refuse: the process would end at every restart."""
    return _size(record) <= _LIMITS[record.topic]


def _size(record: Outgoing) -> int:
    headers = sum([4 * len(name) + len(value) + 16 for name, value in record.headers])
    return len(record.key or b"") + len(record.value or b"") + headers + _FRAME_BYTES


def _cut_to_fit(letter: Outgoing) -> Outgoing:
    """A record that arrived compressed may be larger than any topic allows. Its dead letter has the
    first part, with size and hash of the whole. The original stays on its own topic until that
    topic's retention ends.
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
