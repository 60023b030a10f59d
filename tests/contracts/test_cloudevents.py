"""The CloudEvents SDK reads our records strictly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka, to_binary
from cloudevents.core.formats.base import Format
from cloudevents.core.v1.event import CloudEvent

from streams.contracts.avro import ce_headers, decode, encode_alert, encode_verification
from streams.contracts.model import Alert, Verification
from tests.support.contract_shapes import alert, verification


class Avro(Format):
    """Data as bytes: what `application/avro` is stays the subscriber's matter."""

    def read_data(self, body: bytes, datacontenttype: str | None) -> bytes:
        assert datacontenttype == "application/avro"
        return body

    def write_data(self, data: Any, datacontenttype: str | None) -> bytes:
        assert datacontenttype == "application/avro"
        return bytes(data)

    def read(self, event_factory: Any, data: str | bytes) -> BaseCloudEvent:
        raise AssertionError("taken for structured mode")

    def write(self, event: BaseCloudEvent) -> bytes:
        raise NotImplementedError

    def get_content_type(self) -> str:
        raise NotImplementedError


CASES = {
    "verification": (verification(subject_id="cust-42"), encode_verification),
    "verification without a subject": (verification(subject_id=None), encode_verification),
    "verification of somebody abroad": (
        verification(subject_id="Žofie/Ünal 7"),
        encode_verification,
    ),
    "alert": (alert(), encode_alert),
}


@pytest.mark.parametrize("case", CASES)
def test_the_sdk_reads_what_we_write(case: str) -> None:
    event, encode = CASES[case]
    message = KafkaMessage(dict(ce_headers(event)), event.subject_key.encode(), encode(event))
    read = from_kafka(message, Avro())
    # The constructor refuses attributes that the specification does not allow.
    assert isinstance(read, CloudEvent)
    assert read.get_id() == identity(event)
    assert read.get_type() == kind(event)
    assert read.get_source() == f"/idv-streams/{event.vendor}"
    assert read.get_specversion() == "1.0"
    assert read.get_datacontenttype() == "application/avro"
    assert read.get_subject() == event.subject_key == read.get_extension("partitionkey")
    assert read.get_time() == datetime.fromtimestamp(event.occurred_at / 1000, UTC)
    _, record = decode(read.get_data())
    assert identity(event) in (record.get("event_id"), record.get("alert_id"))


@pytest.mark.parametrize("case", CASES)
def test_the_sdk_would_write_the_same(case: str) -> None:
    event, encode = CASES[case]
    message = KafkaMessage(dict(ce_headers(event)), event.subject_key.encode(), encode(event))
    written = to_binary(from_kafka(message, Avro()), Avro())
    # It adds the key as an extension, and writes microseconds.
    assert written.headers.pop("ce_partitionkey") == message.key
    assert moment(written) == moment(message)
    assert (written.headers, written.value) == (message.headers, message.value)


def moment(message: KafkaMessage) -> datetime:
    return datetime.fromisoformat(message.headers.pop("ce_time").decode())


def identity(event: Verification | Alert) -> str:
    return event.alert_id if isinstance(event, Alert) else event.event_id


def kind(event: Verification | Alert) -> str:
    return f"alert.{event.rule}" if isinstance(event, Alert) else event.event_type
