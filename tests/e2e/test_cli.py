"""The command line on a real Kafka: topics, publish, tail and the README's snippets, as a user
types them, and the demo, which leaves no process or file.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from streams.kafka.broker import Broker
from tests.support.cluster import Cluster
from tests.support.paths import ROOT

pytestmark = pytest.mark.xdist_group("kafka-cli")

SAMPLE = ROOT / "tests/samples/didit/age_estimation_declined.raw.json"
IDV = (sys.executable, "-m", "streams.cli")
SNIPPET = re.compile(r"<!-- run: ([\w ]+) -->\n```python\n(.*?)```", re.DOTALL)
DOCS = ("README.md", "docs/publishing.md", "docs/subscribing.md")


def environment(bootstrap: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("IDV_")}
    return {**clean, "IDV_BOOTSTRAP_SERVERS": bootstrap}


def idv(
    bootstrap: str, *arguments: str | Path, code: int = 0, stdin: bytes = b""
) -> tuple[list[Any], str]:
    """Run a command; returns the JSON objects on stdout, and stderr."""
    run = subprocess.run(
        [*IDV, *map(str, arguments)],
        input=stdin, capture_output=True, timeout=120, env=environment(bootstrap),
    )  # fmt: skip
    said = run.stderr.decode()
    assert run.returncode == code, said
    assert "Traceback" not in said
    return [json.loads(line) for line in run.stdout.splitlines()], said


def test_topics_are_created_once_and_compared(tmp_path: Path) -> None:
    with Broker(tmp_path, port=0) as broker:
        for command in (("tail", "alerts"), ("publish", "didit", SAMPLE), ("worker",)):
            _, said = idv(broker.bootstrap, *command, code=1)
            assert "idv topics apply" in said
        missing, _ = idv(broker.bootstrap, "topics", "diff", "--json", code=1)
        created, _ = idv(broker.bootstrap, "topics", "apply", "--partitions", "1", "--json")
        assert [row["created"] for row in created] == [row["topic"] for row in missing]
        assert idv(broker.bootstrap, "topics", "apply", "--partitions", "1", "--json")[0] == []
        assert idv(broker.bootstrap, "topics", "diff", "--partitions", "1", "--json")[0] == []
        other, _ = idv(broker.bootstrap, "topics", "diff", "--json", code=1)
        assert {(row["what"], row["found"], row["wanted"]) for row in other} >= {
            ("partitions", "1", "8")
        }


def test_what_is_published_can_be_followed_and_the_readme_is_right(cluster: Cluster) -> None:
    server = cluster.bootstrap
    snippets = {
        name: code.replace("127.0.0.1:9092", server)
        for doc in DOCS
        for name, code in SNIPPET.findall((ROOT / doc).read_text())
    }
    assert {"publish", "subscribe", "plain avro"} < set(snippets)
    worker = cluster.worker()
    worker.start()
    worker.wait_until_ready()

    subprocess.run([sys.executable, "-c", snippets["publish"]], timeout=60, check=True, cwd=ROOT)
    _, said = idv(server, "publish", "didit", SAMPLE, "-", stdin=SAMPLE.read_bytes())
    assert "2 sent to idv.raw.didit" in said
    _, said = idv(server, "publish", "didit", "--lines", "--key", "k", stdin=b"x\r\n\r\n{}\n")
    assert "2 sent to idv.raw.didit" in said
    cluster.wait_until_drained()

    follow = ("--json", "--from-beginning", "--exit-idle", "2")
    events, said = idv(server, "tail", "verifications", *follow)
    assert said == ""
    decisions = {e["subject_id"]: e["decision"] for e in events}
    assert decisions == {"cust-42": "APPROVED", "customer-19": "DECLINED"}
    assert len({e["event_id"] for e in events}) == 2
    refused, _ = idv(server, "tail", "rejected", *follow)
    assert sorted(r["code"] for r in refused) == ["invalid_json", "unknown_shape"]
    assert idv(server, "tail", "alerts", *follow)[1] == ""

    for name in ("subscribe", "plain avro"):
        lines = printed(snippets[name], environment(server), 2)
        assert lines == {"didit cust-42 APPROVED", "didit customer-19 DECLINED"}

    tail = subprocess.Popen([*IDV, "tail", "alerts"], env=environment(server))
    time.sleep(3)  # It follows for ever; there is nothing to wait for.
    tail.send_signal(signal.SIGINT)
    assert tail.wait(timeout=30) == 130
    assert worker.stop() == 0


def printed(code: str, variables: dict[str, str], count: int) -> set[str]:
    """The first lines of a program that never ends."""
    reader = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE, cwd=ROOT, env=variables,
    )  # fmt: skip
    try:
        assert reader.stdout is not None
        return {reader.stdout.readline().decode().strip() for _ in range(count)}
    finally:
        reader.kill()
        reader.wait()


def test_the_broker_command_ends_with_ctrl_c_and_leaves_no_port(tmp_path: Path) -> None:
    broker = subprocess.Popen(
        [*IDV, "broker", "--port", "0", "--data", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment("127.0.0.1:1"),
    )  # fmt: skip
    assert broker.stdout is not None
    first = broker.stdout.readline().decode()
    port = int(re.search(r"ready at 127\.0\.0\.1:(\d+)", first)[1])  # type: ignore[index]
    broker.send_signal(signal.SIGINT)
    _, said = broker.communicate(timeout=60)
    assert broker.returncode == 0
    assert said.strip() == b"stopping Kafka \xe2\x80\xa6"
    assert not listens(port)


def test_the_demo_tells_its_story_and_leaves_nothing(tmp_path: Path) -> None:
    demo = subprocess.run(
        [*IDV, "demo", "--json"],
        capture_output=True, timeout=240, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert demo.returncode == 0, demo.stderr.decode()
    told = [json.loads(line) for line in demo.stdout.splitlines()]
    assert all(set(record) == {"topic", "key", "value"} for record in told)
    alerts = {r["value"]["rule"] for r in told if r["topic"] == "idv.alerts"}
    assert {"duplicate_device", "ip_distance", "anonymous_ip", "decision_reversed"} <= alerts
    vendors = {r["value"]["vendor"] for r in told if r["topic"] == "idv.verifications"}
    assert vendors == {"alice", "didit", "aiprise", "idwise"}
    flags = [r["value"]["flags"] for r in told if r["value"].get("vendor") == "idwise"]
    assert flags == [["thin"], ["fetched"]]
    assert [r["value"]["code"] for r in told if r["topic"] == "idv.rejected"] == ["invalid_json"]
    assert processes_of(tmp_path) == []
    assert list(tmp_path.glob("idv-demo-*")) == []


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGHUP])
def test_a_demo_that_is_ended_early_leaves_nothing(tmp_path: Path, ending: int) -> None:
    demo = subprocess.Popen(
        [*IDV, "demo"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert demo.stderr is not None
    while b"starting the worker" not in (line := demo.stderr.readline()):
        assert line, "the demo ended before it started a worker"
    time.sleep(2)  # Python loses an interrupt that comes in the very moment of a fork.
    demo.send_signal(ending)
    _, said = demo.communicate(timeout=90)
    assert demo.returncode == 128 + ending
    assert b"Traceback" not in said
    assert processes_of(tmp_path) == []
    assert list(tmp_path.glob("idv-demo-*")) == []


def processes_of(folder: Path) -> list[str]:
    """Command lines and environments that name the folder: brokers and workers of a demo in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            about = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in about and int(process.name) != os.getpid():
            found.append(about[:200].decode(errors="replace"))
    return found


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
