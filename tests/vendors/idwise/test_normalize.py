"""IDWise: properties of the draft of any payload."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.contracts.model import Decision, Environment, Rejection
from streams.vendors.base.draft import Draft
from streams.vendors.idwise import normalize
from tests.support.json_fuzz import JSON, damaged, payloads, reversed_keys
from tests.vendors.idwise.payloads import END, START, P, draft, hook, outcomes, spot

START_MS, END_MS = 1_775_734_260_000, 1_775_734_325_000


@pytest.mark.parametrize(
    ("name", "environment", "flags"),
    [
        ("live", Environment.LIVE, []),
        ("Sandbox", Environment.SANDBOX, []),
        (None, None, []),
        ("", None, []),
        ("uat", None, ["unmapped_value"]),
    ],
)
def test_environment(name: Any, environment: Any, flags: list[str]) -> None:
    d = draft(spot(environment_name=name))
    assert (d.environment, d.flags) == (environment, flags)
    assert d.decision is Decision.APPROVED


def test_ids() -> None:
    applicant = {"applicant_id": "a-1", "full_name": "Layla Haddad", "birth_date": "1990-05-06"}
    d = draft(spot(applicant=applicant, journey_id=4711, reference_number=" cust-1 "))
    assert (d.session_id, d.subject_id, d.vendor_subject_id) == ("4711", "cust-1", "a-1")
    assert (d.tenant_id, d.vendor_version) == ("tenant-1", "3.0")
    assert d.person is not None
    assert (d.person.full_name, str(d.person.birth_date)) == ("Layla Haddad", "1990-05-06")
    assert draft(spot(reference_number="")).subject_id is None


@pytest.mark.parametrize(
    ("start", "end", "occurred", "ordered"),
    [
        (START, END, END_MS, True),
        (START, None, START_MS, False),
        (START, "", START_MS, False),
        (START + "Z", END + "Z", END_MS, True),
        ("2026-04-09T14:31:00+03:00", "2026-04-09T14:32:05+03:00", END_MS, True),
        (None, None, None, False),
    ],
)
def test_time_without_a_zone_is_utc(start: Any, end: Any, occurred: Any, ordered: bool) -> None:
    d = draft(spot(start_time=start, end_time=end))
    assert (d.occurred_at, d.ordered) == (occurred, ordered)


def test_a_review_does_not_move_the_end_so_the_end_does_not_order_reviews() -> None:
    d = draft(spot(manual_decision="Approved"))
    assert (d.ordered, d.may_regress) == (False, True)


def test_a_retry_of_a_webhook_is_the_same_event() -> None:
    first = draft(hook("Finished Journey", systemDecision="Complete"))
    again = draft(hook("Finished Journey", systemDecision="Complete", attempt=2))
    assert first == again


def test_a_webhook_that_holds_the_result_is_not_thin() -> None:
    d = draft(hook("Finished Journey", systemDecision="Complete", selfie={"isLive": True}))
    assert (outcomes(d), d.flags) == ({"liveness": P}, [])


def test_no_media_path_gets_into_an_event() -> None:
    for payload in payloads("idwise"):
        if isinstance(result := normalize(payload), Draft):
            said = msgspec.json.encode(result)
            assert not any(path * 16 in said for path in (b"aa", b"bb", b"cc", b"0f", b"1e"))


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(damaged("idwise") | st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_no_object_crashes_it_and_key_order_is_nothing(payload: dict[str, Any]) -> None:
    result = normalize(payload)
    again = normalize(reversed_keys(payload))
    if isinstance(result, Rejection):
        assert isinstance(again, Rejection)
        assert again.code == result.code  # of two wrong types either may be named
        assert result.code in {"unknown_shape", "missing_identity", "invalid_type"}
        return
    assert again == result
    if isinstance(result, Draft) and result.decision is Decision.APPROVED:
        words = {w.casefold() for w in result.vendor_status.values()}
        assert words & {"complete", "approved"}
