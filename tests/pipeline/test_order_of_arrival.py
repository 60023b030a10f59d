"""Whole pipeline, raw records in any order: the same pairs in the alerts, the same session states.

All records of an example lie within seven days, so in any order some are up to seven days late.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.contracts.model import Alert, Drop, RawRecord, Verification
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.local import Offline, Result
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from streams.pipeline.sessions.session import SessionState
from streams.rules import RULES
from tests.simulate.payloads import Attempt, payload
from tests.simulate.world import City, Device, Line, Person

NOW = 1_767_225_600_000
MINUTE = 60_000
WEEK_MINUTES = 7 * 1440
KEYRING = Keyring({"k1": b"a key for tests only"})
PLACES = (
    City("Graz", "AT", "AUT", 47.07, 15.44),
    City("Recife", "BR", "BRA", -8.05, -34.9),
    City("Nairobi", "KE", "KEN", -1.29, 36.82),
)
PEOPLE = tuple(
    Person("Aino", f"Lind-{n}", "1990-01-01", f"P{n}000{n}9", PLACES[n % 3]) for n in range(4)
)
DEVICES = tuple(Device(f"{n}a5c3e" * 3, "Acme", f"P{n}") for n in range(2))
LINK_RULES = [rule.name for rule in RULES.values() if rule.stage == "link"]


@cache
def pipeline() -> Pipeline:
    return Pipeline(KEYRING, policy_from(KEYRING), Gazetteer())


@st.composite
def records(
    draw: st.DrawFn,
    subjects: int = 4,
    vendors: Sequence[str] = ("didit", "aiprise"),
    people: int = len(PEOPLE),
    headers: bool = True,
) -> list[tuple[str, RawRecord]]:
    """Events of a few sessions, with few devices and documents; by default of both vendors that
    report devices.
    """
    sessions = [
        # Alice's sessions are her users: one person is one of them.
        (vendor, "alice" if vendor == "alice" else f"s{n}", draw(st.integers(0, subjects - 1)))
        for n in range(draw(st.integers(2, 4)))
        for vendor in [draw(st.sampled_from(vendors))]
    ]
    minutes = draw(
        st.lists(
            st.one_of(st.integers(0, 120), st.integers(0, WEEK_MINUTES)),
            min_size=len(sessions), max_size=7, unique=True,
        )
    )  # fmt: skip
    found = []
    for number, minute in enumerate(minutes):
        vendor, session, who = sessions[number % len(sessions)]
        place = draw(st.sampled_from(PLACES))
        found.append(
            Attempt(
                at=NOW + minute * MINUTE, vendor=vendor, session=session, subject=f"c{who}",
                person=PEOPLE[draw(st.integers(0, people - 1))],
                device=draw(st.sampled_from(DEVICES)),
                line=Line(f"81.10.{number}.7", "fixed", place, place.latitude, place.longitude),
                decision=draw(st.sampled_from(("approved", "declined", "review"))),
                units={}, honest=True,
            )
        )  # fmt: skip
    # A record's timestamp is that of its arrival; the vendor's time is in the payload.
    arrived = NOW + WEEK_MINUTES * MINUTE
    return [
        (a.vendor, RawRecord(f"idv.raw.{a.vendor}", 0, n, arrived, None,
                             msgspec.json.encode(payload(a, n)),
                             (("idv-subject", a.subject.encode()),) if headers else ()))
        for n, a in enumerate(found)
    ]  # fmt: skip


def run(arrivals: Sequence[tuple[str, RawRecord]]) -> tuple[list[Result], Offline]:
    offline = Offline(pipeline())
    return [r for vendor, raw in arrivals for r in offline.run(vendor, raw, raw.timestamp)], offline


def standing(results: Sequence[Result]) -> list[Alert]:
    """The alerts of a subscriber who drops superseded and withdrawn ones."""
    alerts = [r for r in results if isinstance(r, Alert) and r.rule in LINK_RULES]
    superseded = {alert.supersedes for alert in alerts}
    return [a for a in alerts if a.alert_id not in superseded and not a.evidence.get("withdrawn")]


def pairs(alerts: Sequence[Alert]) -> set[tuple[str, str, frozenset[tuple[str, str]]]]:
    return {
        (a.rule, a.severity, frozenset({(a.vendor, a.session_id), (x.vendor, x.session_id)}))
        for a in alerts
        for x in a.linked
    }


def final(state: SessionState) -> dict[str, Any]:
    """Everything that affects later events: without the order of arrival, and without earlier
    results of rules.
    """
    told = msgspec.to_builtins(state)
    return {**told, "emitted": sorted(told["emitted"]), "raised": None}


@settings(max_examples=150, deadline=None)
@given(st.data(), records())
def test_any_order_links_the_same_pairs_and_ends_in_the_same_states(
    data: st.DataObject, arrived: list[tuple[str, RawRecord]]
) -> None:
    one, first = run(arrived)
    other, second = run(data.draw(st.permutations(arrived)))
    assert pairs(standing(one)) == pairs(standing(other))
    assert {k: final(s) for k, s in first.sessions.items() if s} == {
        k: final(s) for k, s in second.sessions.items() if s
    }
    decisions = [sorted((r.event_id, r.decision) for r in results if isinstance(r, Verification))
                 for results in (one, other)]  # fmt: skip
    assert decisions[0] == decisions[1]


@settings(max_examples=60, deadline=None)
@given(st.data(), records())
def test_a_replay_adds_nothing(data: st.DataObject, arrived: list[tuple[str, RawRecord]]) -> None:
    """The same records again, whole, at other offsets and in another order."""
    _, offline = run(arrived)
    links, sessions = dict(offline.links), dict(offline.sessions)
    for vendor, raw in data.draw(st.permutations(arrived)):
        again = msgspec.structs.replace(raw, offset=raw.offset + 1000)
        assert list(offline.run(vendor, again, raw.timestamp)) == [Drop("duplicate")]
        # After a crash the very same record comes again: nothing at all is sent.
        assert list(offline.run(vendor, raw, raw.timestamp)) == []
    assert offline.links == links
    assert offline.sessions == sessions


@settings(max_examples=60, deadline=None)
@given(st.data(), records())
def test_redeliveries_in_between_change_nothing(
    data: st.DataObject, arrived: list[tuple[str, RawRecord]]
) -> None:
    """Any record once more at any later moment: the same results in the same order."""
    once, clean = run(arrived)
    told, repeated = [], Offline(pipeline())
    for n, (vendor, raw) in enumerate(arrived):
        told += repeated.run(vendor, raw, raw.timestamp)
        for again in data.draw(st.lists(st.integers(0, n), max_size=3)):
            whose, old = arrived[again]
            other = msgspec.structs.replace(old, offset=1000 + old.offset)
            assert list(repeated.run(whose, other, raw.timestamp)) == [Drop("duplicate")]
    assert told == once
    assert (repeated.links, repeated.sessions) == (clean.links, clean.sessions)


ALL_VENDORS = ("didit", "aiprise", "alice", "idwise")


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        records(subjects=1, vendors=ALL_VENDORS),
        records(subjects=1, vendors=ALL_VENDORS, people=1, headers=False),
    )
)
def test_one_subject_alone_is_no_duplicate(arrived: list[tuple[str, RawRecord]]) -> None:
    """Any number of sessions, vendors, devices, names and documents; and one person with ids of
    several namespaces, so that it is unknown whether they differ.
    """
    results, _ = run(arrived)
    rules = {r.rule for r in results if isinstance(r, Alert)}
    assert not rules & {"duplicate_device", "shared_device", "same_person", "duplicate_identity"}
    assert not any(r.enrichment.duplicates for r in results if isinstance(r, Verification))


@settings(max_examples=30, deadline=None)
@given(records(), st.integers(1, 400))
def test_a_vendors_clock_in_the_future_breaks_no_window(
    arrived: list[tuple[str, RawRecord]], days: int
) -> None:
    """An event whose vendor's clock runs days ahead counts from its arrival; the others link as
    they do without it.
    """
    ahead = Attempt(
        at=NOW + (7 + days) * 1440 * MINUTE, vendor="didit", session="ahead", subject="c-ahead",
        person=PEOPLE[0]._replace(document="Z7777123"), device=DEVICES[0],
        line=Line("81.99.1.7", "fixed", PLACES[0], 47.07, 15.44), decision="approved",
        units={}, honest=True,
    )  # fmt: skip
    stamp = arrived[0][1].timestamp
    # On the same device as some others, by somebody else, before all of them arrive.
    raw = RawRecord("idv.raw.didit", 0, 999, stamp, None, msgspec.json.encode(payload(ahead, 999)))
    with_it, offline = run([("didit", raw), *arrived])
    without, _ = run(arrived)

    def links(results: list[Result]) -> set[tuple[str, frozenset[tuple[str, str]]]]:
        return {(rule, pair) for rule, _, pair in pairs(standing(results))}

    assert links(without) <= links(with_it)
    newest = max(state.newest for state in offline.links.values() if state)
    assert newest <= stamp + 5 * MINUTE
