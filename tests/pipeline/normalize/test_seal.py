"""Sealing: event ids, keyed hashes, person keys, and data of the Kafka record."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.model import Drop, Environment, RawRecord, Rejection, Source, Verification
from streams.pipeline.normalize.digest import HOUR_MS
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.normalize import Normalized, normalize
from streams.pipeline.normalize.parse import MAX_TEXT
from streams.pipeline.normalize.seal import is_junk

RING = Keyring({"k1": b"a key for these tests"})
TEN = 1_778_752_800_000  # 2026-05-14T10:00:00Z

DIDIT: dict[str, Any] = {
    "event_id": "event-1",
    "webhook_type": "status.updated",
    "session_id": "session-1",
    "status": "Approved",
    "vendor_data": "cust-1",
    "timestamp": TEN // 1000 - 60,
    "decision": {
        "session_id": "session-1",
        "status": "Approved",
        "vendor_data": "cust-1",
        "id_verifications": [
            {
                "status": "Approved",
                "node_id": "id",
                "document_type": "Passport",
                "document_number": "AB 123-456",
                "issuing_state": "PRT",
                "first_name": "Inês",
                "last_name": "Sarmento",
                "date_of_birth": "1990-03-01",
                "portrait_image": "https://media.example/p.jpg?sig=1",
                "warnings": [],
            }
        ],
        "ip_analyses": [
            {"status": "Approved", "node_id": "ip", "device_fingerprint": "fp-1f2e3d4c5b6a"}
        ],
    },
}
BARE = DIDIT["decision"]


def seal(
    payload: Any,
    *,
    vendor: str = "didit",
    timestamp: int = TEN,
    offset: int = 0,
    ring: Keyring = RING,
    **headers: str,
) -> Normalized:
    value = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    named = tuple((k.replace("_", "-"), v.encode()) for k, v in headers.items())
    record = RawRecord(f"idv.raw.{vendor}", 3, offset, timestamp, None, value, named)
    result = normalize(vendor, record, ring)
    assert isinstance(result, Normalized), result
    return result


def event(payload: Any, **given: Any) -> Verification:
    return seal(payload, **given).event


def changed(payload: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(payload)), **fields}


# -- event ids ---------------------------------------------------------------------------------


def test_a_redelivery_has_the_same_id() -> None:
    first, again = event(DIDIT), event(DIDIT, timestamp=TEN + 5 * HOUR_MS, offset=9)
    assert first.event_id == again.event_id
    assert (first.raw.offset, again.raw.offset) == (0, 9)


def test_the_vendors_event_id_decides_where_there_is_one() -> None:
    assert event(DIDIT).event_id == event(changed(DIDIT, status="Declined")).event_id
    assert event(DIDIT).event_id != event(changed(DIDIT, event_id="event-2")).event_id
    other = changed(DIDIT, session_id="session-2")
    other["decision"]["session_id"] = "session-2"
    assert event(DIDIT).event_id != event(other).event_id


def test_signed_links_and_key_order_are_not_content() -> None:
    signed = json.loads(json.dumps(BARE).replace("sig=1", "sig=2&expires=9"))
    reordered = dict(reversed(list(BARE.items())))
    assert len({event(p).event_id for p in (BARE, signed, reordered)}) == 1
    assert event(BARE).event_id != event(changed(BARE, status="Declined")).event_id


def test_unordered_states_of_other_hours_are_other_events_with_one_digest() -> None:
    first, later = seal(BARE), seal(BARE, timestamp=TEN + HOUR_MS)
    assert first.event.event_id != later.event.event_id
    assert first.digest is not None
    assert first.digest == later.digest
    assert seal(DIDIT).digest is None


@given(st.permutations(list(BARE)))
def test_no_order_of_fields_changes_the_event(order: list[str]) -> None:
    plain, reordered = event(BARE), event({name: BARE[name] for name in order})
    assert msgspec.structs.replace(reordered, raw=plain.raw) == plain


# -- the record --------------------------------------------------------------------------------


def test_headers_tell_whose_it_is_and_where_it_belongs() -> None:
    nobody = changed(DIDIT, vendor_data=None)
    nobody["decision"]["vendor_data"] = None
    assert event(nobody, idv_subject=" cust-7 ").subject_id == "cust-7"
    assert event(DIDIT, idv_subject="cust-7").subject_id == "cust-1"
    assert event(DIDIT, idv_environment="sandbox").environment is Environment.SANDBOX
    assert event(DIDIT, idv_environment="moon").environment is Environment.LIVE


def test_a_replay_carries_the_time_at_which_it_was_first_received() -> None:
    replayed = event(DIDIT, timestamp=TEN + HOUR_MS, idv_received_at="2026-05-14T10:00:00Z")
    assert replayed.ingested_at == TEN
    assert event(DIDIT, idv_received_at="2031-01-01T00:00:00Z").ingested_at == TEN
    assert event(DIDIT, idv_received_at="yesterday").ingested_at == TEN


def test_the_raw_reference_names_the_bytes() -> None:
    raw = event(DIDIT, offset=41).raw
    assert (raw.topic, raw.partition, raw.offset, len(raw.sha256)) == ("idv.raw.didit", 3, 41, 64)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (None, Drop("empty")),
        (b"", Drop("empty")),
        (b"null", Rejection("not_an_object", "the payload is null, not an object")),
    ],
)
def test_nothing_is_no_event(value: bytes | None, result: Drop | Rejection) -> None:
    record = RawRecord("idv.raw.didit", 0, 0, TEN, None, value)
    assert normalize("didit", record, RING) == result


# -- secrets -----------------------------------------------------------------------------------


def test_secrets_leave_only_as_keyed_hashes() -> None:
    sealed = event(DIDIT)
    text = msgspec.json.encode(sealed).decode()
    assert "fp-1f2e3d4c5b6a" not in text
    assert "123-456" not in text
    assert "123456" not in text
    assert sealed.devices[0].fingerprint is not None
    assert sealed.devices[0].fingerprint.startswith("k1:")


def test_a_new_key_writes_and_the_old_ones_are_looked_up() -> None:
    old = event(DIDIT)
    rotated = Keyring({"k2": b"the key that writes now", "k1": b"a key for these tests"})
    new = seal(DIDIT, ring=rotated)
    fingerprint = new.event.devices[0].fingerprint
    assert fingerprint is not None
    assert fingerprint.startswith("k2:")
    assert new.older_hashes[fingerprint] == [old.devices[0].fingerprint]


def test_one_value_under_two_names_has_two_hashes() -> None:
    assert RING.hash("device:didit", "x") != RING.hash("device:aiprise", "x")


@pytest.mark.parametrize(
    "fingerprint",
    ["", "unknown", "null", "N/A", "undefined", "0000000000", "00000000-0000-0000", "aaaaaaaaaaaa",
     "short", "   "],
)  # fmt: skip
def test_placeholders_are_no_fingerprints(fingerprint: str) -> None:
    assert is_junk(fingerprint)
    payload = changed(DIDIT)
    payload["decision"]["ip_analyses"][0]["device_fingerprint"] = fingerprint
    assert all(device.fingerprint is None for device in event(payload).devices)


# -- persons -----------------------------------------------------------------------------------


def person_key(**fields: Any) -> str | None:
    payload = changed(DIDIT)
    payload["decision"]["id_verifications"][0].update(fields)
    return event(payload).person_key


def test_a_document_names_its_person_however_it_is_written() -> None:
    assert person_key() is not None
    assert person_key() == person_key(document_number="ab123456", first_name="Ines")
    assert person_key() != person_key(issuing_state="ESP")
    assert person_key() != person_key(document_number="AB123457")


def test_without_a_document_name_and_birth_date_do() -> None:
    plain = person_key(document_number=None)
    assert plain is not None
    assert plain.startswith("name:")
    assert plain == person_key(document_number=None, first_name="INES")
    assert plain == person_key(document_number=None, first_name="Sarmento", last_name="Inês")
    assert plain != person_key(document_number=None, date_of_birth="1990-03-02")


def test_too_little_names_nobody() -> None:
    assert person_key(document_number="00000000", date_of_birth=None) is None
    assert person_key(document_number=None, last_name=None, full_name=None) is None


def test_what_the_vendor_reports_is_marked_as_the_vendors() -> None:
    payload = changed(DIDIT)
    payload["decision"]["liveness_checks"] = [
        {
            "status": "In Review",
            "node_id": "live",
            "matches": [{"session_id": "session-0", "similarity": 97, "vendor_data": "cust-0"}],
            "warnings": [{"feature": "LIVENESS", "risk": "DUPLICATED_FACE", "log_type": "warning"}],
        }
    ]
    found = [d for d in event(payload).enrichment.duplicates if d.source is Source.VENDOR]
    assert [(d.link, d.subjects_count, d.linked[0].session_id) for d in found] == [
        ("FACE", 2, "session-0")
    ]


@pytest.mark.parametrize(
    ("said", "environment", "flags"),
    [
        ("sandbox", Environment.SANDBOX, []),
        (" ", Environment.LIVE, []),
        ("SANDBX", Environment.LIVE, ["unmapped_value"]),
    ],
)
def test_an_environment_that_is_none_is_told(
    said: str, environment: Environment, flags: list[str]
) -> None:
    made = event(DIDIT, idv_environment=said)
    assert (made.environment, made.flags) == (environment, flags)


def test_a_text_without_end_is_cut_and_told() -> None:
    body = {**DIDIT["decision"], "notes": ["x" * MAX_TEXT, "y" * (MAX_TEXT + 1)]}
    made = event(changed(DIDIT, decision=body))
    assert made.flags == ["truncated"]
    assert "too_long:decision.notes[]" in made.reasons


def test_long_texts_still_make_two_events() -> None:
    """What is cut for reading counts whole for the event's id."""
    one, other = (
        event({"session_id": "s", "status": "Approved", "x": "x" * (MAX_TEXT + 1) + end})
        for end in "ab"
    )
    assert one.event_id != other.event_id


def test_a_link_of_many_links_is_cut_at_its_query() -> None:
    texts = ("https://https://a.example/b?c=1", "https://https://a.example/b?c=2#d")
    one, other = (event({"session_id": "s", "status": "Approved", "x": x}) for x in texts)
    assert one.event_id == other.event_id
