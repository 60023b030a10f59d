"""One session: order, redelivery, replay, regression, the last known subject."""

from __future__ import annotations

from itertools import permutations
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.contracts.model import Decision, Drop, RawRef, Supersession, Verification
from streams.pipeline.event_time import event_time
from streams.pipeline.sessions.session import (
    EMITTED_MAX,
    HISTORY_MAX,
    RAISED_MAX,
    REGRESSION_FLAG,
    SUBJECT_FLAG,
    Replay,
    SessionState,
    SessionUpdate,
    apply,
    unraised,
)

NOW = 1_767_225_600_000
MINUTE = 60_000
HOUR = 60 * MINUTE


def event(name: str, minute: float, decision: Decision = Decision.PENDING, **told) -> Verification:
    at = NOW + round(minute * MINUTE)
    return Verification(
        event_id=name,
        event_type=f"verification.{decision.lower()}",
        vendor="didit",
        session_id="session-1",
        decision=decision,
        final=decision.final,
        raw=RawRef("idv.raw.didit", 0, told.pop("offset", crc32(name.encode())), "00"),
        occurred_at=at,
        ingested_at=told.pop("ingested_at", at),
        **told,
    )


class Session:
    def __init__(self) -> None:
        self.state: SessionState | None = None

    def see(self, one: Verification, **how) -> SessionUpdate:
        how = {"may_regress": False, "status_only": False, **how}
        before = msgspec.json.encode(one)
        advanced = apply(self.state, one, **how)
        assert msgspec.json.encode(one) == before, "the event given is left as it is"
        self.state = advanced.state
        return advanced

    def emit(self, one: Verification, **how) -> Verification:
        result = self.see(one, **how).result
        assert isinstance(result, Verification)
        return result

    def place(self, one: Verification, **how) -> Supersession:
        place = self.emit(one, **how).enrichment.supersession
        assert place is not None
        return place


# -- event time --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("occurred", "expected"),
    [(-600, -600), (0, 0), (300, 300), (301, 300), (10**9, 300)],
)
def test_state_time_runs_at_most_five_minutes_ahead(occurred: int, expected: int) -> None:
    one = event("e", 0)
    one.occurred_at = one.ingested_at + occurred * 1000
    assert event_time(one) == one.ingested_at + expected * 1000


# -- order -------------------------------------------------------------------------------------


def test_each_event_supersedes_the_one_before() -> None:
    session = Session()
    assert session.place(event("e1", 0)) == Supersession()
    assert session.place(event("e2", 1, Decision.REVIEW)) == Supersession(
        supersedes="e1", previous_decision=Decision.PENDING
    )
    assert session.place(event("e3", 2, Decision.APPROVED)) == Supersession(
        supersedes="e2", previous_decision=Decision.REVIEW
    )


def test_stale_event_goes_out_marked_and_moves_nothing() -> None:
    session = Session()
    session.see(event("e2", 5, Decision.APPROVED, subject_id="c1"))
    before = session.state
    advanced = session.see(event("e1", 0, Decision.DECLINED, subject_id="c2"))
    assert isinstance(advanced.result, Verification)
    assert advanced.result.enrichment.supersession == Supersession(is_stale=True)
    assert advanced.previous is None
    kept = {"emitted": {}, "history": []}
    assert msgspec.structs.replace(session.state, **kept) == msgspec.structs.replace(before, **kept)


def test_what_rules_are_told_of_before() -> None:
    session = Session()
    assert session.see(event("e1", 0, Decision.APPROVED)).previous is None
    session.see(event("e2", 1, Decision.REVIEW), may_regress=True)
    previous = session.see(event("e3", 2, Decision.DECLINED)).previous
    assert previous is not None
    assert (previous.event_id, previous.decision, previous.verdict, previous.final) == (
        "e2",
        Decision.REVIEW,
        Decision.APPROVED,
        False,
    )


