"""The state of a link: its bounds, its expiry, its bytes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.contracts.model import Strength
from streams.pipeline.links.alerts import STANDING_MAX
from streams.pipeline.links.link import (
    DAY_MS,
    LinkState,
    expires_at,
    update,
)
from streams.pipeline.messages import Sighting
from streams.rules.base import Position
from tests.support.links import (
    DEVICE,
    POLICY,
    SUBJECT,
    Link,
    finding,
    sighting,
)

# -- bounds ------------------------------------------------------------------------------------

LONG = "x" * 64


def longest(i: int, **told) -> Sighting:
    return sighting(
        f"{i:06}{LONG}"[:64],
        i,
        told.pop("subject", f"{i % 19:06}{LONG}"[:64]),
        event=f"11111111-1111-5111-8111-{i:012}",
        person_key=f"document:k1:{i % 19:043}",
        **told,
    )


@pytest.mark.parametrize("backwards", [False, True])
def test_state_stays_within_16_kib(backwards: bool) -> None:
    place = {"country": "GB", "network": "n" * 22}
    many = [longest(i, position=Position(51.123 + i, -0.123, 50.0, **place)) for i in range(300)]
    many = many[::-1] if backwards else many
    for key in (DEVICE, SUBJECT):
        link = Link(key)
        for one in many:
            subject = {"subject": ("company", "customer-1")} if key == SUBJECT else {}
            link.see(msgspec.structs.replace(one, **subject))
            assert len(link.state.seen) <= POLICY.uses
            assert len(link.state.raised) <= STANDING_MAX
            assert len(msgspec.msgpack.encode(link.state)) <= 16 * 1024
        assert link.state.more == 300 - len(link.state.seen)


def test_one_subjects_many_sessions_do_not_push_out_others() -> None:
    link = Link(DEVICE).see_all([sighting("first", 0, "c1")])
    link.see_all(sighting(f"s{i}", 1 + i / 100, "c2") for i in range(500))
    found = link.see(sighting("last", 60, "c3")).duplicate
    assert found is not None
    assert (found.subjects_count, found.sessions_count) == (3, 502)
    assert {"first", "s0", "s499"} <= {x.session_id for x in found.linked}


def test_shared_link_is_told_once_and_written_rarely() -> None:
    link = Link(DEVICE).see_all(sighting(f"s{i}", i / 10, f"c{i}") for i in range(20))
    assert "shared_device" not in {a.rule for a in link.sent}
    link.see(sighting("s20", 3, "c20"))
    assert [a.rule for a in link.sent].count("shared_device") == 1
    sent, writes, estimates = len(link.sent), 0, []
    for i in range(24 * 60):
        before = link.state
        observed = link.see(sighting(f"t{i}", 4 + i, f"d{i}"))
        writes += observed.state.newest != before.newest
        assert observed.duplicate is not None
        estimates.append(observed.duplicate.subjects_count)
        again = update(DEVICE, link.state, sighting(f"t{i}", 4 + i, f"d{i}"), POLICY)
        assert again.state is link.state, "the same sighting again tells nothing new"
    assert len(link.sent) == sent, "no alert per session any more"
    assert estimates[:10] == list(range(22, 32)), "exact at first"
    assert 0.6 < estimates[-1] / (21 + 24 * 60) < 1.6
    assert writes < 300
    assert len(msgspec.msgpack.encode(link.state)) < 1024


def test_a_shared_link_counts_sessions_beside_subjects() -> None:
    link = Link(DEVICE).see_all(sighting(f"s{i}", i / 10, f"c{i}") for i in range(21))
    for i in range(2_000):
        found = link.see(sighting(f"t{i}", 4 + i, f"c{i % 21}")).duplicate
    assert found is not None
    assert found.subjects_count == 21
    assert 0.6 < found.sessions_count / 2021 < 1.6
    # Nobody can tell whose this is: it is no duplicate, but a session all the same.
    assert link.see(sighting("x", 3_000)).duplicate is None


def test_shared_link_is_forgotten_after_its_lifetime() -> None:
    link = Link(DEVICE).see_all(sighting(f"s{i}", i, f"c{i}") for i in range(21))
    assert link.state.shared == 21
    assert link.see(sighting("x", 91 * 1440, "c0")).duplicate is None
    assert link.state.shared == 0


# -- expiry ------------------------------------------------------------------------------------


def test_expires_by_state_time_when_read() -> None:
    first = sighting("a", 0, "c1")
    link = Link(DEVICE).see_all([first])
    assert expires_at(link.state, POLICY) == first.seen_at + 90 * DAY_MS
    assert link.see(sighting("b", 90 * 1440, "c2")).duplicate is not None
    link = Link(DEVICE).see_all([first])
    assert link.see(sighting("b", 90 * 1440 + 1, "c2")).duplicate is None
    assert [use.session_id for use in link.state.seen] == ["b"]


def test_sighting_older_than_all_that_is_kept_changes_nothing() -> None:
    link = Link(DEVICE).see_all([sighting("b", 200 * 1440, "c2")])
    before = link.state
    assert update(DEVICE, before, sighting("a", 0, "c1"), POLICY).state is before


def test_weak_links_reach_a_day() -> None:
    weak = {"strength": Strength.WEAK}
    for minute, known in ((1440, True), (1441, False)):
        found = finding(sighting("a", 0, "c1", **weak), sighting("b", minute, "c2", **weak))
        assert (found is not None) is known


# -- state as bytes ----------------------------------------------------------------------------


def test_state_survives_its_encoding() -> None:
    place = Position(51.5, -0.12, 50.0)
    link = Link(SUBJECT).see_all([sighting("a", 0, "customer-1", position=place)])
    data = msgspec.msgpack.encode(link.state)
    assert msgspec.msgpack.decode(data, type=LinkState) == link.state


def test_reads_what_an_older_or_newer_version_wrote() -> None:
    link = Link(DEVICE).see_all([sighting("a", 0, "c1"), sighting("b", 1, "c2")])
    plain = msgspec.msgpack.decode(msgspec.msgpack.encode(link.state))
    newer = {**plain, "unheard_of": 1, "seen": [[*use, "more"] for use in plain["seen"]]}
    assert msgspec.convert(newer, LinkState) == link.state
    older = {"seen": [use[:6] for use in plain["seen"]], "newest": plain["newest"]}
    assert len(msgspec.convert(older, LinkState).seen) == 2


@example(0)
@given(st.integers(0, 80))
@settings(max_examples=20, deadline=None)
def test_counts_are_exact_up_to_the_bound(subjects_count: int) -> None:
    count = min(subjects_count, 19)
    link = Link(DEVICE).see_all(sighting(f"s{i}", i, f"c{i}") for i in range(count))
    found = link.see(sighting("own", 100, "own")).duplicate
    assert (found.subjects_count if found else 1) == count + 1
