"""`idv gateway`: receives the vendors' webhooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.commands.inputs import Bootstrap
from streams.cli.commands.service import MetricsPort, serve
from streams.cli.commands.settings import load_or_fail
from streams.config.settings import WithoutKeys
from streams.gateway.main import run

_IN_DEV = (
    "hooks of vendors without secrets are accepted from any sender; docs/gateway.md has the "
    "settings for production"
)


def gateway(
    bootstrap: Bootstrap = None,
    data: Annotated[
        Path | None, typer.Option(help="Directory of the spool; default IDV_DATA_DIR.")
    ] = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Receive webhooks and publish them, until SIGTERM or Ctrl-C."""
    settings = load_or_fail(
        WithoutKeys, bootstrap_servers=bootstrap, data_dir=data, metrics_port=metrics_port
    )
    serve(run, settings, _IN_DEV if settings.profile == "dev" else None)
