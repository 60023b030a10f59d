"""IDWise: rows of its vocabularies that no other case shows."""

from __future__ import annotations

import pytest

from streams.contracts.model import DecidedBy
from streams.vendors.base.draft import Draft
from streams.vendors.idwise import normalize


def draft(**fields: object) -> Draft:
    result = normalize({"journey_id": "j-1", "end_time": "2026-04-09T11:32:05", **fields})
    assert isinstance(result, Draft)
    return result


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
    assert draft(system_decision="Refer", final_decision=word).decided_by is by


def test_a_blank_status_of_a_selfie_says_nothing() -> None:
    made = draft(system_decision="Refer", selfie={"status": " ", "is_live": True})
    (found,) = [c for c in made.checks if c.name == "biometric_security"]
    assert (found.outcome, found.reasons, made.flags) == ("NOT_APPLICABLE", [], [])


def test_a_blank_status_of_a_document_says_nothing() -> None:
    made = draft(system_decision="Refer", documents={"0": {"status": " ", "type": "passport"}})
    assert made.documents[0].document.status == "NOT_APPLICABLE"
    assert made.flags == []
