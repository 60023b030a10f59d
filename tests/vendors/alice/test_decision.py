"""Alice: what each state of a report is, row by row from the page "Report"."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import DecidedBy, Decision, Lifecycle
from tests.vendors.alice.payloads import USER, draft, report


@pytest.mark.parametrize(
    ("raw", "decision", "lifecycle"),
    [
        ("NOT_STARTED", Decision.PENDING, Lifecycle.NOT_STARTED),
        ("INPROGRESS", Decision.PENDING, Lifecycle.IN_PROGRESS),
        ("IN_PROGRESS", Decision.PENDING, Lifecycle.IN_PROGRESS),
        ("TO_REVIEW", Decision.REVIEW, Lifecycle.COMPLETED),
        ("REJECTED", Decision.DECLINED, Lifecycle.COMPLETED),
        ("ACCEPTED", Decision.APPROVED, Lifecycle.COMPLETED),
        (" accepted ", Decision.APPROVED, Lifecycle.COMPLETED),
        ("To Review", Decision.REVIEW, Lifecycle.COMPLETED),
    ],
)
def test_state(raw: str, decision: Decision, lifecycle: Lifecycle) -> None:
    d = draft(report({"state": {"value": raw}}))
    assert (d.decision, d.lifecycle, d.flags) == (decision, lifecycle, [])
    assert d.vendor_status == {"state": raw.strip()}
    assert d.decided_by is DecidedBy.UNKNOWN


@pytest.mark.parametrize("raw", ["ACCEPTED_2", "APPROVED", "ok", "1", "ACCEPT ED"])
def test_an_unknown_state_is_never_an_approval(raw: str) -> None:
    d = draft(report({"state": {"value": raw}}))
    assert (d.decision, d.lifecycle) == (Decision.UNDETERMINED, Lifecycle.UNKNOWN)
    assert d.flags == ["unmapped_value"]
    assert d.reasons == ["unmapped:summary.state.value"]


@pytest.mark.parametrize("state", [None, {}, {"value": None}, {"value": ""}, {"value": "  "}])
def test_without_a_state_no_check_makes_a_verdict(state: Any) -> None:
    result = {"selfie_security": "ok", "document_security": "ok"}
    d = draft(report({"state": state, "result": result}, selfies=[{"id": "s", "liveness": 100}]))
    assert d.decision is Decision.UNDETERMINED
    assert d.reasons == ["missing:summary.state.value"]
    assert d.flags == []


def test_without_a_state_and_anything_captured_the_user_has_yet_to_begin() -> None:
    assert draft(report({"state": None})).decision is Decision.PENDING
    no_lists = {"user_id": USER, "version": 1, "summary": {"state": None}}
    assert draft(no_lists).decision is Decision.UNDETERMINED
