"""Internal bytes: one version byte, and readers one release older or newer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, Struct

from streams.config.settings import Settings
from streams.contracts.model import RawRecord, Rejection, Verification
from streams.pipeline.local import Offline
from streams.pipeline.messages import (
    CaseMessage,
    EventEnvelope,
    LinkMessage,
    Output,
    ToCase,
    ToLink,
    ToSession,
)
from streams.pipeline.pipeline import Pipeline
from streams.worker.codec import VERSION, Packed, raw_record, rejected_headers
from tests.support.traffic import traffic


class Old(Struct, omit_defaults=True):
    key: str
    count: int = 0


class Inner(Struct, omit_defaults=True):
    name: str
    extra: str = "new"


class New(Struct, omit_defaults=True):
    key: str
    count: int = 0
    added: list[Inner] = []


def test_the_first_byte_is_the_version() -> None:
    assert Packed(Old).encode(Old("a"))[:1] == VERSION


def test_a_newer_reader_takes_defaults_for_what_an_older_one_did_not_write() -> None:
    assert Packed(New).decode(Packed(Old).encode(Old("a", 3))) == New("a", 3, [])


def test_an_older_reader_ignores_what_a_newer_one_added() -> None:
    written = Packed(New).encode(New("a", 3, [Inner("x", "y")]))
    assert Packed(Old).decode(written) == Old("a", 3)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x02\x80", VERSION, VERSION + b"\xc1"])
def test_what_this_version_cannot_read_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the many errors of one reader, all ValueErrors.
        Packed(Old).decode(data)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for packed in (VERSION + data, data):
        try:
            Packed(New).decode(packed)
        except ValueError:
            continue


def _consumed(**changes: object) -> SimpleNamespace:
    fields = {"topic": "idv.raw.didit", "partition": 1, "offset": 7, "timestamp": 99, "key": b"k",
              "value": b"v", "headers": (("a", b"\xff"), ("b", None))}  # fmt: skip
    return SimpleNamespace(**(fields | changes))


def test_a_rejected_record_keeps_its_headers_and_tells_why_and_where() -> None:
    headers = rejected_headers(raw_record(_consumed()), Rejection("invalid_json", "no object"))
    assert headers == [
        ("a", b"\xff"),
        ("b", b""),
        ("idv.error.code", b"invalid_json"),
        ("idv.error.stage", b"normalize"),
        ("idv.error.message", b"no object"),
        ("idv.error.timestamp", b"99"),
        ("__streams.errors.topic", b"idv.raw.didit"),
        ("__streams.errors.partition", b"1"),
        ("__streams.errors.offset", b"7"),
    ]


def test_a_tombstone_is_a_record_without_value() -> None:
    assert raw_record(_consumed(key=None, value=None)).value is None


class OnBytes:
    """The stages as a worker runs them: what passes between two of them is packed."""

    links = Packed(LinkMessage[Raw])
    sessions = Packed(EventEnvelope[Verification])
    cases = Packed(CaseMessage)

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._states: dict[str, Any] = {}

    def run(self, vendor: str, record: RawRecord) -> Iterator[Output[Any]]:
        pending = deque(self._pipeline.normalize(vendor, record))
        while pending:
            match output := pending.popleft():
                case ToLink(message):
                    sent = self.links.decode(self.links.encode(message))
                    pending.extend(self._step(self._pipeline.link, sent.visit.key, sent))
                case ToSession(envelope):
                    came = self.sessions.decode(self.sessions.encode(envelope))
                    pending.extend(self._step(self._pipeline.session, came.session_key, came))
                case ToCase(message):
                    told = self.cases.decode(self.cases.encode(message))
                    pending.extend(self._step(self._pipeline.case, f"case {told.key}", told))
                case _:
                    yield output

    def _step(self, step: Callable[..., Any], key: str, message: Any) -> list[Output[Any]]:
        self._states[key], outputs = step(message, self._states.get(key), 0)
        found: list[Output[Any]] = outputs
        return found


def test_events_that_travel_as_bytes_come_out_as_those_that_do_not() -> None:
    settings = Settings(profile="dev")
    parts = settings.keyring(), settings.policy(), settings.places()
    packed, plain = OnBytes(Pipeline(*parts)), Offline(Pipeline(*parts))
    duplicates = 0
    for number, delivery in enumerate(traffic(3, 400, 20, whole=True)):
        topic = f"idv.raw.{delivery.vendor}"
        record = RawRecord(topic, 0, number, 1_778_752_800_000, delivery.key, delivery.value)
        expected = list(plain.outputs(delivery.vendor, record, 0))
        assert list(packed.run(delivery.vendor, record)) == expected
        events = [e for e in expected if isinstance(e, Verification)]
        duplicates += sum(len(e.enrichment.duplicates) for e in events)
    assert duplicates
