"""The command `idv`. Each command is a module of `streams.commands`, imported when it is called,
so that `idv --help` does not wait for Kafka clients and gazetteers.
"""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

# Name → (module, attribute). A module's attribute is a function or a typer app.
COMMANDS = {
    "demo": ("demo", "demo"),
    "broker": ("broker", "broker"),
    "topics": ("topics", "app"),
    "worker": ("worker", "worker"),
    "publish": ("publish", "publish"),
    "tail": ("tail", "tail"),
    "rejected": ("rejected", "app"),
    "normalize": ("offline", "normalize"),
    "enrich": ("offline", "enrich"),
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
        found = getattr(importlib.import_module(f"streams.commands.{module}"), attribute)
        if isinstance(found, typer.Typer):
            command = get_command(found)
        else:
            single = typer.Typer(add_completion=False)
            single.command()(found)
            command = get_command(single)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Lazy,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="One stream of identity-verification decisions out of many vendors.",
)


@app.callback()
def _root() -> None:
    """One stream of identity-verification decisions out of many vendors."""


def main() -> None:
    app()


if __name__ == "__main__":
    main()
