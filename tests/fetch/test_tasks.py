"""Tasks: when each is tried, how it ends, and that a session is asked for once for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.contracts.model import Environment
from streams.fetch.tasks import DELAYS_S, FETCHED, Book, Task, after, decode
from streams.vendors.base.fetch import Ended, Later, Limits, Result

LIMITS = Limits(calls=60, period_s=60, apart_s=2)
NOW = 1_000_000


def task(event: str = "e1", session: str = "s1", due: int = NOW, since: int = NOW) -> Task:
    return Task(event, "idwise", session, since, due)


def test_a_task_is_written_and_read_whole() -> None:
    full = Task(
        "e", "didit", "s", 1, 2, environment=Environment.SANDBOX, tenant_id="t", subject_id="c",
        tries=3, ended="gave_up",
    )  # fmt: skip
    assert decode(full.encode()) == full


@pytest.mark.parametrize(
    ("outcome", "tries", "tried", "due_s", "ended"),
    [
        (Result(b"{}"), 0, 0, 0, FETCHED),
        (Ended("not_found"), 4, 4, 0, "not_found"),
        (Later("not_ready"), 0, 1, 5, None),
        (Later("not_ready"), 3, 4, 40, None),
        (Later("not_ready"), 50, 51, 1200, None),
        (Later("rate_limited", 90.0), 0, 1, 90, None),
        (Later("rate_limited", 1.0), 0, 1, 5, None),
    ],
)
def test_what_follows_a_try(
    outcome: Result | Later | Ended, tries: int, tried: int, due_s: int, ended: str | None
) -> None:
    found = after(replace(task(), tries=tries), outcome, NOW, 72, LIMITS)
    assert (found.tries, found.due, found.ended) == (tried, NOW + due_s * 1000, ended)


def test_it_is_given_up_after_its_time() -> None:
    now, tried = NOW, task()
    times = 0
    while (tried := after(tried, Later("not_ready"), now, 1.0, LIMITS)).ended is None:
        now, times = tried.due, times + 1
    assert tried.ended == "gave_up"
    assert now <= NOW + 3_600_000
    assert times == len(DELAYS_S) + 1


def test_one_answer_is_for_all_that_waited_and_not_for_what_comes_later() -> None:
    book = Book()
    book.open(0)
    first, second, third = (task(f"e{n}", since=NOW + n) for n in range(3))
    book.put(0, first)
    book.put(0, second)
    assert book.begin("idwise", NOW) == (0, [first, second])
    book.put(0, third)
    assert book.begin("idwise", NOW) is None  # its session is being asked for
    book.finish(0, [replace(t, ended=FETCHED) for t in (first, second)])
    assert book.begin("idwise", NOW) == (0, [third])


def test_a_new_state_does_not_wait_for_the_pause_of_an_older_one() -> None:
    book = Book()
    book.open(0)
    book.put(0, late := task("e1", due=NOW + 900_000))
    book.put(0, new := task("e2", due=NOW, since=NOW + 1))
    assert book.begin("idwise", NOW) == (0, [late, new])


def test_a_partition_that_goes_takes_its_tasks_along() -> None:
    book = Book()
    book.open(0)
    book.put(0, task())
    found = book.begin("idwise", NOW)
    assert found
    book.close(0)
    book.finish(0, [replace(found[1][0], tries=1)])
    assert list(book.pending()) == []
    assert book.begin("idwise", NOW + 10**9) is None


TASKS = st.builds(
    task, st.sampled_from("abcd"), st.sampled_from(["s1", "s2"]), st.integers(0, 50),
    st.integers(0, 50),
)  # fmt: skip


@given(st.lists(st.tuples(TASKS, st.sampled_from([None, None, FETCHED])), max_size=30))
def test_every_pending_task_is_begun_once_it_is_due(
    given_tasks: list[tuple[Task, str | None]],
) -> None:
    """Whatever was written of it before, in any order."""
    book = Book()
    book.open(0)
    last: dict[tuple[str, str], Task] = {}
    for one, ended in given_tasks:
        written = replace(one, ended=ended)
        book.put(0, written)
        last[one.session_id, one.event_id] = written
    pending = {t.event_id + t.session_id for t in last.values() if t.ended is None}
    assert {t.event_id + t.session_id for t in book.pending()} == pending
    begun: set[str] = set()
    while found := book.begin("idwise", 100):
        begun |= {t.event_id + t.session_id for t in found[1]}
        book.finish(0, [replace(t, ended=FETCHED) for t in found[1]])
    assert begun == pending
