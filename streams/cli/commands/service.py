"""Shared by the commands that run a service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from streams.cli.commands.terminal import err, fail
from streams.config.logs import configure
from streams.config.settings import Settings, StartError, unknown_variables

MetricsPort = Annotated[
    int | None,
    typer.Option(
        help="Port of /metrics, /live, /ready; 0 selects a free one; default IDV_METRICS_PORT."
    ),
]


def serve(run: Callable[[Settings], None], settings: Settings, in_dev: str | None) -> None:
    """Print warnings and run a service; `in_dev` is the warning of the dev profile."""
    configure(settings.log_level, settings.log_format)
    for name in unknown_variables():
        err.print(f"[yellow]warning:[/] {name} is set, but no setting has that name")
    if in_dev:
        err.print(f"[yellow]dev profile:[/] {in_dev}")
    try:
        run(settings)
    except StartError as error:
        fail(str(error))
