"""A subject is erased from the state of a running worker, and from a restored state."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from streams.cli.main import app
from streams.contracts.avro import decode
from streams.kafka.dead_letters import read as read_letter
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-erase")

CHANGELOGS = ("idv-links-changelog", "idv-sessions-changelog")


@pytest.fixture(scope="module")
def busy(cluster: Cluster) -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDV_BOOTSTRAP_SERVERS", cluster.bootstrap)
        worker = cluster.worker()
        worker.start()
        worker.wait_until_ready()
        cluster.publish(traffic(11, 400, 20))
        cluster.wait_until_drained()
        yield cluster


def erase(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["erase", *arguments])


def rows(result: Result) -> dict[str, dict[str, Any]]:
    """What remains by topic, and the traces in a table's state by `state <changelog>`."""
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return {row["topic"] if "topic" in row else f"state {row['state']}": row for row in found}


def total(found: dict[str, dict[str, Any]], what: str) -> int:
    return sum(found[f"state {topic}"][what] for topic in CHANGELOGS)


def state(cluster: Cluster) -> dict[tuple[str, bytes], bytes | None]:
    """What a worker that starts from nothing would restore."""
    return {(r.topic, r.key): r.value for r in cluster.read(*CHANGELOGS)}


def known(cluster: Cluster, subject: str) -> list[bytes]:
    name = re.compile(subject.encode() + rb"(?!\d)")
    return [
        key
        for (_, key), value in state(cluster).items()
        if value is not None and (name.search(value) or name.search(key))
    ]


def test_a_subject_is_erased_while_the_worker_works(busy: Cluster) -> None:
    subjects = Counter(
        decode(r.value)[1]["subject_id"] for r in busy.read("idv.verifications")
    )  # fmt: skip
    chosen, other = (name for name, _ in subjects.most_common(2))
    assert chosen is not None
    before, others = known(busy, chosen), known(busy, other)
    assert len(before) > 3

    looked = erase(chosen, "--json")
    assert looked.exit_code == 0, looked.output
    traces = rows(looked)
    assert total(traces, "traces") == len(before)
    assert total(traces, "erased") == 0
    assert known(busy, chosen) == before

    done = erase(chosen, "--send", "--json")
    assert done.exit_code == 0, done.output
    report = rows(done)
    assert total(report, "erased") == len(before)
    assert known(busy, chosen) == []
    assert set(known(busy, other)) <= set(others)
    assert len(known(busy, other)) >= len(others) - len(before)
    _report_is_right(busy, report, chosen, subjects[chosen])

    nothing = rows(erase(chosen, "--send", "--json"))
    assert total(nothing, "traces") == 0
    # No stage took a control message for one of its own that it cannot read.
    letters = [read_letter(record) for record in busy.read("idv.rejected")]
    assert all(letter and letter.stage == "normalize" for letter in letters)


def test_what_is_erased_does_not_come_back_with_a_new_disk(busy: Cluster) -> None:
    old = busy.workers[0]
    assert old.stop() == 0
    disk = busy.folder / "worker" / "state"
    name = (disk / "instance-id").read_text()
    shutil.rmtree(disk)
    disk.mkdir()
    # Under a new name it would have to wait until the group gives the old one up.
    (disk / "instance-id").write_text(name)
    old.start()
    old.wait_until_ready()
    before = state(busy)
    busy.publish(traffic(11, 400, 20))
    busy.wait_until_drained()
    # Sessions that were kept know their events; only the erased subject's start anew.
    again = {k for k, v in state(busy).items() if before.get(k) is None and v is not None}
    assert again
    assert old.stop() == 0


def test_without_a_worker_the_request_waits(busy: Cluster) -> None:
    subject = next(
        event["subject_id"]
        for record in busy.read("idv.verifications")
        if (event := decode(record.value)[1])["subject_id"] and known(busy, event["subject_id"])
    )
    waiting = erase(subject, "--send", "--wait", "0.5", "--json")
    assert waiting.exit_code == 1
    assert "a running worker will process them" in " ".join(waiting.output.split())
    worker = busy.workers[0]
    worker.start()
    worker.wait_until_ready()
    busy.wait_until_drained()
    assert known(busy, subject) == []
    assert worker.stop() == 0


def _report_is_right(
    busy: Cluster, report: dict[str, dict[str, Any]], subject: str, events: int
) -> None:
    raw = [row for topic, row in report.items() if topic.startswith("idv.raw.")]
    assert len(raw) == 4
    assert sum(row["records"] for row in raw) == events
    assert report["idv.verifications"]["records"] >= events
    alerts = [decode(r.value)[1] for r in busy.read("idv.alerts")]
    named = sum(
        subject in (a["subject_id"], *(x["subject_id"] for x in a["linked"])) for a in alerts
    )
    assert report["idv.alerts"]["records"] == named
    stamp = re.compile(r"\d{4}-\d\d-\d\d")
    for topic in ("idv.verifications", "idv.stage.links", "idv.stage.sessions"):
        assert stamp.fullmatch(report[topic]["until"])
