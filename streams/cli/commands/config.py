"""`idv config`: show and check the settings in force."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import err, fail, json_line, out, show_table
from streams.config.settings import Settings, SettingsError, config_file, unknown_variables
from streams.kafka.registry import RegistryError

app = typer.Typer(help="Show and check the settings.", no_args_is_help=True, add_completion=False)


@app.command()
def show(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print the settings in force; secrets are hidden."""
    settings = load_or_fail()
    values = settings.model_dump(mode="json")
    if as_json:
        json_line(values)
        return
    table = Table(box=None, header_style="dim")
    for column in ("setting", "value", "meaning"):
        table.add_column(column)
    for name, field in Settings.model_fields.items():
        value = "" if values[name] is None else str(values[name])
        table.add_row(name, value, field.description or "")
    show_table(table)


@app.command()
def check() -> None:
    """Validate the settings; exit 1 with all problems if they are invalid."""
    settings = load_or_fail()
    try:
        settings.kafka()
        settings.registry()
    except (SettingsError, RegistryError) as error:
        fail(str(error))
    for name in unknown_variables():
        err.print(f"[yellow]warning:[/] {name} is set, but no setting has that name")
    file = config_file()
    source = f"environment and {file}" if file else "environment"
    out.print(f"settings are valid ({source}; profile {settings.profile})")
