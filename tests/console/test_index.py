"""The index holds what topics hold: the latest of each case, each event once, in any batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.console.index.queries import PAGE, Filter, Queries
from streams.console.index.rows import UnreadableError, expired, rows
from streams.console.index.store import HOUR_MS, Store, StoreError
from streams.contracts.model import Case, CaseBand, CaseState, Environment
from streams.contracts.topics import CASES, REJECTED
from streams.kafka.dead_letters import APPENDED
from streams.kafka.producer import Outgoing
from tests.console.desk import AT, fill
from tests.console.records import case, case_id, cases, outgoing, told

EVENTS, ALERTS = told()
CASES_TOLD = list(cases(EVENTS, ALERTS))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "index.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def queries(store: Store) -> Queries:
    return Queries(store.file, None)


def subjects(found: list[Case]) -> list[str]:
    return [case.subject_key for case in found]


def test_cases_are_ranked_and_the_latest_change_counts(store: Store, queries: Queries) -> None:
    fill(store, outgoing(*CASES_TOLD))
    ranked = sorted(CASES_TOLD, key=lambda c: -c.score)
    assert [c.score for c in queries.cases(Filter()).cases] == [c.score for c in ranked]
    risen = replace(ranked[-1], score=99, change_id="later")
    fill(store, outgoing(risen))
    found = queries.cases(Filter())
    assert found.count == len(CASES_TOLD)
    assert found.cases[0] == risen
    assert queries.case(risen.case_id) == risen


def test_filters_narrow(store: Store, queries: Queries) -> None:
    closed = replace(CASES_TOLD[0], state=CaseState.CLOSED)
    other = replace(case("sandbox-1", [], []), environment=Environment.SANDBOX)
    fill(store, outgoing(*CASES_TOLD[1:], closed, other))
    everything = [*CASES_TOLD[1:], closed, other]
    for wanted, fits in (
        (Filter(), lambda c: c.state is CaseState.OPEN),
        (Filter(state=""), lambda c: True),
        (Filter(state="CLOSED"), lambda c: c.state is CaseState.CLOSED),
        (Filter(band="MEDIUM"), lambda c: c.band is CaseBand.MEDIUM and c.state is CaseState.OPEN),
        (Filter(environment="SANDBOX"), lambda c: c.environment is Environment.SANDBOX),
        (Filter(rule="ip_distance"), lambda c: "ip_distance" in {a.rule for a in c.alerts}),
        (Filter(vendor="aiprise"), lambda c: "aiprise" in {a.vendor for a in c.alerts}),
        (Filter(search="cust-100"), lambda c: c.subject_key.startswith("cust-100")
            and c.state is CaseState.OPEN),
        (Filter(search="%"), lambda c: False),
    ):  # fmt: skip
        expected = {c.subject_key for c in everything if fits(c)}
        assert set(subjects(queries.cases(wanted).cases)) == expected, wanted
    assert queries.tags("vendor") == sorted({a.vendor for c in everything for a in c.alerts})


def test_a_session_leads_to_its_case(store: Store, queries: Queries) -> None:
    fill(store, outgoing(*CASES_TOLD))
    wanted = CASES_TOLD[0]
    session = wanted.decisions[0].session_id
    assert wanted.subject_key in subjects(queries.cases(Filter(search=session[:9])).cases)


def test_tags_follow_a_case_that_changes(store: Store, queries: Queries) -> None:
    fill(store, outgoing(*CASES_TOLD))
    with_distance = queries.cases(Filter(rule="ip_distance")).cases[0]
    fill(store, outgoing(replace(with_distance, contributions=[], alerts=[])))
    assert queries.cases(Filter(rule="ip_distance")).count == 0


def test_pages_hold_everything_once(store: Store, queries: Queries) -> None:
    many = [case(f"cust-{number:04}", [], []) for number in range(PAGE * 2 + 1)]
    fill(store, outgoing(*many))
    found = [queries.cases(Filter(), page) for page in (1, 2, 3)]
    assert {page.pages for page in found} == {3}
    assert sorted(s for page in found for s in subjects(page.cases)) == subjects(many)
    assert queries.cases(Filter(), 99).page == 3


def test_a_case_has_the_events_of_its_subject_and_environment(
    store: Store, queries: Queries
) -> None:
    elsewhere = replace(EVENTS[0], event_id="elsewhere", environment=Environment.SANDBOX)
    fill(store, outgoing(*EVENTS, *EVENTS, elsewhere, *ALERTS, *CASES_TOLD))
    for wanted in CASES_TOLD:
        history = queries.history(wanted)
        mine = [e for e in EVENTS if e.subject_key == wanted.subject_key]
        assert sorted(e.event_id for e in history.verifications) == sorted(e.event_id for e in mine)
        assert len(history.alerts) == len(wanted.alerts)


def test_a_tombstone_takes_everything_about_a_subject(store: Store, queries: Queries) -> None:
    fill(store, outgoing(*EVENTS, *ALERTS, *CASES_TOLD))
    gone = CASES_TOLD[0]
    fill(store, [Outgoing(CASES, gone.subject_key.encode(), None)])
    assert queries.case(gone.case_id) is None
    history = queries.history(gone)
    assert not history.verifications
    assert not history.alerts
    assert queries.cases(Filter()).count == len(CASES_TOLD) - 1
    assert queries.cases(Filter(search=gone.decisions[0].session_id)).count == 0


def test_a_sandboxs_tombstone_leaves_the_live_case(store: Store, queries: Queries) -> None:
    live = CASES_TOLD[0]
    sandbox = replace(live, case_id="sandbox", environment=Environment.SANDBOX)
    fill(store, outgoing(live, sandbox))
    fill(store, [Outgoing(CASES, sandbox.key.encode(), None)])
    assert queries.case("sandbox") is None
    assert queries.case(live.case_id) == live


def test_what_topics_forget_is_forgotten_and_open_cases_stay(
    store: Store, queries: Queries
) -> None:
    closed = replace(CASES_TOLD[0], state=CaseState.CLOSED)
    fill(store, outgoing(*EVENTS, *ALERTS, closed, *CASES_TOLD[1:]))
    store.prune(AT + 1)
    assert queries.cases(Filter(state="")).count == len(CASES_TOLD) - 1
    assert not queries.history(CASES_TOLD[1]).verifications
    for row in rows(record(outgoing(closed)[0]), None):
        assert expired(row, AT + 1)
        assert not expired(row, AT)


def test_health_counts_each_event_once(store: Store, queries: Queries) -> None:
    unmapped = replace(EVENTS[0], reasons=["unmapped:status", "unmapped:status", "other"])
    fill(store, outgoing(unmapped, unmapped))
    fill(store, outgoing(unmapped))
    fill(store, [dead_letter("invalid_json", "idv.raw.didit")])
    found = {c.vendor: c for c in queries.vendors(("alice", unmapped.vendor), AT)}
    assert found["alice"].last_day == 0
    assert found["alice"].last_at is None
    ours = found[unmapped.vendor]
    assert ours.last_day == 1
    assert ours.unmapped == {"status": 2}
    assert ours.rejected == {"invalid_json": 1}
    assert ours.last_at == AT


def test_a_vendor_is_silent_where_it_was_not_the_day_before(store: Store, queries: Queries) -> None:
    busy = [replace(EVENTS[0], event_id=str(number)) for number in range(101)]
    fill(store, outgoing(*busy))
    silent = {
        hours: queries.vendors((EVENTS[0].vendor,), AT + hours * HOUR_MS)[0].silent
        for hours in (0, 1, 3, 24, 25, 27)
    }
    assert silent == {0: False, 1: False, 3: False, 24: True, 25: True, 27: False}


@given(st.lists(st.integers(1, 7), max_size=6))
def test_batches_do_not_matter(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]) -> None:
    records = outgoing(*EVENTS, *CASES_TOLD, *ALERTS, *(replace(c, score=1) for c in CASES_TOLD))
    store = Store(tmp_path_factory.mktemp("index") / "index.sqlite")
    rest = records
    for cut in cuts:
        fill(store, rest[:cut])
        rest = rest[cut:]
    fill(store, rest)
    found = Queries(store.file, None).cases(Filter())
    store.close()
    assert sorted(subjects(found.cases)) == sorted(subjects(CASES_TOLD))
    assert {c.score for c in found.cases} == {1}


@given(
    st.binary(max_size=64), st.sampled_from([CASES, "idv.alerts", "idv.verifications", REJECTED])
)
def test_bytes_of_nobody_are_unreadable_and_no_more(value: bytes, topic: str) -> None:
    with pytest.raises(UnreadableError):
        list(rows(record(Outgoing(topic, b"k", value)), None))


def test_a_damaged_body_is_unreadable() -> None:
    whole = outgoing(CASES_TOLD[0])[0]
    assert whole.value is not None
    for cut in range(10, len(whole.value), 7):
        with pytest.raises(UnreadableError):
            list(rows(record(whole._replace(value=whole.value[:cut])), None))


def test_one_console_owns_an_index(store: Store) -> None:
    with pytest.raises(StoreError, match="another console"):
        Store(store.file)


def test_a_start_begins_with_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "index.sqlite")
    fill(store, outgoing(*CASES_TOLD))
    store.close()
    again = Store(tmp_path / "index.sqlite")
    assert Queries(again.file, None).case(case_id("cust-1005")) is None
    assert again.file.stat().st_mode & 0o777 == 0o600
    again.close()


def record(sent: Outgoing) -> SimpleNamespace:
    return SimpleNamespace(
        topic=sent.topic, partition=0, offset=0, timestamp=AT, key=sent.key, value=sent.value,
        headers=list(sent.headers),
    )  # fmt: skip


def dead_letter(code: str, topic: str) -> Outgoing:
    why = (code, "normalize", "why", str(AT), topic, "0", "7")
    headers = [(name, value.encode()) for name, value in zip(APPENDED, why, strict=True)]
    return Outgoing(REJECTED, b"k", b"bytes", headers)
