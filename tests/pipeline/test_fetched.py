"""A webhook and the result that is fetched for it: one decision to act on and no alert twice, in
whatever order they come.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import permutations
from typing import Any

import pytest

from streams.contracts import headers
from streams.contracts.model import Alert, Decision, Environment, RawRecord, Verification
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.local import Offline, Result
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from

KEYRING = Keyring({"k1": b"a key for tests only"})
END = 1_778_760_000_000
SECOND = 1000
JOURNEY = "67201f4ae15c1d50ff23db54"


@cache
def pipeline() -> Pipeline:
    return Pipeline(KEYRING, policy_from(KEYRING), Gazetteer())


def record(
    at: int, payload: Any, vendor: str = "idwise", fetched_for: str | None = None, **given: str
) -> tuple[str, RawRecord]:
    """A raw record of this moment, in the sandbox as the webhook's header has it."""
    named = {headers.ENVIRONMENT: "SANDBOX", **given}
    if fetched_for:
        named[headers.FETCHED_FOR] = fetched_for
    value = json.dumps(payload).encode()
    kept = tuple((name, text.encode()) for name, text in named.items())
    return vendor, RawRecord(f"idv.raw.{vendor}", 0, at, at, b"k", value, kept)


def hook(event: str, name: str, **decisions: str) -> dict[str, Any]:
    ids = {"eventId": event, "journeyId": JOURNEY, "referenceNo": "cust-1"}
    return {"event": name, "body": {**ids, **decisions}}


def result(**decisions: str | None) -> dict[str, Any]:
    """What IDWise's API has: the journey's end, and no time of a review."""
    return {
        "journey_id": JOURNEY, "reference_number": "cust-1",
        "start_time": "2026-05-14T11:58:00", "end_time": "2026-05-14T12:00:00",
        "model_version": "3.0", **decisions,
        "documents": {"0": {"status": "Complete", "document_type": "Passport",
                            "issuing_country": "SWE", "document_number": "SE100200300"}},
        "applicant": {"applicant_id": "app-1", "full_name": "Aino Lind"},
    }  # fmt: skip


def event_id(of: tuple[str, RawRecord]) -> str:
    return next(
        r for r in Offline(pipeline()).run(*of, now=END) if isinstance(r, Verification)
    ).event_id


def run(*records: tuple[str, RawRecord]) -> list[Result]:
    offline = Offline(pipeline())
    return [output for vendor, raw in records for output in offline.run(vendor, raw, now=END)]


FINISHED = record(END + 5 * SECOND, hook("e-1", "Finished Journey", systemDecision="Refer"))
AGAIN = record(END + 90 * SECOND, hook("e-1", "Finished Journey", systemDecision="Refer"))
REFERRED = record(END + 8 * SECOND, result(system_decision="Refer"), fetched_for=event_id(FINISHED))
REVIEWED = record(
    END + 3600 * SECOND,
    hook("e-2", "Manually Reviewed", systemDecision="Refer", manualDecision="Rejected"),
)
DECLINED = record(
    END + 3603 * SECOND,
    result(system_decision="Refer", manual_decision="Rejected"),
    fetched_for=event_id(REVIEWED),
)
ONE_STATE = [FINISHED, REFERRED, AGAIN]
TWO_STATES = [FINISHED, REFERRED, REVIEWED, DECLINED]


def acted(outputs: list[Result]) -> list[Decision]:
    """What a subscriber does that keeps the first of each id and acts on changes."""
    first: dict[str, Verification] = {}
    for output in outputs:
        if isinstance(output, Verification):
            first.setdefault(output.event_id, output)
    return [event.decision for event in first.values() if event.changes_decision]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_one_state_is_acted_on_once(order: tuple[int, ...]) -> None:
    outputs = run(*(ONE_STATE[n] for n in order))
    events = [output for output in outputs if isinstance(output, Verification)]
    assert acted(outputs) == [Decision.REVIEW]
    assert len({event.event_id for event in events}) == len(events) == 2
    assert {event.environment for event in events} == {Environment.SANDBOX}
    (fetched,) = [event for event in events if "fetched" in event.flags]
    assert fetched.documents
    # The hook is never the later state: the result is what stands.
    assert fetched.enrichment.supersession
    assert not fetched.enrichment.supersession.is_stale


def test_the_result_says_which_event_it_completes() -> None:
    thin, whole = (o for o in run(FINISHED, REFERRED) if isinstance(o, Verification))
    assert "thin" in thin.flags
    assert whole.enrichment.supersession
    assert whole.enrichment.supersession.supersedes == thin.event_id
    assert whole.enrichment.supersession.previous_decision is whole.decision


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_two_states_end_in_the_later_one(order: tuple[int, ...]) -> None:
    decisions = acted(run(*(TWO_STATES[n] for n in order)))
    assert decisions[-1] is Decision.DECLINED
    assert decisions in ([Decision.REVIEW, Decision.DECLINED], [Decision.DECLINED])


def test_a_vendors_clock_that_is_fast_does_not_make_the_result_stale() -> None:
    late = hook("e-1", "Finished Journey", systemDecision="Refer")
    late["timestamp"] = "2026-05-14T12:03:00Z"
    fast = record(END + 5 * SECOND, late)
    whole = record(END + 8 * SECOND, result(system_decision="Refer"), fetched_for=event_id(fast))
    _, fetched = (o for o in run(fast, whole) if isinstance(o, Verification))
    assert fetched.enrichment.supersession
    assert not fetched.enrichment.supersession.is_stale


def didit(status: str, session: str, **inside: Any) -> dict[str, Any]:
    decision = {"session_id": session, "status": status, "vendor_data": f"c-{session}", **inside}
    return decision | {"created_at": "2026-05-14T12:00:00Z"}


IP = {
    "ip_analyses": [{"ip_address": "203.0.113.9", "ip_country_code": "BR", "is_vpn_or_tor": True}]
}
CLICK = {
    "webhook_type": "status.updated", "session_id": "s-1", "status": "Approved",
    "vendor_data": "c-s-1", "timestamp": END // SECOND,
}  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_no_alert_comes_twice(order: tuple[int, ...]) -> None:
    """A whole webhook, a thin one, a result fetched for it, and one fetched by hand."""
    whole = didit("Approved", "s-1", **IP)
    records = [
        record(END + SECOND, CLICK | {"decision": whole}, "didit"),
        record(END + 2 * SECOND, CLICK, "didit"),
        record(END + 4 * SECOND, whole, "didit", event_id(record(END, CLICK, "didit"))),
        record(END + 9 * SECOND, whole, "didit", "hand"),
    ]
    outputs = run(*(records[n] for n in order))
    raised = Counter(o.alert_id for o in outputs if isinstance(o, Alert))
    assert raised
    assert set(raised.values()) == {1}
    alone = run(records[3])
    assert raised.keys() == {o.alert_id for o in alone if isinstance(o, Alert)}
    assert acted(outputs) == [Decision.APPROVED]
