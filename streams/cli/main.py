"""The command `idv`. Each subcommand is a module of `streams.cli.commands`, imported when it is
called, so that `idv --help` does not load Kafka clients and gazetteers.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from streams.cli.commands.terminal import clear_end

# Name → (module, attribute). The attribute is a function or a typer app.
COMMANDS = {
    "demo": ("demo", "demo"),
    "broker": ("broker", "broker"),
    "topics": ("topics", "app"),
    "worker": ("worker", "worker"),
    "gateway": ("gateway", "gateway"),
    "fetch": ("fetch", "fetch"),
    "reconcile": ("fetch", "reconcile"),
    "console": ("console", "app"),
    "publish": ("publish", "publish"),
    "tail": ("tail", "tail"),
    "rejected": ("rejected", "app"),
    "cases": ("cases", "app"),
    "erase": ("erase", "erase"),
    "schema": ("schema", "app"),
    "normalize": ("offline", "normalize"),
    "enrich": ("offline", "enrich"),
    "diff": ("diff", "diff"),
    "explain": ("explain", "explain"),
    "drift": ("drift", "drift"),
    "new-vendor": ("new_vendor", "new_vendor"),
    "config": ("config", "app"),
}


class _Lazy(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        found = getattr(importlib.import_module(f"streams.cli.commands.{module}"), attribute)
        if isinstance(found, typer.Typer):
            command = get_command(found)
        else:
            single = typer.Typer(add_completion=False, rich_markup_mode="markdown")
            single.command()(found)
            command = get_command(single)
        command.name = cmd_name
        return command

    def invoke(self, ctx: Any) -> Any:
        with clear_end():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Lazy,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"idv-streams {version('idv-streams')}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """One stream of identity-verification decisions from many vendors.

    Start with `idv demo`. With your own Kafka: set IDV_BOOTSTRAP_SERVERS, then `idv topics apply`,
    `idv worker`, `idv publish` and `idv tail`. Without Kafka: `idv normalize` and `idv enrich`.
    """


def main() -> None:
    app(prog_name="idv")  # The name also applies to `python -m streams.cli`.
