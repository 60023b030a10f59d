"""Links: shared values and their standing alerts."""

from __future__ import annotations

import pytest

from streams.contracts.model import Decision, Severity, Strength
from streams.pipeline.links.alerts import reconcile
from streams.pipeline.links.link import (
    update,
)
from streams.rules.base import Position
from tests.support.links import (
    DEVICE,
    JUDGES,
    MINUTE,
    NOW,
    POLICY,
    SUBJECT,
    Link,
    finding,
    names,
    sighting,
)

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
        observed = update(DEVICE, before, again, POLICY)
        assert observed.state is before, "nothing to write"
        assert not observed.observations
        repeated = link.see(again).duplicate
        assert repeated == (found.duplicate if again is second else None)
    assert link.sent == sent


# -- alerts ------------------------------------------------------------------------------------


def test_alert_belongs_to_the_later_session() -> None:
    link = Link(DEVICE).see_all([sighting("b", 5, "c2"), sighting("a", 0, "c1")])
    assert [(a.session_id, names(a)) for a in link.alerts] == [("b", ["a"])]


def test_each_severity_is_told_once_and_stands_beside_the_others() -> None:
    link = Link(DEVICE).see_all(sighting(f"s{i}", i, f"c{i}") for i in range(12))
    severities = [a.severity for a in link.alerts]
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
    assert moved.session_id == "b"


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
    assert link.alerts[-1].evidence == {"withdrawn": True}
    assert link.sent[-1].supersedes == link.sent[0].alert_id
    first = link.see(sighting("b", -21 * 60, "customer-1", position=york)).observations
    assert not reconcile(link.state.raised, first, [], whole=True, judges=JUDGES, now=NOW)[1], (
        "told once"
    )
    assert not link.standing


def test_rule_that_failed_withdraws_nothing() -> None:
    link = Link(DEVICE).see_all([sighting("a", 0, "c1"), sighting("b", 5, "c2")])
    observed = update(DEVICE, link.state, sighting("0", -5, "c0"), POLICY)
    standing = link.state.raised
    for judges, count in (((), 0), (("same_person",), 0), (("duplicate_device",), 1)):
        _, sent = reconcile(
            standing, observed.observations, [], whole=observed.whole, judges=judges, now=NOW
        )
        assert len(sent) == count


def test_raised_again_after_its_lifetime() -> None:
    link = Link(DEVICE).see_all([sighting("a", 0, "c1"), sighting("b", 1, "c2")])
    link.see_all(sighting(f"b{d}", d * 1440, "c2") for d in (30, 60, 89))
    assert len(link.sent) == 1
    link.see_all([sighting("b4", 91 * 1440, "c2"), sighting("c", 92 * 1440, "c3")])
    assert len(link.sent) == 2
