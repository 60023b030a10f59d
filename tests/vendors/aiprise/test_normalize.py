"""AiPrise: no payload is too much, and the order of keys does not matter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.model import Decision, Drop, Rejection
from streams.vendors.base.draft import Draft
from tests.support.paths import SAMPLES
from tests.vendors.aiprise.payloads import draft_of, normalize, payload

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["COMPLETED", "APPROVED", "FAILED", "REVIEW", "DOCUMENT_EXPIRED", "true"])
)


KEY_NAMES = """
aiprise_summary verification_result status result warnings code status_reasons id_info
face_match_info face_match_score aml_info num_hits entity_hits aml_hits additional_info data
additional_info_type additional_info_response_type fraud_insights ip_insights location latitude
longitude vpn unique_hash device_insights bot_status email_insights email domain_info
phone_insights phone_number country geolocation_insights accuracy related_session_insights
related_sessions relation verification_session_id lookup_details lookup_list field_info
first_name matched unmatched address parsed_address created_at environment event_type
aml_monitoring_update risk_info scoring risk_level reason section_id
"""


KEYS = st.text(max_size=6) | st.sampled_from(KEY_NAMES.split())


JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5)
)


SECTION_NAMES = st.sampled_from(
    ["id_info", "face_match_info", "aml_info", "additional_info", "fraud_insights", "created_at"]
)


RESPONSES = ["ID_INFO", "ADDRESS_VERIFICATION", "DOCUMENT_INSIGHTS", "LOOKUP_DATA", "NEW"]


@given(st.dictionaries(KEYS, JSON, max_size=8))
def test_no_object_is_too_much(raw: dict[str, Any]) -> None:
    assert isinstance(normalize(raw), Draft | Rejection | Drop)


@given(st.dictionaries(SECTION_NAMES, JSON, max_size=4), st.sampled_from(RESPONSES), JSON)
def test_no_section_is_too_much(sections: dict[str, Any], response: str, data: Any) -> None:
    extra = {"additional_info_response_type": response, "data": data}
    whole = payload(**{"additional_info": [extra], **sections})
    made = draft_of(whole)
    assert made.decision is Decision.APPROVED
    assert ("partial" in made.flags) is any(r.startswith("partial:") for r in made.reasons)


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _reversed(v) for k, v in reversed(value.items())}
    return [_reversed(v) for v in value] if isinstance(value, list) else value


@given(st.dictionaries(SECTION_NAMES, JSON, max_size=4))
def test_the_order_of_keys_does_not_matter(sections: dict[str, Any]) -> None:
    raw = json.loads(json.dumps(payload(**sections)))
    assert draft_of(raw) == draft_of(_reversed(raw))


WHOLE = SAMPLES / "aiprise"


ODD = [None, True, 5, -1.5, 10**60, "", "x", "9" * 5000, [], [None], {}, {"a": 1}, [[{}]]]


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if not isinstance(value, dict | list):
        return []
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [p for k, v in inner for p in ((*path, k), *_paths(v, (*path, k)))]


@pytest.mark.parametrize(
    "name", ["approved_all_sections", "additional_info_of_all_kinds", "insights_in_other_types"]
)
def test_any_odd_value_at_any_place_of_a_whole_response(name: str) -> None:
    text = (WHOLE / f"{name}.raw.json").read_text()
    decided = draft_of(json.loads(text)).decision
    basis = ("aiprise_summary", "status", "verification_session_id", "client_reference_id")
    for path in _paths(json.loads(text)):
        for odd in ODD:
            raw = json.loads(text)
            holder = raw
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = odd
            made = normalize(raw)
            if path[0] not in basis:
                assert isinstance(made, Draft)
                assert made.decision is decided
            elif isinstance(made, Draft):
                assert made.decision in (decided, Decision.UNDETERMINED)
