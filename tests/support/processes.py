"""Ends all processes of a test, including indirect children, whether it passes or fails.

Child processes inherit an environment variable with the test's name, so they are found also in
their own session or after their parent was killed.
"""

from __future__ import annotations

import os
import signal
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAME = "STARTED_BY_TEST"

_started = False


def _notice(event: str, arguments: Any) -> None:
    global _started
    if event == "subprocess.Popen":
        _started = True


sys.addaudithook(_notice)


@contextmanager
def ended_afterwards() -> Iterator[None]:
    """Kills what the block starts and leaves behind."""
    global _started
    before, mark = os.environ.get(NAME), uuid.uuid4().hex
    outer, _started = _started, False
    os.environ[NAME] = mark
    try:
        yield
    finally:
        if before is None:
            del os.environ[NAME]
        else:
            os.environ[NAME] = before
        if _started:
            for process in left(mark):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        _started = _started or outer


def left(mark: str) -> Iterator[int]:
    """Ids of processes that were started under a mark."""
    wanted = f"{NAME}={mark}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                yield int(process.name)
