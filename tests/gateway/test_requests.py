"""Requests by a real client over real sockets, to a gateway before a real Kafka."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme

from tests.gateway.process import SECRET, GatewayProcess, didit_hook, signed
from tests.support.cluster import Cluster

pytestmark = pytest.mark.xdist_group("kafka-gateway")

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def gateway(cluster: Cluster) -> Iterator[GatewayProcess]:
    running = GatewayProcess(
        cluster.bootstrap,
        cluster.folder / "gateway",
        {
            "IDV_GATEWAY__HOOKS__DIDIT__SECOND__SECRETS": "the-secret-of-the-second",
            "IDV_GATEWAY__HOOKS__DIDIT__SECOND__ENVIRONMENT": "SANDBOX",
            "IDV_GATEWAY__HOOKS__DIDIT__ELSEWHERE__SECRETS": SECRET,
            "IDV_GATEWAY__HOOKS__DIDIT__ELSEWHERE__ALLOW": '["203.0.113.0/24", "2001:db8::/32"]',
            "IDV_GATEWAY__TRUSTED_PROXIES": '["127.0.0.0/8"]',
            "IDV_GATEWAY__REQUEST_TIMEOUT_S": "1",
        },
    )
    running.start()
    running.wait_until_up()
    yield running
    running.kill()


async def post(
    gateway: GatewayProcess,
    path: str,
    body: Any,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> tuple[int, bytes, dict[str, str]]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(gateway.url + path, data=body, headers=headers, **more) as answer,
    ):
        return answer.status, await answer.read(), dict(answer.headers)


def record(cluster: Cluster, vendor: str, key: bytes) -> Any:
    (found,) = [r for r in cluster.read(f"idv.raw.{vendor}") if r.key == key]
    return found


HOOKS = [
    ("didit", b"s-plain", None),
    ("aiprise", b"a-1", b'{"verification_session_id": "a-1", "aiprise_summary": {}}'),
    ("idwise", b"j-1", b'{"event": "Finished Journey", "body": {"journeyId": "j-1"}}'),
    ("alice", b"u-1", b'{"event": "x", "report": {"user_id": "u-1"}}'),
]


@pytest.mark.parametrize(("vendor", "key", "given"), HOOKS)
def test_the_bytes_are_published_as_they_came(
    cluster: Cluster, gateway: GatewayProcess, vendor: str, key: bytes, given: bytes | None
) -> None:
    body = given or didit_hook(key.decode())
    before = int(time.time() * 1000)
    headers = signed(vendor, body) | {"traceparent": TRACE}
    status, answer, _ = asyncio.run(post(gateway, f"/hooks/{vendor}", body, headers))
    assert (status, answer) == (200, b"accepted\n")
    found = record(cluster, vendor, key)
    assert found.value == body
    named = dict(found.headers)
    assert named.keys() == {"idv-received-at", "traceparent"}
    assert named["traceparent"] == TRACE.encode()
    received = named["idv-received-at"].decode()
    assert received.endswith("Z")
    assert before - 1 <= found.timestamp


def test_applications_have_their_own_secrets_and_headers(
    cluster: Cluster, gateway: GatewayProcess
) -> None:
    body = didit_hook("s-second")
    second = signed("didit", body, "the-secret-of-the-second")
    path = "/hooks/didit/second?subject=cust%207&environment=LIVE"

    async def both() -> list[int]:
        return [
            (await post(gateway, path, body, signed("didit", body)))[0],
            (await post(gateway, "/hooks/didit", body, second))[0],
            (await post(gateway, path, body, second))[0],
        ]

    assert asyncio.run(both()) == [401, 401, 200]
    named = dict(record(cluster, "didit", b"s-second").headers)
    assert named["idv-environment"] == b"SANDBOX"  # The setting, not the URL.
    assert named["idv-subject"] == b"cust 7"
    assert len(named["traceparent"]) == len(TRACE)


def test_the_one_before_is_accepted_while_secrets_rotate(gateway: GatewayProcess) -> None:
    body = didit_hook("s-rotated")
    headers = signed("didit", body, "one-that-was-before")
    assert asyncio.run(post(gateway, "/hooks/didit/default", body, headers))[0] == 200


def test_a_secret_in_the_path(cluster: Cluster, gateway: GatewayProcess) -> None:
    body = b'{"event": "Finished Journey", "body": {"journeyId": "j-path"}}'

    async def three() -> list[int]:
        return [
            (await post(gateway, f"/hooks/idwise/default/{SECRET}", body))[0],
            (await post(gateway, "/hooks/idwise/default/wrong-secret-of-mine", body))[0],
            (await post(gateway, f"/hooks/didit/default/{SECRET}", body))[0],
        ]

    assert asyncio.run(three()) == [200, 401, 404]
    assert record(cluster, "idwise", b"j-path").value == body


def test_a_signed_body_that_is_no_json_is_kept(cluster: Cluster, gateway: GatewayProcess) -> None:
    body = b"\x00no json at all\xff"
    assert asyncio.run(post(gateway, "/hooks/didit", body, signed("didit", body)))[0] == 200
    assert body in [r.value for r in cluster.read("idv.raw.didit") if r.key is None]


REFUSED = [
    ("POST", "/", {}, 404),
    ("POST", "/hooks", {}, 404),
    ("POST", "/hooks/nobody", {}, 404),
    ("POST", "/hooks/didit/none", {}, 404),
    ("POST", "/hooks/didit/default/a/b", {}, 404),
    ("POST", "/hooks/didit%2Fdefault", {}, 401),  # A path as servers understand it.
    ("GET", "/hooks/didit", {}, 405),
    ("PUT", "/hooks/didit", {}, 405),
    ("POST", "/hooks/didit", {}, 401),
    ("POST", "/hooks/didit", {"Content-Encoding": "gzip"}, 415),
    ("POST", "/hooks/didit/elsewhere", {}, 403),
    ("POST", "/hooks/didit/elsewhere", {"X-Forwarded-For": "203.0.113.7"}, 401),
    ("POST", "/hooks/didit/elsewhere", {"X-Forwarded-For": "2001:db8::7"}, 401),
    ("POST", "/hooks/didit/elsewhere", {"X-Forwarded-For": "203.0.113.7, 198.51.100.1"}, 403),
    ("POST", "/hooks/didit/elsewhere", {"X-Forwarded-For": "198.51.100.1,203.0.113.7"}, 401),
    ("POST", "/hooks/didit/elsewhere", {"X-Forwarded-For": "203.0.113.7,127.0.0.1"}, 401),
    ("POST", "/hooks/didit/elsewhere", {"X-Forwarded-For": "nonsense"}, 403),
    ("POST", "/hooks/idwise?subject=" + "s" * 257, {"X-Webhook-Secret": SECRET}, 400),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED)
async def test_what_is_refused(
    gateway: GatewayProcess, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, gateway.url + path, headers=headers, data=b"canary-4711") as got,
    ):
        assert got.status == status
        answer = await got.read() + repr(got.headers).encode()
    assert b"canary" not in answer
    assert b"aiohttp" not in answer
    assert b"hooks" not in answer


async def test_a_body_over_the_limit_is_not_read(gateway: GatewayProcess) -> None:
    """The topic's limit. A sender with `Expect: 100-continue` sends no body."""
    size = 6 * MIB
    status, *_ = await post(gateway, "/hooks/didit", bytes(size), expect100=True)
    assert status == 413

    async def chunks() -> Any:
        for _ in range(7):
            yield bytes(MIB)

    try:
        status, *_ = await post(gateway, "/hooks/didit", chunks())
    except aiohttp.ClientConnectionError:
        return  # The connection was closed under the sender.
    assert status == 413


