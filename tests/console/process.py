"""A console as a process of its own that looks for news twice a second."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from streams.cli.demo import processes


class ConsoleProcess(processes.ConsoleProcess):
    """`idv console` with its index and log in `folder`."""

    def __init__(
        self, bootstrap: str, folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(
            bootstrap, folder, {"IDV_CONSOLE__REFRESH_S": "0.5", **(environment or {})}
        )
