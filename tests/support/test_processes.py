"""Processes of tests end with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.processes import NAME, ended_afterwards, left

_PARENT = """
import subprocess, sys
child = subprocess.Popen(["sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
"""


def test_an_orphan_in_a_session_of_its_own_is_ended() -> None:
    with ended_afterwards():
        mark = os.environ[NAME]
        done = subprocess.run(
            [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, timeout=30, check=True
        )
        orphan = int(done.stdout)
        assert list(left(mark)) == [orphan]
    while _runs(orphan):  # until the kernel has taken it away; the test's own limit ends it
        pass


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_an_interrupt_reaches_what_tests_start() -> None:
    """Also if the tests were started with interrupts ignored."""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