def test_events_of_one_time_are_ordered_by_the_vendors_id() -> None:
    first = event("zz", 0, vendor_event_id="1")
    second = event("aa", 0, vendor_event_id="2")
    for arrival in permutations((first, second)):
        session = Session()
        for one in arrival:
            session.see(one)
        assert session.state.latest.event_id == "aa"


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_order_ends_in_the_same_place(data: st.DataObject) -> None:
    minutes = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=8))
    decisions = st.sampled_from([Decision.APPROVED, Decision.DECLINED, Decision.EXPIRED])
    many = [event(f"e{i}", m, data.draw(decisions)) for i, m in enumerate(minutes)]
    arrived = data.draw(st.permutations(many))
    session = Session()
    out = [session.emit(one) for one in arrived]
    last = max(many, key=lambda e: (e.occurred_at, e.event_id))
    assert session.state.latest.event_id == last.event_id
    assert sorted(e.event_id for e in out) == sorted(e.event_id for e in many)
    fresh = [e for e in out if not e.enrichment.supersession.is_stale]
    assert [e.enrichment.supersession.supersedes for e in fresh] == [
        None,
        *(e.event_id for e in fresh[:-1]),
    ]
    assert [e.occurred_at for e in fresh] == sorted(e.occurred_at for e in fresh)
    for one in many:
        assert isinstance(session.see(one).result, Replay)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_order_ends_in_the_same_state(data: st.DataObject) -> None:
    """Any decisions, also if some may revoke a final one."""
    drawn = data.draw(
        st.lists(
            st.tuples(st.integers(0, 5), st.sampled_from(Decision), st.booleans(), st.booleans(),
                      st.sampled_from([None, "c1", "c2"])),
            min_size=1, max_size=HISTORY_MAX,
        )
    )  # fmt: skip
    many = [
        (event(f"e{i}", minute, decision, subject_id=subject),
         {"may_regress": may_regress, "status_only": thin})
        for i, (minute, decision, may_regress, thin, subject) in enumerate(drawn)
    ]  # fmt: skip
    states = []
    for arrived in (many, data.draw(st.permutations(many))):
        session = Session()
        for one, how in arrived:
            session.see(one, **how)
        states.append(msgspec.structs.replace(session.state, emitted={}))
    assert states[0] == states[1]


def test_progress_that_a_thin_final_decision_overtakes_leaves_no_trace() -> None:
    final, progress = event("e0", 0, Decision.APPROVED), event("e1", 0, Decision.REVIEW)
    for order in ((0, 1), (1, 0)):
        session = Session()
        for i in order:
            session.see((final, progress)[i], may_regress=False, status_only=i == 0)
        assert session.state.latest.event_id == "e0"
        assert session.state.rich_event_id is None


def test_a_final_decision_overtakes_the_progress_that_came_before_it() -> None:
    """In order, the review would have been ignored."""
    session = Session()
    session.see(event("e2", 2, Decision.REVIEW))
    late = session.see(event("e1", 0, Decision.APPROVED))
    assert late.previous is None
    assert isinstance(late.result, Verification)
    assert late.result.enrichment.supersession == Supersession(
        supersedes="e2", previous_decision=Decision.REVIEW
    )
    assert session.state.latest.event_id == "e1"
    assert session.place(event("e3", 1, Decision.PENDING)).is_stale


def test_a_final_decision_outlives_any_number_of_notifications() -> None:
    session = Session()
    session.see(event("e0", 0, Decision.APPROVED))
    for i in range(1, 4 * HISTORY_MAX):
        assert session.place(event(f"e{i:02}", i, Decision.REVIEW)).is_stale
    assert session.state.latest.event_id == "e0"
    assert len(session.state.history) == HISTORY_MAX


# -- redelivery and replay ---------------------------------------------------------------------


def test_same_event_of_another_record_is_a_duplicate() -> None:
    session = Session()
    session.see(event("e1", 0, offset=7))
    before = session.state
    advanced = session.see(event("e1", 0, offset=8))
    assert advanced.result == Drop("duplicate")
    assert advanced.state is before


def test_same_record_after_a_crash_is_a_replay() -> None:
    session = Session()
    session.see(event("e1", 0, offset=7))
    session.see(event("e2", 1, offset=9))
    before = session.state
    advanced = session.see(event("e1", 0, offset=7))
    assert isinstance(advanced.result, Replay)
    assert advanced.state is before


def test_redelivery_in_another_hour_is_told_by_its_content() -> None:
    session = Session()
    session.see(event("a-hour-1", 0, Decision.APPROVED), digest="A")
    advanced = session.see(event("a-hour-2", 60, Decision.APPROVED), digest="A")
    assert advanced.result == Drop("duplicate")
    assert session.state.latest.at == NOW + HOUR, "its event time moves on"
    stale = session.place(event("b", 30, Decision.DECLINED), digest="B")
    assert stale.is_stale
    back = session.see(event("a-hour-1-late", 5, Decision.APPROVED), digest="A")
    assert back.result == Drop("duplicate")
    assert session.state.latest.at == NOW + HOUR


def test_a_b_a_stays_three_events() -> None:
    session = Session()
    out = [
        session.emit(event("a1", 0, Decision.APPROVED), digest="A"),
        session.emit(event("b", 60, Decision.DECLINED), digest="B"),
        session.emit(event("a2", 120, Decision.APPROVED), digest="A"),
    ]
    assert [e.enrichment.supersession.is_stale for e in out] == [False, False, False]


