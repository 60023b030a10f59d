"""A service as a child process: start, wait, stop, kill, send signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from streams.kafka.broker.server import die_with_parent, free_port

READY_S = 60
STOP_S = 30
LAST_LINES = 8


class ServiceError(Exception):
    """A service did not start; the message has the end of its log."""


class ServiceProcess:
    """`idv NAME` with data and log in `folder`; `environment` adds IDV_* variables.

    It does not inherit the caller's IDV_* variables.
    """

    def __init__(
        self,
        name: str,
        bootstrap: str,
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.arguments: tuple[str, ...] = ("-m", "streams.cli", name)
        """Arguments of the Python interpreter."""
        self.port = free_port()
        self.log = folder / f"{name}.log"
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("IDV_")},
            "IDV_BOOTSTRAP_SERVERS": bootstrap,
            "IDV_DATA_DIR": str(folder / "state"),
            "IDV_METRICS_PORT": str(self.port),
            "IDV_LOG_FORMAT": "json",
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start without waiting; a second start continues with the state of the first."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )

    def wait_until_ready(self) -> None:
        """Raises ServiceError if it ends or is not ready within a minute."""
        deadline = time.monotonic() + READY_S
        while not self.answers("/ready"):
            if not self.running() or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
                ended = "" if self.running() else f" (exit code {self.stop()})"
                raise ServiceError("\n".join([f"idv {self.name} did not get ready{ended}:", *tail]))
            time.sleep(0.1)

    def answers(self, path: str) -> bool:
        """True if it answers 200."""
        return self.read(path) is not None

    def read(self, path: str) -> str | None:
        """Body of `/metrics`, `/live` or `/ready`; None unless it answers 200."""
        try:
            url = f"http://127.0.0.1:{self.port}{path}"
            with urllib.request.urlopen(url, timeout=2) as answer:
                return str(answer.read().decode())
        except OSError:
            return None

    @property
    def pid(self) -> int:
        """Of the latest process. Raises ServiceError before the first start."""
        if self._process is None:
            raise ServiceError("not started")
        return self._process.pid

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """SIGTERM, and SIGKILL after a timeout. Returns the exit code."""
        if self._process is None:
            return 0
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """SIGKILL. Returns the exit code."""
        if self._process is None:
            return 0
        self._process.kill()
        return self._process.wait()

    def signal(self, number: int) -> None:
        if self.running():
            assert self._process is not None
            self._process.send_signal(number)


class ConsoleProcess(ServiceProcess):
    """`idv console` with its index and log in `folder`."""

    def __init__(
        self, bootstrap: str, folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.page_port = free_port()
        page = {"IDV_CONSOLE__PORT": str(self.page_port)}
        super().__init__("console", bootstrap, folder, {**page, **(environment or {})})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.page_port}"
