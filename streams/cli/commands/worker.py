"""`idv worker`: the Faust worker, with `--restart` under a small supervisor."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.cli.commands.inputs import Bootstrap
from streams.cli.commands.service import MetricsPort, serve
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import err
from streams.config.settings import DEV_HMAC_KEY
from streams.worker.main import run

RESTART_AFTER_S = (0.5, 1, 2, 5, 10)
STEADY_S = 60
_IN_DEV = (
    f"fingerprints are hashed with the public key {DEV_HMAC_KEY.partition(':')[0]!r}; "
    "set IDV_PROFILE=production and IDV_HMAC_KEYS for real people's data"
)


def worker(
    bootstrap: Bootstrap = None,
    data: Annotated[
        Path | None, typer.Option(help="Directory of state; default IDV_DATA_DIR.")
    ] = None,
    metrics_port: MetricsPort = None,
    restart: Annotated[bool, typer.Option("--restart", help="Restart after a failure.")] = False,
) -> None:
    """Run the worker until SIGTERM or Ctrl-C."""
    settings = load_or_fail(bootstrap_servers=bootstrap, data_dir=data, metrics_port=metrics_port)
    if restart:
        arguments = [a for a in sys.argv[1:] if a != "--restart"]
        raise typer.Exit(_supervise([sys.executable, "-m", "streams.cli", *arguments]))
    serve(run, settings, _IN_DEV if settings.hmac_keys is None else None)


def _supervise(command: list[str]) -> int:
    """Restart the worker until it exits with 0 or a signal arrives."""
    child: subprocess.Popen[bytes] | None = None
    signals: list[int] = []

    def forward(number: int, _frame: Any) -> None:
        signals.append(number)
        if child is not None:
            child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, forward)
    failures = 0
    while True:
        started = time.monotonic()
        child = subprocess.Popen(command)
        code = child.wait()
        if signals or code == 0:
            break
        failures = 1 if time.monotonic() - started > STEADY_S else failures + 1
        pause = RESTART_AFTER_S[min(failures, len(RESTART_AFTER_S)) - 1]
        err.print(f"[yellow]worker ended with {code}; restarting in {pause} s[/]")
        deadline = time.monotonic() + pause
        while not signals and time.monotonic() < deadline:
            time.sleep(0.1)
        if signals:
            break
    # A signal is a negative code here, and over 128 in a shell.
    return code if code >= 0 else 128 - code
