"""Authentication and least privilege on a real Kafka with TLS and an authorizer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import trustme
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from typer.testing import CliRunner, Result

from streams.cli.demo.processes import ServiceProcess
from streams.cli.main import app
from streams.client import Subscriber
from streams.config.settings import Settings
from streams.contracts.model import Verification
from streams.contracts.topics import load
from tests.support.secured import Secured, token
from tests.support.traffic import traffic

pytestmark = pytest.mark.xdist_group("kafka-security")

PLAN = load()
ROLES = PLAN.roles
WAIT_S = 10


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with Secured(tmp_path_factory.mktemp("secured")) as running:
        yield running


@contextmanager
def variables(environment: Mapping[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


def settings(environment: Mapping[str, str]) -> Settings:
    with variables(environment):
        return Settings()


def idv(environment: Mapping[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env=dict(environment))


@asynccontextmanager
async def running(client: Any) -> AsyncIterator[Any]:
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


# -- least privilege ---------------------------------------------------------------------------


ATTEMPTS = 5


async def _may_write(producer: AIOKafkaProducer, topic: str) -> bool:
    try:
        await producer.send_and_wait(topic, None, key=b"nobody")
    except TopicAuthorizationFailedError:
        return False
    return True


async def _may_read(consumer: AIOKafkaConsumer, topic: str) -> bool:
    """A read is allowed where a record comes, and every topic has one."""
    consumer.assign([TopicPartition(topic, 0)])
    async with asyncio.timeout(WAIT_S):
        while topic not in consumer._client.cluster.unauthorized_topics:
            try:
                if await consumer.getmany(timeout_ms=50):
                    return True
            except TopicAuthorizationFailedError as error:
                if topic in error.args:  # Not late news of the topic before.
                    return False
    return False


async def _access(clients: dict[str, Any], writes: bool) -> dict[str, tuple[bool, bool]]:
    """Topic → whether it can be written and read. Only a role with a writable topic may have an
    idempotent producer.
    """
    consumer = AIOKafkaConsumer(**clients, auto_offset_reset="earliest", fetch_max_wait_ms=50)
    producer = AIOKafkaProducer(**clients, enable_idempotence=writes)
    async with running(producer), running(consumer):
        return {
            name: (await _may_write(producer, name), await _may_read(consumer, name))
            for name in (topic.name for topic in PLAN.topics)
        }


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_file_says_and_nothing_else(secured: Secured, role: str) -> None:
    everything = asyncio.run(_access({"bootstrap_servers": secured.bootstrap}, writes=True))
    assert set(everything.values()) == {(True, True)}
    expected = {t.name: (role in t.writers, role in t.readers) for t in PLAN.topics}
    writes = any(may_write for may_write, _ in expected.values())
    # Brokers learn of access rules a moment after they are written.
    for _ in range(ATTEMPTS):
        found = asyncio.run(_access(settings(secured.scram(role)).kafka(), writes))
        if found == expected:
            break
    assert found == expected


def test_a_subscriber_joins_its_own_groups_only(secured: Secured) -> None:
    clients = settings(secured.scram("subscriber")).kafka()

    async def join(group: str) -> None:
        consumer = AIOKafkaConsumer(
            "idv.verifications", **clients, group_id=group, auto_offset_reset="earliest"
        )
        async with asyncio.timeout(WAIT_S), running(consumer):
            await consumer.getone()

    asyncio.run(join("idv-subscriber-risk"))
    with pytest.raises(GroupAuthorizationFailedError):
        asyncio.run(join("idv"))


# -- proof of identity -------------------------------------------------------------------------


def test_a_worker_in_the_production_profile_runs_on_scram_over_tls(secured: Secured) -> None:
    publisher, subscriber = secured.scram("publisher"), secured.scram("subscriber")
    worker = secured.worker(
        environment={
            **secured.scram("worker"),
            "IDV_PROFILE": "production",
            "IDV_HMAC_KEYS_FILE": _keys(secured),
        }
    )
    worker.start()
    worker.wait_until_ready()
    one = next(d for d in traffic(5, 50) if d.vendor == "didit").value
    payload = secured.folder / "one.json"
    payload.write_bytes(one)
    sent = idv(publisher, "publish", "didit", str(payload))
    assert sent.exit_code == 0, sent.output
    seen = _tailed(subscriber)
    assert [event["vendor"] for event in seen if "vendor" in event] == ["didit"]
    assert asyncio.run(_first(subscriber)).vendor == "didit"
    assert worker.stop() == 0
    log = worker.log.read_text()
    assert secured.password("worker") not in log
    assert "a-key-of-production" not in log


@pytest.mark.parametrize("name", ["gateway", "fetch"])
def test_the_front_door_runs_with_the_rights_of_its_roles(secured: Secured, name: str) -> None:
    account = "IDV_FETCH__ACCOUNTS__IDWISE__MAIN__"
    service = ServiceProcess(
        name, secured.bootstrap, secured.folder / name,
        {
            **secured.scram(name), "IDV_PROFILE": "production", "IDV_GATEWAY__PORT": "0",
            "IDV_GATEWAY__HOOKS__IDWISE__DEFAULT__SECRETS": "a-secret-for-tests",
            f"{account}KEY": "key", f"{account}HOST": "http://127.0.0.1:9",
        },
    )  # fmt: skip
    service.start()
    service.wait_until_ready()
    assert service.stop() == 0


async def _first(environment: Mapping[str, str]) -> Verification:
    """What the client of subscribers gets, with the variables of a role."""
    with variables(environment):
        subscriber = Subscriber(Verification, "idv-subscriber-client")
    async with asyncio.timeout(WAIT_S), subscriber as events:
        return await anext(aiter(events))


def test_a_certificate_is_proof(secured: Secured) -> None:
    assert _tailed(secured.mutual_tls("subscriber"))
    refused = idv(secured.mutual_tls("publisher"), "tail", "verifications", "--from-beginning")
    assert refused.exit_code == 1


def test_a_certificate_of_another_authority_is_none(secured: Secured) -> None:
    environment = secured.mutual_tls("subscriber", trustme.CA())
    refused = idv(environment, "tail", "verifications", "--exit-idle", "1")
    assert refused.exit_code == 1
    assert "certificate" in refused.output


def test_a_broker_of_another_authority_is_not_trusted(secured: Secured) -> None:
    other = secured.folder / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    environment = secured.scram("subscriber") | {"IDV_SSL_CA_FILE": str(other)}
    refused = idv(environment, "tail", "verifications", "--exit-idle", "1")
    assert refused.exit_code == 1
    assert "certificate" in refused.output


def test_a_token_is_proof_wherever_it_comes_from(secured: Secured) -> None:
    file = secured.folder / "token"
    file.write_text(token("idv-subscriber") + "\n")
    assert _tailed(secured.oauth({"IDV_OAUTH_TOKEN_FILE": str(file)}))
    assert _tailed(secured.oauth({"IDV_OAUTH_TOKEN_COMMAND": f"cat {file}"}))
    assert _tailed(secured.oauth({"IDV_OAUTH_TOKEN": token("idv-subscriber")}))
    nobody = idv(
        secured.oauth({"IDV_OAUTH_TOKEN_COMMAND": "false"}),
        "tail", "verifications", "--exit-idle", "1",
    )  # fmt: skip
    assert nobody.exit_code == 1


def test_a_wrong_password_is_refused_in_clear_words(secured: Secured) -> None:
    wrong = secured.scram("subscriber", "wrong-battery-staple")
    refused = idv(wrong, "tail", "verifications", "--exit-idle", "1")
    assert refused.exit_code == 1
    assert "credentials" in refused.output
    assert "wrong-battery-staple" not in refused.output


def test_a_worker_without_rights_says_which_topics_it_cannot_see(secured: Secured) -> None:
    worker = secured.worker("powerless", secured.scram("subscriber"))
    worker.start()
    assert worker._process is not None
    assert worker._process.wait(60) == 1
    assert "idv topics acls" in worker.log.read_text()


def _keys(secured: Secured) -> str:
    file = secured.folder / "hmac.keys"
    file.write_text("v1:a-key-of-production-0123456789\n")
    return str(file)


def _tailed(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Verifications, without the tombstones that other tests left."""
    result = idv(
        environment, "tail", "verifications", "--json", "--from-beginning", "--exit-idle", "2"
    )
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]
