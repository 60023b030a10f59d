"""What pages show, worked out of events."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins
from msgspec.structs import replace

from deploy.generate.outlines import TARGET, outlines
from streams.console.index.queries import History
from streams.console.views import graph, words
from streams.console.views.bars import HEIGHT as TALLEST
from streams.console.views.bars import bars
from streams.console.views.case import view
from streams.console.views.graph import Sharing
from streams.console.views.map import HEIGHT, WIDTH, Gap, Spot, draw
from streams.contracts.model import Disposition, Environment, Outcome, Severity, Verdict
from streams.rules import RULES
from tests.console.records import case, cases, ring, told

EVENTS, ALERTS = told(ring())
CASES = {found.subject_key: found for found in cases(EVENTS, ALERTS)}
OUTLINES = Path.home() / ".cache/idv-streams/tools"

spots = st.builds(
    Spot,
    kind=st.sampled_from(["ip", "document"]),
    label=st.just("a place"),
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    radius_km=st.floats(0, 2000),
)


def history(subject: str) -> History:
    return History(
        [e for e in EVENTS if e.subject_key == subject],
        [a for a in ALERTS if a.subject_key == subject],
        [],
    )


@given(st.lists(spots, min_size=1, max_size=12))
def test_every_place_is_in_view(found: list[Spot]) -> None:
    drawn = draw(found)
    assert drawn is not None
    assert len(drawn.marks) == len(found)
    for mark in drawn.marks:
        assert 0 <= mark.x <= WIDTH
        assert 0 <= mark.y <= HEIGHT
    for upper, lower in pairwise(sorted(drawn.marks, key=lambda m: m.label_y)):
        assert abs(upper.x - lower.x) > 160 or lower.label_y - upper.label_y > 13


def test_places_beyond_the_date_line_are_neighbours() -> None:
    drawn = draw([Spot("ip", "Suva", -18.1, 178.4), Spot("document", "Apia", -13.8, -171.8)])
    assert drawn is not None
    suva, apia = sorted(drawn.marks, key=lambda mark: mark.x)
    assert (suva.label, apia.label) == ("Suva", "Apia")
    assert apia.x - suva.x > WIDTH / 3


def test_distances_are_drawn_where_they_can_be_seen() -> None:
    places = [Spot("ip", "a", 52, 13), Spot("document", "b", 48, 2), Spot("document", "c", 52, 13)]
    drawn = draw(places, [Gap(0, 1, "878 km"), Gap(0, 2, "0 km")])
    assert drawn is not None
    assert [line.label for line in drawn.lines] == ["878 km"]
    assert draw([]) is None


def test_berlin_is_on_land_and_the_atlantic_is_not() -> None:
    for latitude, longitude, on_land in ((52.5, 13.4, True), (30.0, -40.0, False)):
        drawn = draw([Spot("ip", "here", latitude, longitude)])
        assert drawn is not None
        mark = drawn.marks[0]
        assert any(_within(path, mark.x, mark.y) for path in drawn.land) is on_land


def _within(path: str, x: float, y: float) -> bool:
    """Whether a ray to the right crosses the outline an odd number of times."""
    points = [tuple(map(float, p.split(","))) for p in path[1:-1].split("L")]
    crossings = 0
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            crossings += 1
    return crossings % 2 == 1


def test_outlines_are_those_of_the_package() -> None:
    found = sorted(OUTLINES.glob("countries-*.json"))
    if not found:
        pytest.skip("no world-atlas here (`make tools` gets it, with npm)")
    assert outlines(json.loads(found[-1].read_bytes())) == TARGET.read_text()


@given(st.integers(1, 60))
def test_the_graph_shows_twenty_and_counts_the_rest(count: int) -> None:
    shared = [
        Sharing("device", ("didit", "s"), ("didit", str(n)), f"cust-{n}") for n in range(count)
    ]
    drawn = graph.draw([*shared, *shared])
    assert drawn is not None
    others = [box for box in drawn.boxes if box.kind == "other"]
    assert len(others) == min(count, graph.MOST)
    assert drawn.left_out == count - len(others)
    assert max(box.y for box in drawn.boxes) < drawn.height
    assert graph.draw([]) is None


def test_a_case_shares_what_its_alerts_and_events_say() -> None:
    shown = view(CASES["cust-2003"], history("cust-2003"), revealed=False)
    assert shown.graph is not None
    assert {box.text for box in shown.graph.boxes if box.kind == "link"} == {"device"}
    assert {box.of for box in shown.graph.boxes if box.kind == "other"} == {
        "cust-2001", "cust-2002",
    }  # fmt: skip


@pytest.mark.parametrize("subject", CASES)
def test_nothing_private_is_in_a_view_before_it_is_revealed(subject: str) -> None:
    """Not only not shown: not there."""
    shown = view(CASES[subject], history(subject), revealed=False)
    revealed = json.dumps(
        to_builtins(view(CASES[subject], history(subject), revealed=True), str_keys=True)
    )
    masked = json.dumps(to_builtins(shown, str_keys=True))
    private = [text for e in history(subject).verifications for text in _private(e)]
    for text in private:
        assert text not in masked
        assert text in revealed
    assert shown.masked


def _private(event: object) -> list[str]:
    event = to_builtins(event)
    assert isinstance(event, dict)
    person = event.get("person") or {}
    found = [person.get("full_name"), person.get("birth_date")]
    found += [network.get("ip") for network in event.get("networks", ())]
    found += [address.get("formatted") for address in event.get("addresses", ())]
    return [json.dumps(text)[1:-1] for text in found if text]


def test_masked_places_are_a_degree_off_at_most() -> None:
    exact = view(CASES["cust-1005"], history("cust-1005"), revealed=True).map
    rough = view(CASES["cust-1005"], history("cust-1005"), revealed=False).map
    assert exact is not None
    assert rough is not None
    assert [mark.label for mark in rough.marks] != [mark.label for mark in exact.marks]
    assert all(r.radius > e.radius for r, e in zip(rough.marks, exact.marks, strict=True))


def test_the_timeline_has_everything_the_latest_first() -> None:
    found = CASES["cust-1003"]
    verdict = Disposition(
        "d", found.case_id, found.subject_key, Environment.LIVE, Verdict.FALSE_ALARM, "a trip",
        "ana", found.changed_at + 1,
    )  # fmt: skip
    known = replace(history("cust-1003"), dispositions=[verdict])
    shown = view(found, known, revealed=False).timeline
    assert [entry.kind for entry in shown] == ["verdict", "alert", "decision", "decision"]
    assert shown[0].title == "ana: False alarm"
    assert shown[1].runbook is not None
    # What the index does not hold any more, the case does in short.
    short = view(found, History([], [], []), revealed=False).timeline
    assert [entry.kind for entry in short] == ["decision"] * len(found.decisions)


def test_failed_checks_are_named() -> None:
    event = next(e for e in EVENTS if e.checks)
    failed = replace(event, checks=[replace(event.checks[0], outcome=Outcome.FAIL)])
    shown = view(case("x", [], []), History([failed], [], []), revealed=False)
    assert ("failed checks", failed.checks[0].name.replace("_", " ")) in shown.timeline[0].notes


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_says_what_to_do(rule: str) -> None:
    found = words.runbook(rule)
    assert found is not None
    assert found.acts
    assert found.rest


def test_a_rule_of_a_newer_release_is_shown_by_its_name() -> None:
    alert = replace(ALERTS[0], rule="night_owl", severity=Severity.LOW)
    shown = view(case("x", [alert], []), History([], [alert], []), revealed=False)
    assert "night owl" in {sign.title for sign in shown.signs}
    assert shown.timeline[0].runbook is None


@given(st.lists(st.integers(0, 10**9), max_size=48))
def test_bars_show_every_number_above_nothing(numbers: list[int]) -> None:
    drawn = bars(numbers)
    assert len(drawn) == sum(n > 0 for n in numbers)
    for _, y, height in drawn:
        assert height >= 2
        assert y + height == TALLEST
