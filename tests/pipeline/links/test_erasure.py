"""One subject is erased from a link; other subjects and standing alerts remain."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from streams.pipeline.links.erasure import holds, without
from streams.pipeline.links.link import LinkState
from streams.pipeline.sessions.session import SessionState, belongs_to
from tests.support.links import DEVICE, PERSON, Link, sighting


def shared_device() -> Link:
    return Link(DEVICE).see_all(
        [sighting("a", 0, "c1"), sighting("b", 1, "c2"), sighting("c", 2, "c1"), sighting("d", 3)]
    )


def test_nothing_of_the_subject_is_left() -> None:
    link = shared_device()
    left = without(link.state, {"c1"}, {("didit", "d")})
    assert left is not None
    assert [use.session_id for use in left.seen] == ["b"]
    assert not holds(left, {"c1"}, {("didit", "a"), ("didit", "c"), ("didit", "d")})
    assert b"c1" not in msgspec.msgpack.encode(left)
    assert without(left, {"c2"}, ()) is None


def test_who_is_not_there_changes_nothing() -> None:
    state = shared_device().state
    assert without(state, {"c"}, {("alice", "a")}) is state


def test_a_use_without_subject_goes_with_its_session() -> None:
    link = Link(PERSON).see_all([sighting("a", 0, person_key="document:k1:AAA")])
    assert without(link.state, {"c1"}, ()) is link.state
    assert without(link.state, {"c1"}, {("didit", "a")}) is None


def test_a_shared_link_stays_shared() -> None:
    state = LinkState(newest=1, more=30, shared=21)
    assert without(state, {"c1"}, ()) is state


def test_a_shared_link_forgets_whom_it_counted() -> None:
    link = Link(DEVICE).see_all(sighting(f"s{i}", i, f"c{i}") for i in range(25))
    after = without(link.state, {"c24"}, {("didit", "s24")})
    assert (len(link.state.subjects), len(after.subjects)) == (25, 24)
    assert (len(link.state.sessions), len(after.sessions)) == (25, 24)
    assert without(after, {"c24"}, {("didit", "s24")}) is after


def test_alerts_about_others_stand_after_an_erasure() -> None:
    """A late sighting re-evaluates all alerts of a link: an alert that named the erased subject
    would be withdrawn, although it was right.
    """
    link = Link(DEVICE).see_all([sighting("a", 0, "c1"), sighting("b", 10, "c2")])
    (told,) = {alert.rule for alert in link.sent}
    assert told == "duplicate_device"
    link.state = without(link.state, {"c1"}, ())
    link.sent.clear()
    link.see(sighting("b0", 5, "c2"))
    assert not any("withdrawn" in alert.evidence for alert in link.alerts)


def test_a_session_is_known_by_either_id() -> None:
    state = SessionState(subject_id="cust-1", vendor_subject_id="v-9")
    assert belongs_to(state, {"cust-1"})
    assert belongs_to(state, {"v-9"})
    assert not belongs_to(replace(state, subject_id=None), {"cust-1"})
    assert not belongs_to(SessionState(), {"cust-1"})