async def test_the_largest_body_is_taken(gateway: GatewayProcess) -> None:
    body = didit_hook("s-large", filler=5 * MIB)
    headers = signed("didit", body)
    status, *_ = await post(gateway, "/hooks/didit", body, headers, expect100=True)
    assert status == 200


def test_a_compressed_body_is_not_unpacked(gateway: GatewayProcess) -> None:
    bomb = gzip.compress(bytes(50 * MIB))
    headers = signed("didit", bomb) | {"Content-Encoding": "gzip"}
    assert asyncio.run(post(gateway, "/hooks/didit", bomb, headers))[0] == 415


SLOW = [
    b"",
    b"POST /hooks/didit HTTP/1.1\r\nHost: x\r\n",
    b"POST /hooks/didit HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    b"POST /hooks/didit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
]


@pytest.mark.parametrize("sent", SLOW)
def test_slow_senders_are_left(gateway: GatewayProcess, sent: bytes) -> None:
    """A byte now and then does not help: the limit is for all of it."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", gateway.hooks_port)) as connection:
        connection.sendall(sent)
        connection.settimeout(0.2)
        answer = b""
        while time.monotonic() < begun + 10:
            try:
                if not (more := connection.recv(4096)):
                    break
                answer += more
            except TimeoutError:
                connection.sendall(b"a" if sent else b"")
            except ConnectionError:
                break
    assert 0.8 < time.monotonic() - begun < 5
    assert answer == b"" or answer.startswith((b"HTTP/1.1 408", b"HTTP/1.1 400"))


MALFORMED = [
    b"canary\r\n\r\n",
    b"POST /hooks/didit HTTP/1.1\r\ncanary canary\r\n\r\n",
    b"POST /canary" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /hooks/didit HTTP/1.1\r\nHost: x\r\nCanary: " + b"x" * 10_000 + b"\r\n\r\n",
    b"POST /hooks/didit HTTP/1.1\r\nHost: x\r\n" + b"Canary: x\r\n" * 200 + b"\r\n",
    b"POST /hooks/didit HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n\r\n",
    (
        b"POST /hooks/didit HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\ncanary"
    ),
    b"POST /hooks/didit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\n",
    b"\x16\x03\x01canary",
]


@pytest.mark.parametrize("sent", MALFORMED)
def test_what_is_no_request_gets_no_page(gateway: GatewayProcess, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", gateway.hooks_port), timeout=5) as connection:
        connection.sendall(sent)
        answer = b""
        try:
            while more := connection.recv(65536):
                answer += more
        except ConnectionError:
            pass
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert b"anary" not in answer
    assert answer.endswith(b"\r\n\r\nrefused\n")


def test_nothing_of_a_request_is_logged_or_measured(
    cluster: Cluster, gateway: GatewayProcess
) -> None:
    body = json.dumps({"event": "e", "body": {"journeyId": "canary-journey"}}).encode()
    headers = {"X-Webhook-Secret": "canary-header-secret", "X-Canary": "canary-header"}

    async def every() -> None:
        await post(gateway, "/hooks/idwise/default/canary-path-secret", body)
        await post(gateway, "/hooks/canary-vendor/canary-application", body)
        await post(gateway, "/hooks/idwise?subject=canary-subject", body, headers)
        good = signed("idwise", body)
        await post(gateway, "/hooks/idwise?subject=canary-subject", body, good)
        await post(gateway, "/hooks/didit", body, {"X-Signature": "canary", "X-Timestamp": "1"})

    asyncio.run(every())
    log = gateway.log.read_text()
    assert "missing_timestamp" in log or "stale_timestamp" in log
    for secret in ("canary", SECRET, "one-that-was-before", "the-secret-of-the-second"):
        assert secret not in log
        assert secret not in (gateway.read("/metrics") or "")
    assert record(cluster, "idwise", b"canary-journey").value == body


def test_requests_are_counted_by_how_they_ended(gateway: GatewayProcess) -> None:
    def count(outcome: str, vendor: str = "aiprise") -> float:
        series = f'idv_gateway_requests_total{{outcome="{outcome}",vendor="{vendor}"}}'
        return gateway.sample(series)

    body = b'{"verification_session_id": "a-counted"}'
    before = [count("published"), count("unauthorized"), count("malformed", "none")]
    refused = 'idv_gateway_refused_total{reason="bad_signature",vendor="aiprise"}'
    refused_before = gateway.sample(refused)

    async def three() -> None:
        await post(gateway, "/hooks/aiprise", body, signed("aiprise", body))
        await post(gateway, "/hooks/aiprise", body, signed("aiprise", b"other"))
        await post(gateway, "/hooks/none", body)

    asyncio.run(three())
    after = [count("published"), count("unauthorized"), count("malformed", "none")]
    assert [a - b for a, b in zip(after, before, strict=True)] == [1, 1, 1]
    assert gateway.sample(refused) == refused_before + 1
    # What a request makes up is no label.
    assert "nobody" not in (gateway.read("/metrics") or "")


def test_the_other_port_serves_operators_alone(gateway: GatewayProcess) -> None:
    assert gateway.answers("/live")
    state = json.loads(gateway.read("/ready") or "")
    assert state == {
        "ok": True, "spool_bytes": 0,
        "kafka": dict.fromkeys(("aiprise", "alice", "didit", "idwise"), True),
    }  # fmt: skip
    assert not gateway.answers("/hooks/didit")


def test_more_at_once_than_allowed_is_busy(cluster: Cluster) -> None:
    small = GatewayProcess(
        cluster.bootstrap,
        cluster.folder / "small",
        {"IDV_GATEWAY__MAX_REQUESTS": "2", "IDV_GATEWAY__MAX_REQUEST_MIB": "1",
         "IDV_GATEWAY__MAX_CONNECTIONS": "4"},
    )  # fmt: skip
    small.start()
    small.wait_until_up()
    head = b"POST /hooks/didit HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
    port = ("127.0.0.1", small.hooks_port)
    try:
        large = asyncio.run(post(small, "/hooks/didit", bytes(2 * MIB), expect100=True))
        assert (large[0], large[2]["Retry-After"]) == (503, "5")
        with socket.create_connection(port) as one, socket.create_connection(port) as two:
            one.sendall(head)
            two.sendall(head)
            small.wait_for("idv_gateway_requests_in_progress", 2.0)
            body = didit_hook("s-busy")
            status, _, headers = asyncio.run(
                post(small, "/hooks/didit", body, signed("didit", body))
            )
            assert (status, headers["Retry-After"]) == (503, "5")
            # Connections are bounded too.
            held = [socket.create_connection(port, timeout=5) for _ in range(4)]
            ends = [connection.recv(1) for connection in held[2:]]
            assert ends == [b"", b""]
            for connection in held:
                connection.close()
        small.wait_for("idv_gateway_requests_in_progress", 0.0)
        body = didit_hook("s-busy")
        assert asyncio.run(post(small, "/hooks/didit", body, signed("didit", body)))[0] == 200
    finally:
        small.kill()


def test_tls_by_settings(cluster: Cluster, tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    certificate.private_key_pem.write_to_path(key)
    secret = tmp_path / "secrets"
    secret.write_text(f"the-next-secret-to-come\n{SECRET}\n")
    running = GatewayProcess(
        cluster.bootstrap,
        tmp_path / "gateway",
        {
            "IDV_GATEWAY__TLS_CERTIFICATE_FILE": str(chain),
            "IDV_GATEWAY__TLS_KEY_FILE": str(key),
            "IDV_GATEWAY__HOOKS__DIDIT__FILED__SECRETS_FILE": str(secret),
        },
    )
    running.start()
    running.wait_until_up()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    body = didit_hook("s-tls")

    async def send() -> int:
        url = f"https://127.0.0.1:{running.hooks_port}/hooks/didit/filed"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=signed("didit", body), ssl=context) as answer,
        ):
            return answer.status

    try:
        assert asyncio.run(send()) == 200
    finally:
        assert running.stop() == 0
