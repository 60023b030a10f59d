"""Every vendor sample: a delivered payload and its expected event."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from streams.contracts.avro import event_json
from streams.contracts.model import Drop, RawRecord, Rejection
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.normalize import normalize
from streams.vendors import VENDORS
from tests.support.paths import SAMPLES

RAW = sorted(SAMPLES.glob("*/*.raw.json"))
KEYRING = Keyring({"test": b"a key for samples only"})
NEW_YEAR = 1_767_225_600_000  # 2026-01-01T00:00:00Z

# What depends on the record or the key, and is checked by tests of its own.
LEFT_OUT = {"event_id", "raw", "ingested_at", "processed_at", "enrichment", "person_key"}
HASH = re.compile(r"\btest:[A-Za-z0-9_-]{43}\b")


def outcome(path: Path) -> dict[str, Any]:
    record = RawRecord(f"idv.raw.{path.parent.name}", 0, 0, NEW_YEAR, None, path.read_bytes())
    result = normalize(path.parent.name, record, KEYRING)
    if isinstance(result, Rejection):
        return {"rejected": {"code": result.code}}
    if isinstance(result, Drop):
        return {"dropped": {"code": result.code}}
    event = {k: v for k, v in event_json(result.event, defaults=False).items() if k not in LEFT_OUT}
    return {"verification": json.loads(HASH.sub("<hmac>", json.dumps(event)))}


@pytest.mark.parametrize("raw", RAW, ids=lambda p: f"{p.parent.name}/{p.name[:-9]}")
def test_payload_becomes_its_expected_event(raw: Path) -> None:
    expected = json.loads(raw.with_name(raw.name.replace(".raw.", ".expected.")).read_text())
    if "rejected" in expected:
        expected["rejected"].pop("message", None)
    assert outcome(raw) == expected


def test_no_sample_is_an_orphan() -> None:
    raw = {p.relative_to(SAMPLES).as_posix()[: -len(".raw.json")] for p in RAW}
    files = (p.relative_to(SAMPLES).as_posix() for p in SAMPLES.rglob("*") if p.is_file())
    stems = {f.removesuffix(".raw.json").removesuffix(".expected.json") for f in files}
    assert stems == raw
    assert {stem.split("/")[0] for stem in raw} == set(VENDORS)
