"""`idv schema`: checks and registers our schemas in the schema registry."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.table import Table

from streams.cli.commands.inputs import Json
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import FAILED, fail, flush, json_line, show_table, visible
from streams.contracts.avro import KINDS
from streams.kafka.registry import LEVEL, Registry, RegistryError, Status

app = typer.Typer(
    help="The schemas of verifications and alerts in the schema registry.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def check(as_json: Json = False) -> None:
    """Check that our schemas are registered, are compatible with all earlier versions, and have the
    required compatibility level. Exit 1 if `idv schema register` is needed or would be refused.
    """
    registry = _registry()
    try:
        found = [registry.status(kind) for kind in KINDS]
    except RegistryError as error:
        _refused(error)
    _show(found, as_json)
    if not all(status.is_ready for status in found):
        raise typer.Exit(FAILED)


@app.command()
def register(as_json: Json = False) -> None:
    """Register our schemas and set their compatibility level."""
    registry = _registry()
    try:
        found = [registry.register(kind) for kind in KINDS]
    except RegistryError as error:
        _refused(error)
    _show(found, as_json)


def _registry() -> Registry:
    try:
        registry = load_or_fail().registry()
    except RegistryError as error:
        _refused(error)
    if registry is None:
        fail("no schema registry is set", hint="set IDV_SCHEMA_REGISTRY_URL")
    return registry


def _refused(error: RegistryError) -> NoReturn:
    fail(str(error), hint="`idv config show` shows the schema_registry_* settings")


def _show(found: list[Status], as_json: bool) -> None:
    if as_json:
        for status in found:
            json_line(status._asdict())
        flush()
        return
    table = Table(box=None, header_style="dim")
    for column in ("subject", "id", "compatibility", "state"):
        table.add_column(column)
    for status in found:
        level = status.level or "none"
        shown = level if level == LEVEL else f"[yellow]{level}[/], not {LEVEL}"
        table.add_row(status.subject, str(status.id or ""), shown, visible(_state(status)))
    show_table(table)


def _state(status: Status) -> str:
    if status.problems:
        return "; ".join(status.problems)
    return "registered" if status.id is not None else "not registered"
