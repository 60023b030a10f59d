"""Alice: properties of any payload."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.contracts.model import Decision, Rejection
from streams.vendors.alice import normalize
from streams.vendors.base.draft import Draft
from tests.support.json_fuzz import JSON, damaged, payloads, reversed_keys


def test_no_media_address_gets_into_an_event() -> None:
    for payload in payloads("alice"):
        if isinstance(result := normalize(payload), Draft):
            assert b"http" not in msgspec.json.encode(result)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(damaged("alice") | st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_no_object_crashes_it_and_key_order_is_nothing(payload: dict[str, Any]) -> None:
    result = normalize(payload)
    again = normalize(reversed_keys(payload))
    if isinstance(result, Rejection):
        assert isinstance(again, Rejection)
        assert again.code == result.code  # of two wrong types either may be named
        assert result.code in {"unknown_shape", "missing_identity", "invalid_type"}
    else:
        assert isinstance(result, Draft)
        assert again == result
        if result.decision is Decision.APPROVED:
            assert result.vendor_status["state"].casefold() == "accepted"
