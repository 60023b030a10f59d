"""`idv console` as a process on a real Kafka: what it takes, survives and refuses."""

from __future__ import annotations

import asyncio
import os
import ssl
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from msgspec.structs import replace
from typer.testing import CliRunner

from streams.cli.commands.retention import Remaining, retention_report
from streams.cli.main import app
from streams.config.clock import wall_clock
from streams.config.console import Role
from streams.console.access.users import Users
from streams.console.records import Records
from streams.contracts.avro import PREFIXES
from streams.contracts.model import Verdict
from streams.contracts.topics import AUDIT, CASES, DISPOSITIONS, load
from streams.kafka.broker import Broker
from streams.kafka.broker.server import free_port
from streams.kafka.producer import Outgoing
from tests.console.desk import PASSWORD, users_file
from tests.console.process import ConsoleProcess
from tests.console.records import case, outgoing
from tests.support.cluster import Cluster
from tests.support.secured import Secured

pytestmark = pytest.mark.xdist_group("kafka-console-process")

PATIENCE_S = 30
ON_A_FULL_DISK = """
import resource, signal, sys
from streams.cli.main import main

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
sys.argv = ["idv", "console"]
main()
"""


@pytest.fixture(scope="module")
def console(cluster: Cluster) -> ConsoleProcess:
    process = ConsoleProcess(cluster.bootstrap, cluster.folder / "console")
    cluster.workers.append(process)
    process.start()
    process.wait_until_ready()
    return process


def page(console: ConsoleProcess, search: str = "") -> str:
    with urllib.request.urlopen(f"{console.url}/?search={search}", timeout=5) as answer:
        return str(answer.read().decode())


def wait(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def sample(console: ConsoleProcess, series: str) -> float:
    for line in (console.read("/metrics") or "").splitlines():
        name, _, value = line.rpartition(" ")
        if name == series:
            return float(value)
    return 0.0


def test_what_nobody_can_read_is_counted_and_stops_nothing(
    cluster: Cluster, console: ConsoleProcess
) -> None:
    cluster.produce(
        [
            Outgoing(CASES, b"k", b"\xff" * 40),
            Outgoing(CASES, b"k", b""),
            Outgoing(CASES, b"k", None),
        ]
    )
    cluster.produce(outgoing(case("after-garbage", [], [])))
    wait(lambda: "after-garbage" in page(console, "after"), "the case behind garbage")
    assert sample(console, f'idv_console_unreadable_total{{topic="{CASES}"}}') == 2
    assert "\\xff" not in console.log.read_text()


def test_a_killed_console_starts_with_everything_again(
    cluster: Cluster, console: ConsoleProcess
) -> None:
    cluster.produce(outgoing(case("survivor", [], [])))
    wait(lambda: "survivor" in page(console, "survivor"), "the case")
    console.kill()
    console.start()
    console.wait_until_ready()
    assert "survivor" in page(console, "survivor")


def test_new_partitions_are_read(cluster: Cluster, console: ConsoleProcess) -> None:
    async def grow() -> int:
        admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
        await admin.start()
        try:
            now = len((await admin.describe_topics([CASES]))[0]["partitions"])
            await admin.create_partitions({CASES: NewPartitions(now + 1)})
            return now
        finally:
            await admin.close()

    added = asyncio.run(grow())
    (record,) = outgoing(case("grown", [], []))
    wait(lambda: _produced(cluster, record._replace(partition=added)), "the new partition")
    wait(lambda: "grown" in page(console, "grown"), "the case on the new partition")


def _produced(cluster: Cluster, record: Outgoing) -> bool:
    """False while the producer's metadata lacks the partition."""
    try:
        cluster.produce([record])
    except AssertionError:
        return False
    return True


def test_an_outage_of_kafka_is_said_and_ends_by_itself(
    cluster: Cluster, console: ConsoleProcess
) -> None:
    cluster.produce(outgoing(case("outage", [], [])))
    wait(lambda: "outage" in page(console, "outage"), "the case")
    cluster.broker.pause()
    try:
        wait(lambda: "Kafka does not answer" in page(console, "outage"), "the banner")
        assert "outage" in page(console, "outage")
        assert sample(console, "idv_console_kafka_up") == 0
    finally:
        cluster.broker.resume()
    wait(lambda: "Kafka does not answer" not in page(console), "the banner is gone")
    cluster.produce(outgoing(replace(case("outage", [], []), score=77)))
    wait(lambda: "<b>77</b>" in page(console, "outage"), "the change after the outage")


def test_what_is_recorded_about_a_subject_is_reported(cluster: Cluster) -> None:
    """By `idv erase`: verdicts and audits stay until their topics forget them."""
    found = case("cust-gone", [], [])
    written = Records({"bootstrap_servers": cluster.bootstrap}, PREFIXES, wall_clock)

    async def judge_and_ask() -> list[Remaining]:
        await written.verdict(found, "ana", None, Verdict.FALSE_ALARM, "a trip")
        admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
        consumer = AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap)
        await admin.start()
        await consumer.start()
        try:
            return await retention_report(consumer, admin, found.subject_key)
        finally:
            await consumer.stop()
            await admin.close()

    counts = {row.topic: row.records for row in asyncio.run(judge_and_ask())}
    assert (counts[DISPOSITIONS], counts[AUDIT]) == (1, 1)


