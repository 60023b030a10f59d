"""`idv console`: the page on which an analyst works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.commands.inputs import Bootstrap
from streams.cli.commands.service import MetricsPort, serve
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import err, fail
from streams.config.console import Role
from streams.config.settings import WithoutKeys

_IN_DEV = "whoever reaches the page is an analyst; docs/console.md has log-in and roles"

app = typer.Typer(rich_markup_mode="markdown")


@app.callback(invoke_without_command=True)
def console(
    ctx: typer.Context,
    bootstrap: Bootstrap = None,
    data: Annotated[
        Path | None, typer.Option(help="Where the index is; default IDV_DATA_DIR.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the page; default IDV_CONSOLE__PORT.")
    ] = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Serve the analysts' page, until SIGTERM or Ctrl-C."""
    if ctx.invoked_subcommand is not None:
        return
    settings = load_or_fail(
        WithoutKeys, bootstrap_servers=bootstrap, data_dir=data, metrics_port=metrics_port
    )
    if port is not None:
        chosen = settings.console.model_copy(update={"port": port})
        settings = settings.model_copy(update={"console": chosen})
    with _packages():
        from streams.console.main import run
    serve(run, settings, None if settings.console.logs_in else _IN_DEV)


@app.command()
def add_user(
    name: Annotated[str, typer.Argument(help="How the person is called in verdicts and audits.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.VIEWER,
    file: Annotated[
        Path | None, typer.Option(help="The users file; default console.users_file.")
    ] = None,
) -> None:
    """Ask for a password, and write the person into the users file. Who is in it is replaced."""
    into = file or load_or_fail(WithoutKeys).console.users_file
    if into is None:
        fail("no users file is set", hint="set IDV_CONSOLE__USERS_FILE, or name one with --file")
    with _packages():
        from streams.console.access.users import line
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        entry = line(name, role, password)
    except ValueError as error:
        fail(str(error))
    kept = into.read_text(encoding="utf-8").splitlines() if into.exists() else []
    kept = [other for other in kept if not other.startswith(f"{name}:")]
    into.touch(mode=0o600)
    into.write_text("\n".join([*kept, entry]) + "\n", encoding="utf-8")
    err.print(f"{name} may log in as {role}")


@contextmanager
def _packages() -> Iterator[None]:
    """Imported when they are used: `idv --help` shows the command without them too."""
    try:
        yield
    except ImportError as error:
        fail(
            f"the page needs more packages ({error.name})",
            hint="pip install 'idv-streams[console]'",
        )
