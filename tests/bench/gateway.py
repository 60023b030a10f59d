"""The gateway and a bare receiver: signed hooks of 4 to 15 KB per second, on one core.

Requests are prepared and sent over open connections, one at a time each. The server has one core,
client and broker the other. Rounds are interleaved; medians count. CPU per hook is reported too,
since client and broker may limit the rate.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import psutil

from streams.kafka.broker.server import free_port
from tests.bench.stack import Stack
from tests.gateway.process import SECRET, signed
from tests.support.traffic import traffic

CONNECTIONS = 128
SMALLEST, LARGEST = 4_000, 15_000
REQUESTS = 2000
WARM_UP_S, MEASURED_S = 2.0, 6.0
READY_S = 30
SEED = 20260514
SERVER_CORE = 0

Figures = dict[str, float]
Command = Callable[[str, int, Path], tuple[list[str], dict[str, str]]]
"""Bootstrap servers, port and folder → the command line and its settings."""


class Sent(NamedTuple):
    """What a client saw while it measured."""

    seconds: float
    waits_ms: list[float]


def _gateway(bootstrap: str, port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, "-m", "streams.cli", "gateway"], {
        "IDV_GATEWAY__HOOKS__DIDIT__DEFAULT__SECRETS": SECRET,
        "IDV_GATEWAY__HOOKS__AIPRISE__DEFAULT__SECRETS": SECRET,
        "IDV_BOOTSTRAP_SERVERS": bootstrap, "IDV_DATA_DIR": str(folder),
        "IDV_METRICS_PORT": "0", "IDV_GATEWAY__PORT": str(port), "IDV_LOG_LEVEL": "warning",
    }  # fmt: skip


def _bare(bootstrap: str, port: int, _folder: Path) -> tuple[list[str], dict[str, str]]:
    module = "tests.bench.peers.bare_receiver"
    return [sys.executable, "-m", module, "--bootstrap", bootstrap, "--port", str(port)], {}


RECEIVERS: dict[str, Command] = {"idv": _gateway, "bare": _bare}


def requests() -> list[bytes]:
    """Whole requests, of the two vendors that sign."""
    made = []
    for delivery in traffic(SEED, REQUESTS * 8, whole=True):
        if delivery.vendor not in ("didit", "aiprise"):
            continue
        try:
            hook = json.loads(delivery.value)
        except ValueError:
            continue
        body = json.dumps(hook | {"timestamp": int(time.time())}).encode()
        if SMALLEST <= len(body) <= LARGEST:
            headers = {
                "Host": "localhost",
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **signed(delivery.vendor, body),
            }
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            made.append(f"POST /hooks/{delivery.vendor} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        if len(made) == REQUESTS:
            break
    return made


def measure(stack: Stack, rounds: int, say: Callable[[str], None]) -> dict[str, Figures]:
    """Receiver → its figures: rate, cpu_us, p50 and p99 in ms."""
    runs: dict[str, list[Figures]] = {name: [] for name in RECEIVERS}
    for number, name in itertools.product(range(rounds), RECEIVERS):
        with _server_alone(stack):
            run = _run(RECEIVERS[name], stack.broker.bootstrap, stack.folder / f"{name}-{number}")
        runs[name].append(run)
        say(
            f"round {number + 1}  {name:5} {run['rate']:7,.0f} hooks/s {run['cpu_us']:6,.0f} µs "
            f"CPU/hook  p50 {run['p50']:.1f} ms  p99 {run['p99']:.1f} ms"
        )
    return {
        name: {key: round(median(run[key] for run in found), 1) for key in found[0]}
        for name, found in runs.items()
    }


def _run(command: Command, bootstrap: str, folder: Path) -> Figures:
    folder.mkdir(parents=True)
    given = requests()
    port = free_port()
    with _server(command, bootstrap, port, folder) as process:
        asyncio.run(_send(port, given, WARM_UP_S))
        cpu = _cpu_s(process.pid)
        sent = asyncio.run(_send(port, given, MEASURED_S))
        cpu = _cpu_s(process.pid) - cpu
    count = len(sent.waits_ms)
    cuts = quantiles(sent.waits_ms, n=100)
    return {
        "rate": count / sent.seconds, "cpu_us": cpu / count * 1e6,
        "p50": cuts[49], "p99": cuts[98],
    }  # fmt: skip


async def _send(port: int, given: Sequence[bytes], seconds: float) -> Sent:
    order = itertools.cycle(given)
    waits: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(
        *(_client(port, order, begun + seconds, waits) for _ in range(CONNECTIONS))
    )
    return Sent(time.perf_counter() - begun, waits)


async def _client(port: int, order: Iterator[bytes], until: float, waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (sent_at := time.perf_counter()) < until:
        writer.write(next(order))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise AssertionError(head)
        await reader.readexactly(len(b"accepted\n"))
        waits.append((time.perf_counter() - sent_at) * 1000)
    writer.close()


@contextmanager
def _server_alone(stack: Stack) -> Iterator[None]:
    """Client and broker leave the server its core, where there is another."""
    cores = os.sched_getaffinity(0)
    others = [os.getpid(), *(child.pid for child in psutil.Process().children())]
    for pid in others:
        _move(pid, cores - {SERVER_CORE} or cores)
    try:
        yield
    finally:
        for pid in others:
            _move(pid, cores)


def _move(pid: int, cores: set[int]) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)


@contextmanager
def _server(
    command: Command, bootstrap: str, port: int, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    arguments, settings = command(bootstrap, port, folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            arguments, env={**os.environ, **settings}, stdout=log, stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
        )  # fmt: skip
    try:
        _wait_for(port, process, folder / "log")
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(log.read_text(errors="replace")[-2000:])


def _cpu_s(pid: int) -> float:
    fields: list[Any] = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
