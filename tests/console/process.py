"""A console as a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from streams.cli.demo.processes import WorkerProcess
from streams.kafka.broker.server import free_port


class ConsoleProcess(WorkerProcess):
    """`idv console` with its index and log in `folder`."""

    arguments = ("-m", "streams.cli", "console")

    def __init__(
        self, bootstrap: str, folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.page_port = free_port()
        settings = {
            "IDV_CONSOLE__PORT": str(self.page_port),
            "IDV_CONSOLE__REFRESH_S": "0.5",
            "IDV_LOG_LEVEL": "info",
        }
        super().__init__(bootstrap, folder, {**settings, **(environment or {})})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.page_port}"
