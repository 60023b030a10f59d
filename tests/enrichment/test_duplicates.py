"""Links: who shares what. Whatever the order of arrival, one state and the same standing alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.enrichment.duplicates import (
    DAY_MS,
    LinkState,
    Observed,
    Policy,
    expires_at,
    observe,
)
from streams.enrichment.raised import RAISED_MAX, Claim, Raise, settle
from streams.enrichment.subjects import Crowd, differ
from streams.findings import Position, Seen, Sighting
from streams.model import Decision, Duplicate, Severity, Strength
from streams.rules import RULES

DEVICE = "LIVE|device|k1:aGFzaA"
PERSON = "LIVE|person|document:k1:AAA"
SUBJECT = "LIVE|subject|company|customer-1"
NOW = 1_767_225_600_000
MINUTE = 60_000
LINK_RULES = [rule for rule in RULES.values() if rule.stage == "link"]
JUDGES = {rule.name for rule in LINK_RULES}
POLICY = Policy()


def sighting(
    session: str, minute: float, subject: str | None = None, *, event: str | None = None, **told
) -> Sighting:
    return Sighting(
        event_id=event or f"event-{session}-{minute}",
        vendor=told.pop("vendor", "didit"),
        session_id=session,
        seen_at=NOW + round(minute * MINUTE),
        decision=told.pop("decision", Decision.PENDING),
        subject=("company", subject) if subject else None,
        named=subject is not None,
        **told,
    )


class Link:
    """A link with the rules at work, as the pipeline drives them."""

    def __init__(
        self, key: str, policy: Policy = POLICY, cooldowns: Mapping[str, int] = {}
    ) -> None:
        self.key, self.policy, self.cooldowns = key, policy, cooldowns
        self.state: LinkState | None = None
        self.sent: list[Raise] = []

    def see(self, one: Sighting) -> Observed:
        observed = observe(self.key, self.state, one, self.policy)
        claims = [
            Claim(rule.name, observation, finding)
            for observation in observed.observations
            for rule in LINK_RULES
            for finding in rule.evaluate(observation, rule.config())
        ]
        raised, sent = settle(
            observed.state.raised,
            observed.observations,
            claims,
            whole=observed.whole,
            judges=JUDGES,
            cooldowns=self.cooldowns,
        )
        self.sent += sent
        self.state = msgspec.structs.replace(observed.state, raised=raised)
        return msgspec.structs.replace(observed, state=self.state)

    def see_all(self, many: Iterable[Sighting]) -> Link:
        for one in many:
            self.see(one)
        return self

    @property
    def standing(self) -> dict[str, tuple[str, Severity, str, list[str]]]:
        """What a subscriber who drops superseded alerts is left with, by alert id."""
        assert len({alert.alert_id for alert in self.sent}) == len(self.sent)
        superseded = {alert.supersedes for alert in self.sent}
        return {
            a.alert_id: (a.rule, a.finding.severity, a.seen.event_id, sorted(names(a)))
            for a in self.sent
            if a.alert_id not in superseded and not a.withdrawn
        }


def names(alert: Raise) -> list[str]:
    return [linked.session_id for linked in alert.finding.linked]


def finding(*many: Sighting, link: str = DEVICE) -> Duplicate | None:
    *before, last = many
    return Link(link).see_all(before).see(last).duplicate


# -- different subjects ------------------------------------------------------------------------

A, B = "document:k1:AAA", "document:k1:BBB"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"subject": ("company", "a")}, {"subject": ("company", "b")}, True),
        ({"subject": ("company", "a")}, {"subject": ("company", "a")}, False),
        ({"subject": ("company", "a")}, {"subject": ("alice", "a")}, None),
        ({"subject": ("company", "a")}, {}, None),
        ({}, {}, None),
        ({"person_key": A}, {"person_key": B}, True),
        ({"person_key": A}, {"person_key": A}, False),
        ({"person_key": A}, {"person_key": "name:k1:AAA"}, None),
        ({"person_key": A}, {"person_key": "document:k2:AAA"}, None),
        # Ids decide before persons do: one subject may show two documents.
        (
            {"subject": ("company", "a"), "person_key": A},
            {"subject": ("company", "a"), "person_key": B},
            False,
        ),
        (
            {"subject": ("company", "a"), "person_key": A},
            {"subject": ("company", "b"), "person_key": A},
            True,
        ),
        ({"subject": ("company", "a"), "person_key": A}, {"person_key": B}, True),
        (
            {"subject": ("company", "a"), "person_key": A},
            {"subject": ("idwise", "b"), "person_key": A},
            False,
        ),
    ],
)
def test_different_subjects(one: dict, other: dict, expected: bool | None) -> None:
    first = msgspec.structs.replace(sighting("s", 0), **one)
    second = msgspec.structs.replace(sighting("s", 0), **other)
    assert differ(first, second) is expected
    assert differ(second, first) is expected


identities = st.tuples(
    st.sampled_from([None, ("company", "a"), ("company", "b"), ("company", "c"), ("v", "a")]),
    st.sampled_from([None, A, B, "document:k1:CCC", "name:k1:AAA", "name:k1:BBB"]),
)


def crowd(many: Iterable[tuple[tuple[str, str] | None, str | None]]) -> int:
    counted = Crowd()
    for subject, person in many:
        counted.add(Seen("didit", "s", "e", 0, 0, Decision.PENDING, subject, True, person))
    return len(counted)


def largest_set_of_different(many: Sequence[tuple[tuple[str, str] | None, str | None]]) -> int:
    """By trying all subsets: a use without subject and person is nobody."""
    uses = [Seen("d", "s", "e", 0, 0, Decision.PENDING, s, True, p) for s, p in many if s or p]
    return max(
        (
            size
            for size in range(1, len(uses) + 1)
            for chosen in combinations(uses, size)
            if all(differ(one, other) for one, other in combinations(chosen, 2))
        ),
        default=0,
    )


@settings(max_examples=400, deadline=None)
@given(st.lists(identities, max_size=7), identities)
def test_crowd_counts_no_more_than_there_are_and_never_shrinks(many: list, another: tuple) -> None:
    assert crowd(many) <= largest_set_of_different(many)
    assert crowd([*many, another]) >= crowd(many)


@pytest.mark.parametrize(
    ("many", "expected"),
    [
        ([(("company", "a"), A), (("company", "a"), B)], 1),
        ([(("company", "a"), A), (("company", "b"), A)], 2),
        ([(("company", "a"), A), (None, B)], 2),
        ([(("company", "a"), A), (None, A)], 1),
        ([(None, A), (None, B), (None, "name:k1:AAA")], 2),
        ([(("company", "a"), None), (("v", "a"), None)], 1),
    ],
)
def test_crowd(many: list, expected: int) -> None:
    assert crowd(many) == expected


# -- the finding of one event ------------------------------------------------------------------


def test_finding_counts_and_names_the_others() -> None:
    found = finding(
        sighting("a", 0, "c1", decision=Decision.DECLINED),
        sighting("a2", 10, "c1"),
        sighting("b", 20, "c2"),
        sighting("c", 30, "c3"),
        sighting("x", 35),
        sighting("b", 40, "c2", decision=Decision.APPROVED),
        sighting("d", 45, "c1", strength=Strength.STRONG),
    )
    assert found is not None
    assert (found.subjects_count, found.sessions_count, found.window) == (3, 6, "1h")
    assert (found.first_seen, found.last_seen) == (NOW + 20 * MINUTE, NOW + 30 * MINUTE)
    assert [(x.session_id, x.subject_id, x.decision) for x in found.linked] == [
        ("c", "c3", Decision.PENDING),
        ("b", "c2", Decision.APPROVED),
    ]
    assert found.strength is Strength.STRONG


@pytest.mark.parametrize(
    ("minutes", "window"),
    [(5, "5m"), (5.1, "1h"), (60, "1h"), (61, "24h"), (1440, "24h"), (1441, "7d"),
     (7 * 1440, "7d"), (7 * 1440 + 1, "90d"), (90 * 1440, "90d")],
)  # fmt: skip
def test_window_is_the_narrowest_that_holds_the_others(minutes: float, window: str) -> None:
    found = finding(sighting("a", 0, "c1"), sighting("b", minutes, "c2"))
    assert found is not None
    assert found.window == window


def test_late_event_counts_up_to_its_own_time() -> None:
    link = Link(DEVICE).see_all([sighting("a", 0, "c1"), sighting("c", 20, "c3")])
    found = link.see(sighting("b", 10, "c2")).duplicate
    assert found is not None
    assert (found.subjects_count, [x.session_id for x in found.linked]) == (2, ["a"])
    assert link.see(sighting("0", -10, "c0")).duplicate is None


def test_redelivery_finds_the_same_and_changes_nothing() -> None:
    first, second = sighting("a", 0, "c1"), sighting("b", 5, "c2")
    link = Link(DEVICE)
    link.see(first)
    found = link.see(second)
    sent = list(link.sent)
    for again in (second, first, second):
        before = link.state
        observed = observe(DEVICE, before, again, POLICY)
        assert observed.state is before, "nothing to write"
        assert not observed.observations
        repeated = link.see(again).duplicate
        assert repeated == (found.duplicate if again is second else None)
    assert link.sent == sent


# -- alerts ------------------------------------------------------------------------------------


def test_alert_belongs_to_the_later_session() -> None:
    link = Link(DEVICE).see_all([sighting("b", 5, "c2"), sighting("a", 0, "c1")])
    assert [(a.seen.session_id, names(a)) for a in link.sent] == [("b", ["a"])]


def test_each_severity_is_told_once_and_stands_beside_the_others() -> None:
    link = Link(DEVICE).see_all(sighting(f"s{i}", i, f"c{i}") for i in range(12))
    severities = [a.finding.severity for a in link.sent]
    assert severities == [Severity.LOW, Severity.HIGH]
    assert all(a.supersedes is None for a in link.sent)
    assert len(link.standing) == 2


def test_late_session_moves_the_alert() -> None:
    link = Link(DEVICE).see_all(
        [sighting("a", 10, "c1"), sighting("b", 20 * 1440, "c2"), sighting("0", 0, "c1")]
    )
    moved = link.sent[-1]
    assert [names(a) for a in link.sent] == [["a"], ["a", "0"]]
    assert moved.supersedes == link.sent[0].alert_id
    assert moved.seen.session_id == "b"


def test_alert_is_withdrawn_where_a_late_event_refutes_it() -> None:
    london, york = Position(51.5, -0.12, 50.0), Position(40.71, -74.0, 50.0)
    link = Link(SUBJECT).see_all(
        [
            sighting("a", 60, "customer-1", position=london),
            sighting("b", 120, "customer-1", position=york),
        ]
    )
    assert [a.rule for a in link.sent] == ["impossible_travel"]
    # The second session began the evening before: there was time for a flight.
    link.see(sighting("b", -20 * 60, "customer-1", position=york))
    assert link.sent[-1].withdrawn
    assert link.sent[-1].supersedes == link.sent[0].alert_id
    first = link.see(sighting("b", -21 * 60, "customer-1", position=york)).observations
    assert not settle(link.state.raised, first, [], whole=True, judges=JUDGES)[1], "told once"
    assert not link.standing


def test_rule_that_failed_withdraws_nothing() -> None:
    link = Link(DEVICE).see_all([sighting("a", 0, "c1"), sighting("b", 5, "c2")])
    observed = observe(DEVICE, link.state, sighting("0", -5, "c0"), POLICY)
    standing = link.state.raised
    for judges, count in (((), 0), (("same_person",), 0), (("duplicate_device",), 1)):
        sent = settle(standing, observed.observations, [], whole=observed.whole, judges=judges)[1]
        assert len(sent) == count


def test_raised_again_after_its_lifetime() -> None:
    link = Link(DEVICE).see_all([sighting("a", 0, "c1"), sighting("b", 1, "c2")])
    link.see_all(sighting(f"b{d}", d * 1440, "c2") for d in (30, 60, 89))
    assert len(link.sent) == 1
    link.see_all([sighting("b4", 91 * 1440, "c2"), sighting("c", 92 * 1440, "c3")])
    assert len(link.sent) == 2


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
    policy = Policy(uses_per_subject=64)
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
    """The state less the ids of alerts (they tell what they superseded) and withdrawn ones."""
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


def pairs(link: Link, *, standing: bool) -> set[frozenset[str]]:
    """The pairs of sessions in the alerts: in all ever sent, or in those nothing supersedes."""
    return {
        frozenset((a.seen.session_id, name))
        for a in link.sent
        if not standing or a.alert_id in link.standing
        for name in names(a)
    }


subjects_of_few = st.lists(st.sampled_from(["c1", "c2", "c3", "c4"]), min_size=2, max_size=4)


@settings(max_examples=200, deadline=None)
@given(st.data(), subjects_of_few, st.sampled_from([1, 200, 20 * 1440]))
def test_any_order_links_the_same_pairs(data: st.DataObject, few: list, apart: int) -> None:
    """Of up to four sessions, whoever they belong to, within minutes, days or months."""
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
    told = [(a.seen.session_id, a.held) for a in link.sent]
    assert told == [("s1", False), ("s2", True), ("s3", True), ("s4", True), ("s5", False)]


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
            assert len(link.state.raised) <= RAISED_MAX
            assert len(msgspec.msgpack.encode(link.state)) <= 16 * 1024
        assert link.state.more == 300 - len(link.state.seen)


def test_one_subjects_many_sessions_do_not_push_out_others() -> None:
    link = Link(DEVICE).see_all([sighting("first", 0, "c1")])
    link.see_all(sighting(f"s{i}", 1 + i / 100, "c2") for i in range(500))
    found = link.see(sighting("last", 60, "c3")).duplicate
    assert found is not None
    assert (found.subjects_count, found.sessions_count) == (3, 502)
    assert {"first", "s0", "s499"} <= {x.session_id for x in found.linked}


def test_shared_link_is_told_once_and_written_once_an_hour() -> None:
    link = Link(DEVICE).see_all(sighting(f"s{i}", i / 10, f"c{i}") for i in range(20))
    assert "shared_device" not in {a.rule for a in link.sent}
    link.see(sighting("s20", 3, "c20"))
    assert [a.rule for a in link.sent].count("shared_device") == 1
    sent, writes = len(link.sent), 0
    for i in range(24 * 60):
        before = link.state
        observed = observe(DEVICE, before, sighting(f"t{i}", 4 + i, f"d{i}"), POLICY)
        writes += observed.state is not before
        link.see(sighting(f"t{i}", 4 + i, f"d{i}"))
        assert observed.duplicate is not None
        assert observed.duplicate.subjects_count == 21
    assert len(link.sent) == sent, "no alert per session any more"
    assert 22 <= writes <= 24
    assert len(msgspec.msgpack.encode(link.state)) < 1024


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
    assert observe(DEVICE, before, sighting("a", 0, "c1"), POLICY).state is before


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
