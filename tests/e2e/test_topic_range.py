"""`idv enrich` and `idv diff` over a range of raw topics of a real Kafka."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from streams.cli.main import app
from streams.kafka.producer import Outgoing
from tests.simulate.payloads import Attempt, payload
from tests.simulate.stories import population
from tests.support.cluster import Cluster

pytestmark = pytest.mark.xdist_group("kafka-topic-range")

PLACING = ("didit", "aiprise")


def outgoing(number: int, attempt: Attempt) -> Outgoing:
    return Outgoing(
        f"idv.raw.{attempt.vendor}",
        attempt.subject.encode(),
        msgspec.json.encode(payload(attempt, number)),
        (("idv-subject", attempt.subject.encode()),),
    )


@pytest.fixture(scope="module")
def published(cluster: Cluster) -> list[Outgoing]:
    """Records of two vendors, and one that no event can become."""
    attempts = [a for a in population(3, 60) if a.vendor in PLACING]
    records = [outgoing(number, attempt) for number, attempt in enumerate(attempts)]
    records.append(Outgoing("idv.raw.didit", b"broken", b"{"))
    cluster.produce(records)
    return records


def run(*arguments: str | Path) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def enrich(cluster: Cluster, *arguments: str) -> list[dict[str, Any]]:
    return run("enrich", *arguments, "--bootstrap", cluster.bootstrap)


def kinds(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(kind for row in rows for kind in row)


def raw_of(rows: list[dict[str, Any]]) -> set[tuple[str, int, int]]:
    raws = [row["verification"]["raw"] for row in rows if "verification" in row]
    return {(raw["topic"], raw["partition"], raw["offset"]) for raw in raws}


def test_enrich_reads_whole_topics_as_they_stand(
    cluster: Cluster, published: list[Outgoing]
) -> None:
    rows = enrich(cluster, "--topic", "didit", "--topic", "aiprise")
    found = kinds(rows)
    assert found["rejected"] == 1
    assert found["verification"] == len(published) - 1
    assert found["alert"] > 10
    at = {
        (r.topic, r.partition, r.offset) for r in cluster.read("idv.raw.didit", "idv.raw.aiprise")
    }
    assert raw_of(rows) < at
    by_header = {row["verification"]["subject_id"] for row in rows if "verification" in row}
    assert by_header == {r.headers[0][1].decode() for r in published if r.headers}


def test_a_range_is_by_count_or_by_time(cluster: Cluster, published: list[Outgoing]) -> None:
    everything = cluster.read("idv.raw.didit")
    last = enrich(cluster, "--topic", "didit", "--last", str(2 * cluster.partitions))
    newest = {r.partition: r.offset for r in everything}
    assert raw_of(last) <= {
        (r.topic, r.partition, r.offset)
        for r in everything
        if r.offset > newest[r.partition] - 2
    }  # fmt: skip
    assert kinds(last)["rejected"] == 1
    times = sorted({r.timestamp for r in everything})
    begin, end = times[len(times) // 3], times[2 * len(times) // 3]
    part = enrich(cluster, "--topic", "didit", "--since", str(begin), "--until", str(end))
    assert raw_of(part) == {
        (r.topic, r.partition, r.offset) for r in everything if begin <= r.timestamp < end
    }
    assert enrich(cluster, "--topic", "didit", "--until", str(times[0])) == []
    assert enrich(cluster, "--topic", "alice") == []


def test_diff_shows_what_other_settings_would_change(
    cluster: Cluster, published: list[Outgoing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command names the files in the environment of its process.
    monkeypatch.setenv("IDV_CONFIG", "")
    now, then = tmp_path / "now.toml", tmp_path / "then.toml"
    # Kafka is where the settings in force say; those that are tried need not know.
    now.write_text(f"bootstrap_servers = '{cluster.bootstrap}'")
    then.write_text(
        "[rules.ip_distance]\nleast = 'MEDIUM'\n[rules.duplicate_device]\nshadow = true"
    )
    over = ("--topic", "didit", "--topic", "aiprise", "--json")
    *changes, last = run("diff", now, then, *over)
    assert last["summary"]["events"] == len(published) - 1
    assert last["summary"]["decisions_changed"] == 0
    assert set(last["settings"]) == {"rules.ip_distance.least", "rules.duplicate_device.shadow"}
    removed = {c["part"]: c["why"] for c in changes}
    assert removed == {
        "ip_distance": ["rules.ip_distance.least: LOW → MEDIUM"],
        "duplicate_device": [
            "held back: shadow mode",
            "rules.duplicate_device.shadow: False → True",
        ],
    }
    assert {c["kind"] for c in changes} == {"removed"}
    # The same question asked of `idv enrich`, with the settings in force.
    monkeypatch.setenv("IDV_CONFIG", str(now))
    alerts = [row["alert"] for row in enrich(cluster, *over[:-1]) if "alert" in row]
    low = sum(a["rule"] == "ip_distance" and a["severity"] == "LOW" for a in alerts)
    devices = sum(a["rule"] == "duplicate_device" for a in alerts)
    assert last["summary"]["alerts"]["ip_distance"]["removed"] == low > 0
    assert last["summary"]["alerts"]["duplicate_device"]["removed"] == devices > 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("enrich", "--topic", "didi"), 2, "no vendor is called 'didi'"),
        (("enrich", "--topic", "didit", "lines.jsonl"), 2, "either files or --topic"),
        (("enrich", "--topic", "didit", "--since", "soon"), 2, "write a time"),
    ],
)
def test_what_cannot_be_read_is_said(
    cluster: Cluster, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = CliRunner().invoke(app, [*arguments, "--bootstrap", cluster.bootstrap])
    assert done.exit_code == code
    assert said in done.output
