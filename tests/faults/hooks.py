"""The gateway under faults: `python -m tests.faults.hooks --hooks 20000`.

Hooks are sent like vendors send them, repeated until they are answered 200, while the gateway is
killed, Kafka crashes, hangs and restarts, and the spool fills up. At the end every hook that was
answered 200 is on its raw topic, with the hooks of each session in order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from tests.gateway.process import GatewayProcess, signed
from tests.support.cluster import Cluster

ROUND = 1500
PER_SESSION = 10
SENDERS = 48
FILLER = 4000
SPOOL_MIB = 1
RETRY_S = 0.2
PATIENCE_S = 60
SEED = 20260514
UNSAFE = 'idv_gateway_requests_total{outcome="unsafe",vendor="didit"}'
SETTINGS = {
    "IDV_GATEWAY__SPOOL_MIB": str(SPOOL_MIB),
    "IDV_GATEWAY__ACK_TIMEOUT_S": "0.5",
    "IDV_LOG_LEVEL": "warning",
}


class Verdict(Struct):
    """What a run came to."""

    hooks: int
    answered: int
    lost: int
    inversions: int
    repeats: int
    answers: dict[str, int]
    faults: dict[str, int]
    seconds: float

    @property
    def good(self) -> bool:
        return self.answered == self.hooks and not self.lost and not self.inversions

    @property
    def line(self) -> str:
        return f"HOOKS {msgspec.json.encode(self).decode()}"


class Vendors:
    """Sends each session's hooks one after the other, from its own thread; `release` allows more
    of them.
    """

    def __init__(self, gateway: GatewayProcess, hooks: int) -> None:
        self._gateway = gateway
        self._hooks = hooks
        self._before = self._released = 0
        self.done: list[tuple[str, int]] = []
        """Session and number of what was answered 200."""
        self.answers: Counter[str] = Counter()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="vendors", daemon=True)
        self._thread.start()

    def release(self, count: int) -> None:
        self._before = self._released
        self._released = min(self._hooks, self._released + count)

    def wait(self, share: float = 1.0) -> None:
        """Until this share of what was released last is answered 200, and all before it."""
        due = self._before + int((self._released - self._before) * share)
        last, deadline = -1, 0.0
        while (done := len(self.done)) < due:
            if self._failure is not None:
                raise self._failure
            if done != last:
                last, deadline = done, time.monotonic() + PATIENCE_S
            if time.monotonic() > deadline:
                raise AssertionError(f"{done} of {due} are done; {dict(self.answers)}")
            time.sleep(0.02)

    def _run(self) -> None:
        try:
            asyncio.run(self._send_all())
        except BaseException as error:
            self._failure = error

    async def _send_all(self) -> None:
        sessions = iter(range(-(-self._hooks // PER_SESSION)))
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            await asyncio.gather(*(self._send(client, sessions) for _ in range(SENDERS)))

    async def _send(self, client: aiohttp.ClientSession, sessions: Any) -> None:
        for session in sessions:
            vendor = ("didit", "aiprise")[session % 2]
            first = session * PER_SESSION
            for number in range(first, min(first + PER_SESSION, self._hooks)):
                while number >= self._released:  # noqa: ASYNC110 - set by another thread
                    await asyncio.sleep(0.05)
                await self._until_accepted(client, vendor, session, number)

    async def _until_accepted(
        self, client: aiohttp.ClientSession, vendor: str, session: int, number: int
    ) -> None:
        name = f"{vendor}-{session}"
        body = _body(vendor, name, number)
        while True:
            try:
                url = f"{self._gateway.url}/hooks/{vendor}"
                async with client.post(url, data=body, headers=signed(vendor, body)) as answer:
                    self.answers[str(answer.status)] += 1
                    if answer.status == 200:
                        self.done.append((name, number))
                        return
            except (aiohttp.ClientError, TimeoutError) as error:
                self.answers[type(error).__name__] += 1
            await asyncio.sleep(RETRY_S)


def run(cluster: Cluster, hooks: int, say: Callable[[str], object]) -> Verdict:
    """Send `hooks` hooks while everything fails in turn, then count."""
    started = time.monotonic()
    rng = random.Random(SEED)
    faults: Counter[str] = Counter()
    gateway = GatewayProcess(cluster.bootstrap, cluster.folder / "gateway", SETTINGS)
    gateway.start()
    gateway.wait_until_up()
    vendors = Vendors(gateway, hooks)
    try:
        for _ in range(rounds := max(1, hooks // ROUND)):
            _befall(cluster, gateway, vendors, hooks // rounds, rng, faults)
            say(f"{len(vendors.done)}/{hooks} answered, {dict(vendors.answers)}, {dict(faults)}")
        vendors.release(hooks)
        vendors.wait()
        for vendor in ("didit", "aiprise"):
            gateway.wait_for(f'idv_gateway_spool_records{{vendor="{vendor}"}}', 0.0)
        faults["exit code on SIGTERM"] += gateway.stop()
    finally:
        gateway.kill()
    lost, inversions, repeats = _account(cluster, vendors.done)
    return Verdict(
        hooks, len(vendors.done), lost, inversions, repeats, dict(vendors.answers), dict(faults),
        round(time.monotonic() - started, 1),
    )  # fmt: skip


def _befall(
    cluster: Cluster,
    gateway: GatewayProcess,
    vendors: Vendors,
    hooks: int,
    rng: random.Random,
    faults: Counter[str],
) -> None:
    """One round of all faults, each while hooks come in."""

    def kill() -> None:
        gateway.kill()
        faults["gateway killed"] += 1
        gateway.start()

    share = hooks // 5
    vendors.release(share)
    vendors.wait(rng.uniform(0.2, 0.8))
    kill()
    vendors.wait()

    # Kafka crashes; the gateway is killed with hooks on disk, and comes back without Kafka; then
    # the disk is full.
    vendors.release(hooks - 3 * share)
    vendors.wait(0.4)
    cluster.broker.kill()
    faults["broker killed"] += 1
    _until(lambda: gateway.sample("idv_gateway_spool_bytes") > SPOOL_MIB * 300_000, vendors)
    kill()
    _until(lambda: gateway.answers("/live"), vendors)  # Not ready, once its spool is full.
    vendors.release(share)
    _until(lambda: gateway.sample(UNSAFE) > 0, vendors)
    faults["spool full"] += 1
    cluster.broker.start()
    # In the middle of draining.
    _until(lambda: gateway.sample('idv_gateway_drained_total{vendor="didit"}') > 0, vendors)
    kill()
    vendors.wait()

    vendors.release(share)
    vendors.wait(0.7)
    cluster.broker.pause()
    faults["broker paused"] += 1
    vendors.wait()  # Through the spool.
    cluster.broker.resume()


def _until(condition: Callable[[], bool], vendors: Vendors) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, dict(vendors.answers)
        time.sleep(0.02)


def _body(vendor: str, session: str, number: int) -> bytes:
    key = {"didit": "session_id", "aiprise": "verification_session_id"}[vendor]
    hook = {key: session, "timestamp": int(time.time()), "number": number, "filler": "x" * FILLER}
    return json.dumps(hook).encode()


def _account(cluster: Cluster, answered: list[tuple[str, int]]) -> tuple[int, int, int]:
    """What is lost, out of order once repeats are dropped, and repeated."""
    seen: set[tuple[str, int]] = set()
    last: dict[str, int] = {}
    inversions = repeats = 0
    for record in cluster.read("idv.raw.didit", "idv.raw.aiprise"):
        session, number = record.key.decode(), json.loads(record.value)["number"]
        if (session, number) in seen:
            repeats += 1
            continue
        seen.add((session, number))
        inversions += number < last.get(session, -1)
        last[session] = number
    return len(set(answered) - seen), inversions, repeats


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.hooks", description=__doc__)
    parser.add_argument("--hooks", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="idv-hooks-") as folder, Cluster(Path(folder)) as kafka:
        verdict = run(kafka, options.hooks, lambda text: sys.stderr.write(f"{text}\n"))
    sys.stdout.write(f"{verdict.line}\n")
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(main())
