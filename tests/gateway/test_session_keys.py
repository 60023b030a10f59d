"""The fast look at a body finds the session of the pipeline, or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.vendors import WEBHOOKS
from tests.support.paths import ROOT

SAMPLES = ROOT / "tests" / "samples"
RAW = [
    pytest.param(path, id=f"{path.parent.name} {path.name.removesuffix('.raw.json')}")
    for vendor in WEBHOOKS
    for path in sorted((SAMPLES / vendor).glob("*.raw.json"))
]
# One-shot results, which nothing follows that could overtake them, and a form no longer sent.
NO_KEY = {"face_search_match", "face_search_no_match", "age_estimation_declined", "report_v0"}


@pytest.mark.parametrize("path", RAW)
def test_the_key_is_the_session(path: Path) -> None:
    expected = json.loads(path.with_name(path.name.replace(".raw.", ".expected.")).read_text())
    found = WEBHOOKS[path.parent.name].session_id(path.read_bytes())
    verification = expected.get("verification")
    if verification is None:
        return
    if path.name.removesuffix(".raw.json") in NO_KEY:
        assert found is None
    else:
        assert found == verification["session_id"]


@pytest.mark.parametrize("vendor", WEBHOOKS)
@pytest.mark.parametrize(
    "body",
    [
        b"", b"\x00", b"{", b"[]", b"null", b"[" * 100_000, b'{"session_id":' * 50_000,
        b'{"session_id": true, "verification_session_id": [], "user_id": {}, "journeyId": 1.5}',
        b'{"session_id": "", "verification_session_id": " ", "user_id": null}',
        '{"session_id": "ä", "verification_session_id": "ä", "user_id": "ä", "journeyId": "ä"}'
        .encode(),
        b'{"session_id": "\\ud800"}', b'{"a": "\xff"}',
        b'{"session_id": "%b"}' % (b"x" * 129),
    ],
)  # fmt: skip
def test_where_in_doubt_there_is_no_key(vendor: str, body: bytes) -> None:
    assert WEBHOOKS[vendor].session_id(body) is None
