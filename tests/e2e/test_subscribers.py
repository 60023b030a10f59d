"""Subscribers in Python and Java read topics with half of the records in single-object encoding and
half in the registry's wire format. They get each original event once.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from streams.client import Access, Recent, Subscriber
from streams.contracts.avro import (
    UnknownSchemaError,
    encode_alert,
    encode_case,
    encode_disposition,
    encode_verification,
    registry_prefix,
)
from streams.contracts.model import (
    Alert,
    Case,
    Disposition,
    RawRecord,
    Severity,
    Verdict,
    Verification,
)
from streams.kafka.broker.jars import cache_dir
from streams.kafka.producer import Outgoing
from streams.kafka.registry import Registry, RegistryAccess
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.local import Offline
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import policy_from
from tests.e2e.test_cli import ROOT, SNIPPET, environment, printed
from tests.support.apicurio import Apicurio
from tests.support.cluster import Cluster
from tests.support.contract_shapes import AVRO, KINDS, full_builtins
from tests.support.traffic import START_S, traffic

pytestmark = pytest.mark.xdist_group("kafka-subscribers")

JAVA = Path(__file__).parent / "java"
DOC = ROOT / "docs/subscribing.md"
IDS = {
    "verification": "event_id", "alert": "alert_id", "case": "change_id",
    "disposition": "disposition_id",
}  # fmt: skip
ENCODE: dict[str, Any] = {
    "verification": encode_verification, "alert": encode_alert, "case": encode_case,
    "disposition": encode_disposition,
}  # fmt: skip
KEYRING = Keyring({"k1": b"a key for tests only"})
RECORDS = 200
WAIT_S = 60

Event = Verification | Alert | Case | Disposition
Events = dict[str, Event]


def events() -> Iterator[Event]:
    """What a worker would make of some traffic, and an analyst of each case."""
    offline = Offline(Pipeline(KEYRING, policy_from(KEYRING), Gazetteer()))
    for offset, delivery in enumerate(traffic(31, RECORDS, 10)):
        at = (START_S + offset) * 1000
        raw = RawRecord(f"idv.raw.{delivery.vendor}", 0, offset, at, delivery.key, delivery.value)
        for result in offline.outputs(delivery.vendor, raw, at):
            if isinstance(result, Verification | Alert | Case):
                yield result
            if isinstance(result, Case):
                name = f"verdict-on-{result.change_id}"
                yield result.judged(name, Verdict.DUPLICATE, "because", "ana", at)


class Topics:
    """`events` by kind and id, in order; the first is repeated at the end of its topic."""

    def __init__(self, cluster: Cluster, registry: str) -> None:
        self.bootstrap = cluster.bootstrap
        self.registry = registry
        self.events: dict[str, Events] = {kind: {} for kind in KINDS}
        for event in events():
            kind = type(event).__name__.lower()
            self.events[kind][getattr(event, IDS[kind])] = event
        for kind, found in self.events.items():
            cluster.produce(self._records(kind, list(found.values())))

    def _records(self, kind: str, found: list[Any]) -> Iterator[Outgoing]:
        registry = Registry(RegistryAccess(schema_registry_url=self.registry))
        prefix = registry_prefix(registry.register(kind).id or 0)
        for number, event in enumerate([*found, found[0]]):
            encode = ENCODE[kind]
            value = encode(event, prefix) if number % 2 else encode(event)
            key = event.key if isinstance(event, Case) else event.subject_key
            yield Outgoing(f"idv.{kind}s", key.encode(), value)

    def subscriber(self, kind: str, group: str, **more: Any) -> Subscriber[Any]:
        access = Access(bootstrap_servers=self.bootstrap, schema_registry_url=self.registry)
        return Subscriber(KINDS[kind], group, access, **more)


@pytest.fixture(scope="module")
def topics(cluster: Cluster, apicurio: Apicurio) -> Topics:
    return Topics(cluster, apicurio.url)


async def take(subscriber: Subscriber[Any], count: int) -> list[Any]:
    """The next events that a subscriber gets; all but the last are handled."""
    taken: list[Any] = []
    async with asyncio.timeout(WAIT_S), subscriber:
        async for event in subscriber:
            taken.append(event)
            if len(taken) == count:
                break
    return taken


@pytest.mark.parametrize("kind", KINDS)
async def test_python_gets_each_event_once_and_as_it_was(topics: Topics, kind: str) -> None:
    wanted = topics.events[kind]
    assert len(wanted) > 10
    taken = await take(topics.subscriber(kind, f"all-{kind}s"), len(wanted))
    assert {getattr(event, IDS[kind]): event for event in taken} == wanted


async def test_what_was_not_handled_comes_again_and_nothing_else(topics: Topics) -> None:
    taken = await take(topics.subscriber("verification", "in-parts"), 20)
    handled = {event.event_id for event in taken[:-1]}
    wanted = set(topics.events["verification"]) - handled
    # It remembers nothing but the one that stands there twice: offsets alone keep the rest away.
    seen = handled & {next(iter(topics.events["verification"]))}
    second = topics.subscriber("verification", "in-parts", seen=seen)
    rest = [event.event_id for event in await take(second, len(wanted))]
    assert set(rest) == wanted
    assert taken[-1].event_id in rest


async def test_members_share_what_there_is(topics: Topics) -> None:
    """The first subscriber loses partitions while it works; handled events are committed then."""
    wanted = set(topics.events["verification"])
    handled: list[str] = []
    some, joined, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def follow(has_joined: asyncio.Event) -> None:
        async with topics.subscriber("verification", "shared") as mine:
            has_joined.set()
            async for event in mine:
                handled.append(event.event_id)
                some.set()
                await joined.wait()
                if set(handled) == wanted:
                    done.set()

    async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as group:
        members = [group.create_task(follow(asyncio.Event()))]
        await some.wait()
        members.append(group.create_task(follow(joined)))
        await done.wait()
        for member in members:
            member.cancel()
    # One was at work while its partition moved, and one stands there twice.
    assert len(handled) <= len(wanted) + 2


async def test_a_schema_that_nobody_knows_is_an_error(topics: Topics) -> None:
    without = Subscriber(Alert, "without", Access(bootstrap_servers=topics.bootstrap))
    with pytest.raises(UnknownSchemaError, match="IDV_SCHEMA_REGISTRY_URL"):
        await take(without, len(topics.events["alert"]))


def test_the_program_of_the_docs_tells_alerts(topics: Topics) -> None:
    code = dict(SNIPPET.findall(DOC.read_text()))["alerts"]
    registry = {"IDV_SCHEMA_REGISTRY_URL": topics.registry}
    (line,) = printed(code, environment(topics.bootstrap) | registry, 1)
    rule, subject, _ = line.split(maxsplit=2)
    assert (rule, subject) in {
        (alert.rule, alert.subject_id)
        for alert in topics.events["alert"].values()
        if isinstance(alert, Alert) and alert.severity is Severity.HIGH
    }


def test_memory_is_bounded() -> None:
    recent = Recent(2)
    for event_id in "abca":
        recent.add(event_id)
    assert [event_id for event_id in "abc" if event_id in recent] == ["a", "c"]


# -- Java --------------------------------------------------------------------------------------


def test_the_docs_show_the_class_that_is_tested() -> None:
    source = (JAVA / "src/main/java/Values.java").read_text()
    (shown,) = re.findall(r"```java\n(.*?)```", DOC.read_text(), re.DOTALL)
    assert source.endswith(shown)


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that runs the Java subscriber."""
    maven = shutil.which("mvn")
    if maven is None or shutil.which("javac") is None:
        pytest.skip("no Maven or no JDK here (Debian: apt-get install maven)")
    target = tmp_path_factory.mktemp("java")
    classpath = target / "classpath"
    build = [
        maven, "-q", "-B", f"-Dmaven.repo.local={cache_dir() / 'm2'}", f"-Dtarget={target}",
        "compile", "dependency:build-classpath", f"-Dmdep.outputFile={classpath}",
    ]  # fmt: skip
    done = subprocess.run(build, cwd=JAVA, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout
    return ["java", "-Xmx128m", "-cp", f"{target / 'classes'}:{classpath.read_text()}", "Subscribe"]


@pytest.mark.parametrize("kind", KINDS)
def test_java_reads_the_same(topics: Topics, java: list[str], kind: str) -> None:
    given = [topics.bootstrap, topics.registry, f"idv.{kind}s", AVRO / f"{kind}.avsc", IDS[kind]]
    run = subprocess.run([*java, *map(str, given)], capture_output=True, text=True, timeout=WAIT_S)
    assert run.returncode == 0, run.stderr
    printed = [json.loads(line) for line in run.stdout.splitlines()]
    wanted = {i: in_days(full_builtins(event)) for i, event in topics.events[kind].items()}
    assert len(printed) == len(wanted)
    assert {event[IDS[kind]]: event for event in printed} == wanted


def in_days(value: Any) -> Any:
    """Dates as Avro writes them."""
    if isinstance(value, date):
        return (value - date(1970, 1, 1)).days
    if isinstance(value, dict):
        return {name: in_days(item) for name, item in value.items()}
    return [in_days(item) for item in value] if isinstance(value, list) else value
