"""IDWise: the axis that decides, the decider and the time."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import DecidedBy, Decision, Drop, Lifecycle
from streams.vendors.idwise import normalize
from tests.vendors.idwise.payloads import draft, hook, of_fields, spot

WORDS = [
    ("Complete", Decision.APPROVED, Lifecycle.COMPLETED),
    ("Refer", Decision.REVIEW, Lifecycle.COMPLETED),
    ("Incomplete", Decision.PENDING, Lifecycle.IN_PROGRESS),
    ("Approved", Decision.APPROVED, Lifecycle.COMPLETED),
    ("Rejected", Decision.DECLINED, Lifecycle.COMPLETED),
    ("Resubmit", Decision.PENDING, Lifecycle.AWAITING_USER),
    (" complete ", Decision.APPROVED, Lifecycle.COMPLETED),
    ("REFER", Decision.REVIEW, Lifecycle.COMPLETED),
]


@pytest.mark.parametrize(("word", "decision", "lifecycle"), WORDS)
@pytest.mark.parametrize("axis", ["system_decision", "final_decision", "manual_decision"])
def test_decision(axis: str, word: str, decision: Decision, lifecycle: Lifecycle) -> None:
    others = dict.fromkeys(("system_decision", "final_decision", "manual_decision"))
    d = draft(spot(**{**others, axis: word}))
    assert (d.decision, d.lifecycle) == (decision, lifecycle)
    assert d.vendor_status == {axis: word.strip()}


@pytest.mark.parametrize("word", ["Completed", "Pass", "Approve", "true", "Complete!", "1"])
@pytest.mark.parametrize("axis", ["system_decision", "final_decision", "manual_decision"])
def test_an_unknown_decision_is_never_an_approval(axis: str, word: str) -> None:
    d = draft(spot(**{axis: word}))
    assert (d.decision, d.lifecycle) == (Decision.UNDETERMINED, Lifecycle.UNKNOWN)
    assert d.flags == ["unmapped_value"]
    assert d.reasons == [f"unmapped:{axis}"]


@pytest.mark.parametrize(
    ("system", "final", "manual", "decision", "by"),
    [
        ("Complete", "Rejected", "Approved", Decision.APPROVED, DecidedBy.MANUAL),
        ("Complete", "Rejected", None, Decision.DECLINED, DecidedBy.MANUAL),
        ("Complete", "Refer", None, Decision.REVIEW, DecidedBy.SYSTEM),
        ("Complete", None, None, Decision.APPROVED, DecidedBy.SYSTEM),
        ("Complete", "", " ", Decision.APPROVED, DecidedBy.SYSTEM),
        ("Complete", "Complete", "Resubmit", Decision.PENDING, DecidedBy.MANUAL),
        ("Refer", "Approved", "Escalated", Decision.UNDETERMINED, DecidedBy.MANUAL),
    ],
)
@pytest.mark.parametrize("camel", [False, True])
def test_precedence(
    system: Any, final: Any, manual: Any, decision: Decision, by: DecidedBy, camel: bool
) -> None:
    if camel:
        given_ = {"systemDecision": system, "finalDecision": final, "manualDecision": manual}
        d = draft(hook("Manually Reviewed", **given_))
    else:
        d = draft(spot(system_decision=system, final_decision=final, manual_decision=manual))
    assert (d.decision, d.decided_by) == (decision, by)


@pytest.mark.parametrize("none", [None, "", "  "])
def test_without_a_decision(none: Any) -> None:
    under_way = draft(spot(system_decision=none, end_time=None))
    assert (under_way.decision, under_way.lifecycle) == (Decision.PENDING, Lifecycle.IN_PROGRESS)
    ended = draft(spot(system_decision=none))
    assert (ended.decision, ended.lifecycle) == (Decision.UNDETERMINED, Lifecycle.UNKNOWN)
    assert under_way.flags == ended.flags == []
    assert under_way.reasons == ended.reasons == ["missing:system_decision"]


def test_incomplete_but_ended() -> None:
    assert draft(spot(system_decision="Incomplete")).flags == ["incomplete_but_ended"]
    assert draft(spot(system_decision="Incomplete", end_time="")).flags == []
    assert draft(spot(system_decision="Refer")).flags == []


def test_an_unknown_event_approves_nobody() -> None:
    assert normalize(hook("Something New")) == Drop("unsupported_event")
    d = draft(hook("Something New", systemDecision="Complete"))
    assert (d.decision, d.reasons) == (Decision.UNDETERMINED, ["unmapped:event"])


@pytest.mark.parametrize(
    ("word", "by"),
    [
        ("Approved", DecidedBy.MANUAL),
        ("Rejected", DecidedBy.MANUAL),
        ("Resubmit", DecidedBy.MANUAL),
        ("Complete", DecidedBy.SYSTEM),
        ("Refer", DecidedBy.SYSTEM),
    ],
)
def test_a_final_decision_in_a_reviewers_words_is_theirs(word: str, by: DecidedBy) -> None:
    assert of_fields(system_decision="Refer", final_decision=word).decided_by is by
