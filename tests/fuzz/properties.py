"""Properties of any bytes. `approvals` decides, from the vendors' documents only, whether a payload
has an approval in the field of the vendor's verdict.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from streams.contracts.model import Decision, Drop, RawRecord, Rejection
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.normalize import Normalized, normalize
from tests.fuzz.mutants import mutant
from tests.support.json_fuzz import SAMPLES, reversed_keys

KEYRING = Keyring({"test": b"a key for fuzzed payloads"})
NOW = 1_767_225_600_000


def said(value: Any) -> str:
    return re.sub(r"[\s_\-]+", "_", value.strip().casefold()) if isinstance(value, str) else ""


def _objects(*values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)]


def _alice(payload: dict[str, Any]) -> bool:
    reports = _objects(payload, payload.get("report"), payload.get("data"))
    summaries = _objects(*(report.get("summary") for report in reports))
    states = _objects(*(summary.get("state") for summary in summaries))
    return any(said(state.get("value")) == "accepted" for state in states)


def _didit(payload: dict[str, Any]) -> bool:
    outer = _objects(payload, payload.get("data"))
    inner = _objects(*(body.get("decision") for body in outer))
    if "request_id" in payload:
        inner += _objects(*payload.values())
    return any(said(body.get("status")) == "approved" for body in (*outer, *inner))


def _aiprise(payload: dict[str, Any]) -> bool:
    wrapped = (payload.get(name) for name in ("data", "payload", "response", "result"))
    bodies = _objects(payload, *wrapped)
    told = [*bodies, *_objects(*(body.get("aiprise_summary") for body in bodies))]
    results = {
        said(body.get(name))
        for body in told
        for name in ("verification_result", "business_profile_result")
    }
    reviewed = said(payload.get("event_type")) == "case_status_update"
    ran = {said(body.get("status")) for body in bodies} & {"completed", ""}
    return "approved" in results and (reviewed or bool(ran))


_AXES = ("manual_decision", "final_decision", "system_decision")


def _idwise(payload: dict[str, Any]) -> bool:
    """The first of the three decisions with a value counts."""
    for body in _objects(payload, payload.get("body")):
        spelled = {_snake(key): body[key] for key in sorted(body) if body[key] is not None}
        words = [word for axis in _AXES if (word := said(spelled.get(axis)))]
        if words and words[0] in ("complete", "approved"):
            return True
    return False


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()


APPROVALS = {"alice": _alice, "didit": _didit, "aiprise": _aiprise, "idwise": _idwise}


def _says_a_samples_word(vendor: str, payload: dict[str, Any]) -> bool:
    """For other vendors: any field has the verdict of an approved sample."""
    return not _approving(vendor).isdisjoint(map(said, _scalars(payload)))


@cache
def _approving(vendor: str) -> frozenset[str]:
    expected = [json.loads(p.read_text()) for p in (SAMPLES / vendor).glob("*.expected.json")]
    events = [e["verification"] for e in expected if "verification" in e]
    approved = [e for e in events if e["decision"] == "APPROVED"]
    return frozenset(said(word) for e in approved for word in e["vendor_status"].values())


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _scalars(inner)
    else:
        yield value


def approved_by_vendor(vendor: str, payload: dict[str, Any]) -> bool:
    given = APPROVALS.get(vendor)
    return given(payload) if given else _says_a_samples_word(vendor, payload)


def outcome(vendor: str, value: bytes) -> Normalized | Rejection | Drop:
    record = RawRecord(f"idv.raw.{vendor}", 0, 0, NOW, None, value)
    return normalize(vendor, record, KEYRING)


def check(vendor: str, seed: int) -> str:
    """Make a mutant, check all properties, and return its kind of result."""
    value = mutant(vendor, seed)
    result = outcome(vendor, value)
    assert isinstance(result, Normalized | Rejection | Drop), (vendor, seed)
    if not isinstance(result, Normalized):
        return result.code
    payload = json.loads(value)
    if result.event.decision is Decision.APPROVED:
        assert approved_by_vendor(vendor, payload), (vendor, seed, "an approval nobody gave")
    turned = outcome(vendor, json.dumps(reversed_keys(payload)).encode())
    assert isinstance(turned, Normalized), (vendor, seed)
    turned.event.raw = result.event.raw
    assert turned.event == result.event, (vendor, seed, "the order of keys matters")
    return result.event.decision


def run(vendor: str, seeds: range) -> Counter[str]:
    """How many mutants became what."""
    return Counter(check(vendor, seed) for seed in seeds)