# -- regression --------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", [Decision.PENDING, Decision.REVIEW, Decision.ERROR])
@pytest.mark.parametrize("final", [Decision.APPROVED, Decision.DECLINED, Decision.EXPIRED])
def test_progress_after_a_final_decision_is_out_of_place(
    final: Decision, decision: Decision
) -> None:
    session = Session()
    session.see(event("e1", 0, final))
    ignored = session.emit(event("e2", 1, decision))
    assert ignored.decision is decision, "what the vendor said is never changed"
    assert REGRESSION_FLAG in ignored.flags
    assert ignored.enrichment.supersession == Supersession(is_stale=True, previous_decision=final)
    assert session.state.latest.event_id == "e1"
    allowed = session.emit(event("e3", 2, decision), may_regress=True)
    assert REGRESSION_FLAG not in allowed.flags
    assert session.state.latest.event_id == "e3"


def test_an_unknown_value_after_an_approval_counts() -> None:
    session = Session()
    session.see(event("e1", 0, Decision.APPROVED))
    place = session.place(event("e2", 1, Decision.UNDETERMINED))
    assert (place.is_stale, place.supersedes) == (False, "e1")


# -- thin notifications ------------------------------------------------------------------------


def test_thin_notification_supersedes_no_richer_event() -> None:
    session = Session()
    session.see(event("rich-1", 0, Decision.REVIEW))
    thin = session.place(event("thin-1", 1, Decision.APPROVED), status_only=True)
    assert (thin.supersedes, thin.previous_decision) == (None, Decision.REVIEW)
    assert (
        session.place(event("thin-2", 2, Decision.APPROVED), status_only=True).supersedes
        == "thin-1"
    )
    rich = session.place(event("rich-2", 3, Decision.APPROVED))
    assert (rich.supersedes, rich.previous_decision) == ("rich-1", Decision.APPROVED)


# -- subject -----------------------------------------------------------------------------------


def test_event_without_subject_takes_the_sessions() -> None:
    session = Session()
    first = session.emit(event("e1", 0))
    assert (first.subject_id, first.flags) == (None, [])
    session.see(event("e2", 1, subject_id="c1", vendor_subject_id="u1", person_key="name:k1:A"))
    third = session.emit(event("e3", 2, flags=["thin"]))
    assert (third.subject_id, third.vendor_subject_id, third.person_key) == (
        "c1",
        "u1",
        "name:k1:A",
    )
    assert third.flags == ["thin", SUBJECT_FLAG]
    assert third.subject == ("company", "c1")
    assert session.emit(event("e0", -1)).subject_id == "c1"
    assert session.emit(event("e4", 3, subject_id="c2")).flags == []
    assert session.emit(event("e5", 4)).subject_id == "c2"


def test_vendors_own_id_stays_the_vendors() -> None:
    session = Session()
    session.see(event("e1", 0, vendor_subject_id="u1"))
    second = session.emit(event("e2", 1))
    assert (second.subject_id, second.subject, second.flags) == (None, ("didit", "u1"), [])


# -- bounds and bytes --------------------------------------------------------------------------


def test_state_is_bounded() -> None:
    session = Session()
    for i in range(500):
        session.see(event(f"11111111-1111-5111-8111-{i:012}", i, subject_id="c" * 64))
        session.state, new = unraised(session.state, [f"22222222-1111-5111-8111-{i:012}"])
        assert len(new) == 1
    assert len(session.state.emitted) == EMITTED_MAX
    assert len(session.state.raised) == RAISED_MAX
    assert len(msgspec.msgpack.encode(session.state)) < 8 * 1024
    recent = event(f"11111111-1111-5111-8111-{499 - EMITTED_MAX + 1:012}", 499 - EMITTED_MAX + 1)
    assert isinstance(session.see(recent).result, Replay)


def test_alert_of_a_session_is_raised_once() -> None:
    state, new = unraised(SessionState(), ["a", "b", "a"])
    assert new == ["a", "b"]
    again, new = unraised(state, ["b", "a"])
    assert (again, new) == (state, [])
    assert again is state


def test_state_survives_its_encoding_and_other_versions() -> None:
    session = Session()
    session.see(event("e1", 0, Decision.APPROVED, subject_id="c1"), digest="A")
    data = msgspec.msgpack.encode(session.state)
    assert msgspec.msgpack.decode(data, type=SessionState) == session.state
    plain = msgspec.msgpack.decode(data)
    newer = {**plain, "unheard_of": 1, "latest": [*plain["latest"], "more"]}
    assert msgspec.convert(newer, SessionState) == session.state
    assert msgspec.convert({}, SessionState) == SessionState()
