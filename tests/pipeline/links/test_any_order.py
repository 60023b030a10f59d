"""Any order of arrival leads to the same state and standing alerts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.contracts.model import Decision
from streams.pipeline.links.link import (
    LinkConfig,
    LinkState,
)
from streams.pipeline.messages import Sighting, Suppressed
from streams.rules.base import Position
from tests.support.links import (
    DEVICE,
    MINUTE,
    NOW,
    PERSON,
    SUBJECT,
    A,
    B,
    Link,
    names,
    sighting,
)

# -- any order ---------------------------------------------------------------------------------

subjects = st.sampled_from([None, ("company", "a"), ("company", "b"), ("company", "c"), ("v", "a")])
persons = st.sampled_from([None, A, B, "name:k1:AAA"])
positions = st.sampled_from(
    [None, Position(51.5, -0.1, 50.0), Position(40.7, -74.0, 50.0), Position(48.9, 2.4, 50.0)]
)
sessions = st.sampled_from([("didit", "s1"), ("didit", "s2"), ("idwise", "s1"), ("idwise", "s3")])
times = st.one_of(st.integers(0, 300), st.integers(0, 60 * 1440))


@st.composite
def many_sightings(draw: st.DrawFn, *, one_subject: bool = False) -> list[Sighting]:
    drawn = draw(
        st.lists(
            st.tuples(sessions, times, subjects, persons, st.sampled_from(Decision), positions),
            min_size=2,
            max_size=9,
        )
    )
    return [
        Sighting(
            event_id=f"event-{i:02}",
            vendor=vendor,
            session_id=session,
            seen_at=NOW + minute * MINUTE,
            decision=decision,
            subject=("company", "customer-1") if one_subject else subject,
            named=True,
            person_key=person,
            position=position if one_subject else None,
        )
        for i, ((vendor, session), minute, subject, person, decision, position) in enumerate(drawn)
    ]


def assert_order_is_nothing(
    link: str, arrived: Sequence[Sighting], shuffled: Sequence[Sighting]
) -> None:
    policy = LinkConfig(uses_per_subject=64)
    one, other = Link(link, policy).see_all(arrived), Link(link, policy).see_all(shuffled)
    assert sorted(one.standing.values()) == sorted(other.standing.values())
    assert without_ids(one.state) == without_ids(other.state)
    for link_ in (one, other):
        recorded = {r.alert_id for r in link_.state.raised.values() if r.content}
        assert recorded == set(link_.standing)
    before = len(other.sent)
    other.see_all(arrived)
    assert without_ids(one.state) == without_ids(other.state), "seen again, the state is the same"
    assert len(other.sent) == before, "seen again, nothing is raised"


def without_ids(state: LinkState) -> LinkState:
    """The state without withdrawn alerts and without alert ids, which depend on superseded ones."""
    raised = {
        slot: msgspec.structs.replace(r, alert_id="")
        for slot, r in state.raised.items()
        if r.content
    }
    return msgspec.structs.replace(state, raised=raised)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_order_gives_one_state_and_the_same_alerts(data: st.DataObject) -> None:
    arrived = data.draw(many_sightings())
    shuffled = data.draw(st.permutations(arrived))
    for link in (DEVICE, PERSON):
        assert_order_is_nothing(link, arrived, shuffled)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_order_gives_one_trail_and_the_same_alerts(data: st.DataObject) -> None:
    arrived = data.draw(many_sightings(one_subject=True))
    assert_order_is_nothing(SUBJECT, arrived, data.draw(st.permutations(arrived)))


def test_a_verdict_given_again_late_is_heard_by_the_uses_in_between() -> None:
    """The approval of minute 2 is one use with that of minute 0, and outlasts the decline."""

    def told(minute: int, decision: Decision, vendor: str = "idwise") -> Sighting:
        event = f"event-{vendor}-{minute}"
        return sighting("s1", minute, "customer-1", event=event, vendor=vendor, decision=decision)

    arrived = [
        told(1, Decision.DECLINED),
        told(0, Decision.APPROVED),
        told(2, Decision.APPROVED, "didit"),
        told(2, Decision.APPROVED),
    ]
    for shuffled in permutations(arrived):
        assert_order_is_nothing(SUBJECT, arrived, shuffled)


def pairs(link: Link, *, standing: bool) -> set[frozenset[str]]:
    """The pairs of sessions in the alerts: in all ever sent, or in those nothing supersedes."""
    return {
        frozenset((a.session_id, name))
        for a in link.alerts
        if not standing or a.alert_id in link.standing
        for name in names(a)
    }


subjects_of_few = st.lists(st.sampled_from(["c1", "c2", "c3", "c4"]), min_size=2, max_size=4)


@settings(max_examples=200, deadline=None)
@given(st.data(), subjects_of_few, st.sampled_from([1, 200, 20 * 1440]))
def test_any_order_links_the_same_pairs(data: st.DataObject, few: list, apart: int) -> None:
    """Up to four sessions of any subjects, within minutes, days or months."""
    arrived = [sighting(f"s{i}", i * apart, subject) for i, subject in enumerate(few)]
    shuffled = data.draw(st.permutations(arrived))
    for key in (DEVICE, PERSON):
        one, other = Link(key).see_all(arrived), Link(key).see_all(shuffled)
        assert pairs(one, standing=True) == pairs(other, standing=True)
        # To a reader who ignores `supersedes` an order may show more pairs, never fewer.
        assert pairs(other, standing=False) >= pairs(one, standing=False)
        if len(few) == len(set(few)) <= 3:
            assert pairs(one, standing=False) == pairs(other, standing=False)


def test_cooldown_holds_back_what_is_no_worse() -> None:
    london, york = Position(51.5, -0.12, 50.0), Position(40.71, -74.0, 50.0)
    link = Link(SUBJECT, cooldowns={"impossible_travel": 120 * MINUTE})
    for i in range(6):
        where = york if i % 2 else london
        link.see(sighting(f"s{i}", i * 30, "customer-1", position=where))
    told = [
        (a.alert.session_id, True) if isinstance(a, Suppressed) else (a.session_id, False)
        for a in link.sent
    ]
    assert told == [("s1", False), ("s2", True), ("s3", True), ("s4", True), ("s5", False)]
