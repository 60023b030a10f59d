"""`idv fetch` on a real Kafka: from a thin event to the vendor's result on its raw topic."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.contracts.model import Decision
from streams.contracts.topics import FETCHES as TASKS
from streams.contracts.topics import VERIFICATIONS
from streams.fetch.tasks import FETCHED, Task, decode
from streams.kafka.producer import Outgoing
from tests.fetch.process import FetchProcess, settings, thin
from tests.support.cluster import Cluster
from tests.support.vendor_apis import Scripted, VendorApis, answer

pytestmark = pytest.mark.xdist_group("kafka-fetch")

RAW = "idv.raw.idwise"


@pytest.fixture
def apis() -> Iterator[VendorApis]:
    with VendorApis() as running:
        yield running


@pytest.fixture
def start(
    cluster: Cluster, tmp_path: Path, apis: VendorApis
) -> Iterator[Callable[..., FetchProcess]]:
    running: list[FetchProcess] = []

    def started(name: str = "fetch") -> FetchProcess:
        process = FetchProcess(cluster.bootstrap, tmp_path / name, apis)
        running.append(process)
        process.start()
        process.wait_until_ready()
        return process

    yield started
    for process in running:  # Those that are killed keep the group waiting.
        process.stop()


def result(journey: str) -> dict[str, Any]:
    return {"journey_id": journey, "system_decision": "Complete", "end_time": "2026-05-14T10:00:00"}


def tasks(cluster: Cluster) -> dict[str, Task]:
    """Event → its task as it was written last."""
    return {task.event_id: task for task in (decode(r.value) for r in cluster.read(TASKS))}


def wait_for(condition: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)
    return found


def ended(cluster: Cluster, *events: str) -> dict[str, str | None]:
    def all_ended() -> dict[str, str | None] | None:
        known = tasks(cluster)
        found = {event: known[event].ended for event in events if event in known}
        return found if len(found) == len(events) and all(found.values()) else None

    return wait_for(all_ended)  # type: ignore[no-any-return]


def test_a_thin_event_becomes_the_vendors_result(
    cluster: Cluster, apis: VendorApis, start: Callable[..., FetchProcess]
) -> None:
    whole = b'{ "journey_id":"j-1",  "system_decision": "Complete", "a": 1.50 }'
    apis.answers["/r/j-1"].append(Scripted(whole))
    start()
    cluster.produce(
        [
            thin("j-1"),
            thin("pending", decision=Decision.PENDING),
            thin("whole", flags=()),
            thin("done", flags=("thin", "fetched")),
            thin("old", ago_s=73 * 3600),
            thin("other", vendor="alice"),
            Outgoing(VERIFICATIONS, b"k", b"\xc3\x01 of another schema"),
            Outgoing(VERIFICATIONS, b"k", None),
        ]
    )
    assert ended(cluster, "event-of-j-1") == {"event-of-j-1": FETCHED}
    (record,) = [r for r in cluster.read(RAW) if r.key == b"j-1"]
    assert record.value == whole
    headers = dict(record.headers)
    assert headers.pop("idv-received-at")
    assert headers == {
        "idv-environment": b"LIVE", "idv-subject": b"cust-j-1",
        "idv-fetched-for": b"event-of-j-1",
    }  # fmt: skip
    assert apis.paths() == ["/r/j-1"]
    assert set(tasks(cluster)) == {"event-of-j-1"}


def test_a_kill_forgets_neither_what_is_wanted_nor_when(
    cluster: Cluster, apis: VendorApis, start: Callable[..., FetchProcess]
) -> None:
    apis.answers["/r/j-2"] += [answer({}, 202), answer(result("j-2"))]
    first = start()
    cluster.produce([thin("j-2")])
    wait_for(lambda: tasks(cluster).get("event-of-j-2", Task("", "", "", 0, 0)).tries)
    first.kill()
    start("second")
    assert ended(cluster, "event-of-j-2") == {"event-of-j-2": FETCHED}
    asked = [one.at for one in apis.asked]
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 4.9


def test_what_cannot_be_had_ends_and_is_not_asked_for_again(
    cluster: Cluster, apis: VendorApis, start: Callable[..., FetchProcess]
) -> None:
    apis.answers["/r/j-3"].append(answer({}, 401))
    first = start()
    cluster.produce([thin("j-3"), thin("j-4"), thin("../j-5")])
    events = {"event-of-j-3": "unauthorized", "event-of-j-4": "not_found",
              "event-of-../j-5": "unusable_id"}  # fmt: skip
    assert ended(cluster, *events) == events
    page = first.read("/metrics") or ""
    assert 'idv_fetch_ended_total{outcome="unauthorized",vendor="idwise"} 1.0' in page
    assert 'idv_fetch_pending{vendor="idwise"} 0.0' in page
    assert first.stop() == 0
    start("second").stop()
    assert sorted(apis.paths()) == ["/r/j-3", "/r/j-4"]


def test_two_share_the_work_and_a_killed_ones_is_taken_over(
    cluster: Cluster, apis: VendorApis, start: Callable[..., FetchProcess]
) -> None:
    names = [f"many-{number}" for number in range(60)]
    for name in names:
        apis.answers[f"/r/{name}"] += [answer({}, 503), answer(result(name))]
    one, other = start("one"), start("two")
    cluster.produce([thin(name) for name in names])
    wait_for(lambda: len(apis.asked) >= 30)
    one.kill()
    events = [f"event-of-{name}" for name in names]
    deadline = time.monotonic() + 90
    while any(tasks(cluster).get(e, Task("", "", "", 0, 0)).ended is None for e in events):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    fetched = Counter(r.key.decode() for r in cluster.read(RAW) if r.key.startswith(b"many-"))
    assert set(fetched) == set(names)
    assert other.running()


def idv(cluster: Cluster, apis: VendorApis, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**settings(apis), "IDV_BOOTSTRAP_SERVERS": cluster.bootstrap, "PATH": "/bin"}
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_by_hand(cluster: Cluster, apis: VendorApis) -> None:
    apis.answers["/r/h-1"].append(answer(result("h-1")))
    done = idv(cluster, apis, "fetch", "idwise", "h-1", "h-2", "--subject", "cust-9")
    assert done.returncode == 1
    assert done.stdout.split() == ["h-1", "fetched", "h-2", "not_found"]
    assert "1 of 2 fetched" in done.stderr
    (record,) = [r for r in cluster.read(RAW) if r.key == b"h-1"]
    assert json.loads(record.value) == result("h-1")
    assert dict(record.headers)["idv-fetched-for"] == b"hand"
    assert dict(record.headers)["idv-subject"] == b"cust-9"


def test_by_hand_without_sessions_or_account(cluster: Cluster, apis: VendorApis) -> None:
    assert "name the sessions too" in idv(cluster, apis, "fetch", "idwise").stderr
    assert "no vendor is called" in idv(cluster, apis, "fetch", "nobody", "s").stderr
    assert "no_account" in idv(cluster, apis, "fetch", "alice", "s").stdout
    assert "lists no sessions" in idv(cluster, apis, "reconcile", "alice", "--since", "2d").stderr


def test_what_no_event_knows_is_found_and_fetched(cluster: Cluster, apis: VendorApis) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    listed = [("known", "Approved"), ("changed", "Declined"), ("lost", "Approved"),
              ("pending", "In Progress")]  # fmt: skip
    results = [{"session_id": s, "status": status, "created_at": now} for s, status in listed]
    apis.answers["/v3/sessions/?page=1&page_size=100"].append(
        answer({"results": results, "next": None})
    )
    for session, status in listed:
        decision = {"session_id": session, "status": status, "features": ["OCR"]}
        apis.answers[f"/v3/session/{session}/decision/"].append(answer(decision))
    cluster.produce(
        [thin("known", vendor="didit", flags=()), thin("changed", vendor="didit", flags=())]
    )
    dry = idv(cluster, apis, "reconcile", "didit", "--since", "2h", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout.split() == ["changed", "DECLINED", "lost", "APPROVED"]
    assert "2 decisions of didit are missing" in dry.stderr
    assert cluster.read("idv.raw.didit") == []
    done = idv(cluster, apis, "reconcile", "didit", "--since", "2h")
    assert done.returncode == 0, done.stderr
    assert sorted(r.key for r in cluster.read("idv.raw.didit")) == [b"changed", b"lost"]
