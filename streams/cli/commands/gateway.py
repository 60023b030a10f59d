"""`idv gateway`: receives the vendors' webhooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.commands.console import err, fail
from streams.cli.commands.inputs import Bootstrap
from streams.cli.commands.settings import load_or_fail
from streams.config.settings import WithoutKeys, unknown_variables
from streams.gateway.main import StartError, run
from streams.worker.ops.logs import configure


def gateway(
    bootstrap: Bootstrap = None,
    data: Annotated[
        Path | None, typer.Option(help="Where the spool is; default IDV_DATA_DIR.")
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            help="Port of /metrics, /live, /ready; 0 takes a free one; default IDV_METRICS_PORT."
        ),
    ] = None,
) -> None:
    """Receive webhooks and publish them, until SIGTERM or Ctrl-C."""
    settings = load_or_fail(
        WithoutKeys, bootstrap_servers=bootstrap, data_dir=data, metrics_port=metrics_port
    )
    configure(settings.log_level, settings.log_format)
    for name in unknown_variables():
        err.print(f"[yellow]warning:[/] {name} is set, but no setting has that name")
    if settings.profile == "dev":
        err.print(
            "[yellow]dev profile:[/] hooks of vendors without secrets are accepted from anybody; "
            "docs/gateway.md has the settings for real ones"
        )
    try:
        run(settings)
    except StartError as error:
        fail(str(error))
