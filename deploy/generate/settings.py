"""The tables of docs/settings.md, gateway.md, fetch.md and console.md: every setting, its default
and meaning, from the settings models. What stands around the tables is written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from streams.config.console import Console, Oidc
from streams.config.fetch import Account, Fetch
from streams.config.gateway import Application, Gateway
from streams.config.settings import Settings

TABLES: dict[str, tuple[tuple[str, type[BaseModel]], ...]] = {
    "docs/settings.md": (("IDV_", Settings),),
    "docs/gateway.md": (
        ("IDV_GATEWAY__", Gateway),
        ("IDV_GATEWAY__HOOKS__<VENDOR>__<APPLICATION>__", Application),
    ),
    "docs/fetch.md": (
        ("IDV_FETCH__", Fetch),
        ("IDV_FETCH__ACCOUNTS__<VENDOR>__<NAME>__", Account),
    ),
    "docs/console.md": (("IDV_CONSOLE__", Console), ("IDV_CONSOLE__OIDC__", Oidc)),
}
"""Document → the models of its tables, in order, and what stands before their names."""
_TABLE = re.compile(r"(\| variable \| default \| meaning \|\n\|[-|]+\n)(?:\|.*\n)*")


def files(root: Path) -> dict[str, str]:
    """The documents with their tables as the models have them."""
    return {path: _written(root / path, models) for path, models in TABLES.items()}


def _written(file: Path, models: tuple[tuple[str, type[BaseModel]], ...]) -> str:
    tables = iter(models)

    def table(found: re.Match[str]) -> str:
        prefix, model = next(tables)
        return found[1] + "".join(_row(prefix, name, f) for name, f in model.model_fields.items())

    return _TABLE.sub(table, file.read_text(encoding="utf-8"))


def _row(prefix: str, name: str, field: FieldInfo) -> str:
    default = "" if field.default_factory or field.default is None else f"`{field.default}`"
    return f"| `{prefix}{name.upper()}` | {default} | {field.description or ''} |\n"