def test_health_shows_what_the_workers_have_not_taken(
    cluster: Cluster, console: ConsoleProcess
) -> None:
    cluster.produce([Outgoing("idv.raw.alice", b"k", b"{}")] * 3)

    def seen() -> bool:
        with urllib.request.urlopen(f"{console.url}/health", timeout=5) as answer:
            rows = answer.read().decode().split("<tr>")
        found = [row for row in rows if "idv.raw.alice" in row]
        return bool(found) and '<td class="number">3</td>' in found[0]

    wait(seen, "three records")


def test_in_production_it_runs_on_least_rights_over_tls(tmp_path: Path) -> None:
    with Secured(tmp_path / "secured") as secured:
        secured.produce(outgoing(case("cust-tls", [], [])))
        server = tmp_path / "server.pem"
        certificate = secured.authority.issue_cert("127.0.0.1")
        server.write_bytes(
            certificate.private_key_pem.bytes()
            + b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
        )
        users_file(tmp_path)
        settings = {
            **secured.scram("console"),
            "IDV_PROFILE": "production",
            "IDV_CONSOLE__HOST": "0.0.0.0",
            "IDV_CONSOLE__USERS_FILE": str(tmp_path / "users"),
            "IDV_CONSOLE__TLS_CERTIFICATE_FILE": str(server),
            "IDV_CONSOLE__TLS_KEY_FILE": str(server),
        }
        console = ConsoleProcess(secured.bootstrap, tmp_path / "console", settings)
        secured.workers.append(console)
        console.start()
        console.wait_until_ready()
        trust = ssl.create_default_context(cafile=secured.ca_file)
        url = f"https://127.0.0.1:{console.page_port}/login"
        with urllib.request.urlopen(url, timeout=5, context=trust) as answer:
            assert "__Host-idv_console" in answer.headers["Set-Cookie"]
        wait(lambda: sample(console, "idv_console_kafka_up") == 1, "group and topics are described")
        assert console.stop() == 0
        assert secured.password("console") not in console.log.read_text()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"IDV_CONSOLE__HOST": "0.0.0.0"}, "users_file"),
        ({"IDV_CONSOLE__USERS_FILE": "/nowhere/users"}, "No such file"),
        ({"IDV_CONSOLE__TLS_KEY_FILE": "x"}, "belong together"),
        ({"IDV_CONSOLE__TLS_KEY_FILE": __file__, "IDV_CONSOLE__TLS_CERTIFICATE_FILE": __file__},
         "both must be PEM"),
        ({"IDV_CONSOLE__SESSION_KEY_FILE": "/dev/null"}, "shorter than 32"),
        ({"IDV_CONSOLE__OIDC": '{"issuer": "https://x.example", "client_id": "c"}'}, "nobody"),
    ],
)  # fmt: skip
def test_it_does_not_start_where_that_makes_no_sense(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    ended = started(tmp_path, settings)
    assert ended.returncode == 1
    assert said in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_missing_topics_and_a_taken_port_are_said(tmp_path: Path) -> None:
    with Broker(tmp_path / "kafka", port=0) as broker:
        ended = started(tmp_path, {"IDV_BOOTSTRAP_SERVERS": broker.bootstrap})
        assert ended.returncode == 1
        assert "idv topics apply" in " ".join(ended.stderr.split())
        taken = broker.bootstrap.rpartition(":")[2]
        ended = started(tmp_path, {"IDV_CONSOLE__PORT": taken})
        assert ended.returncode == 1
        assert "cannot listen on 127.0.0.1" in " ".join(ended.stderr.split())


def started(
    folder: Path, settings: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """A console that ends by itself."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("IDV_")},
        "IDV_DATA_DIR": str(folder / "state"),
        "IDV_METRICS_PORT": "0",
        "IDV_CONSOLE__PORT": str(free_port()),
        **settings,
    }
    return subprocess.run(
        [sys.executable, *(arguments or ("-m", "streams.cli", "console"))],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_full_disk_ends_it_with_its_reason(cluster: Cluster, tmp_path: Path) -> None:
    """Its supervisor starts it again, and it fills the index anew."""
    cluster.produce(outgoing(*(case(f"disk-{number}", [], []) for number in range(2000))))
    settings = {"IDV_BOOTSTRAP_SERVERS": cluster.bootstrap}
    ended = started(tmp_path, settings, "-c", ON_A_FULL_DISK)
    assert ended.returncode == 1
    assert "cannot be written" in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_people_are_added_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "users"

    def added(*arguments: str, password: str = PASSWORD) -> int:
        command = ["console", "add-user", *arguments, "--file", str(file)]
        answer = CliRunner().invoke(app, command, input=f"{password}\n{password}\n")
        assert password not in answer.output
        return answer.exit_code

    assert added("ana", "--role", "analyst") == 0
    assert added("vic") == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (Users(file).role("ana"), Users(file).role("vic")) == (Role.ANALYST, Role.VIEWER)
    assert added("ana", password="another password") == 0
    users = Users(file)
    assert users.role("ana") is Role.VIEWER
    assert not users.check("ana", PASSWORD)
    assert users.check("ana", "another password")
    before = file.read_text()
    assert added("ana", password="short") == 1
    assert added("a b") == 1
    assert file.read_text() == before


def test_every_topic_that_it_reads_lets_the_role_read() -> None:
    from streams.console.index.rows import TOPICS

    readable = {topic.name for topic in load().topics if "console" in topic.readers}
    assert readable == set(TOPICS)


def test_a_page_that_is_not_there_is_no_failure(console: ConsoleProcess) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(f"{console.url}/cases/nothing", timeout=5)
    assert raised.value.code == 404
    assert "There is no such case" in raised.value.read().decode()
