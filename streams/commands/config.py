"""`idv config`: which settings hold, and whether they can be used."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from streams.commands.console import fail, json_line, out
from streams.worker.settings import Settings, SettingsError, config_file, load

app = typer.Typer(help="Show and check the settings.", no_args_is_help=True)


@app.command()
def show(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print every setting as it holds; secrets stay hidden."""
    settings = _load()
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
    out.print(table)


@app.command()
def check() -> None:
    """Read and validate the settings; exit 1 and say what is wrong otherwise."""
    settings = _load()
    file = config_file()
    source = f"environment and {file}" if file else "environment"
    out.print(f"settings are valid ({source}; profile {settings.profile})")


def _load() -> Settings:
    try:
        return load()
    except SettingsError as error:
        fail(str(error), hint="settings come from IDV_* variables and the TOML file of IDV_CONFIG")
