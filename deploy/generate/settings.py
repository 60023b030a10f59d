"""The table of docs/settings.md: every setting, its default and meaning, from the settings model.
What stands around the table is written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from streams.config.settings import Settings

PATH = "docs/settings.md"
_TABLE = re.compile(r"(\| variable \| default \| meaning \|\n\|[-|]+\n)(?:\|.*\n)*")


def files(root: Path) -> dict[str, str]:
    """The document with its table as the model has it."""
    text = (root / PATH).read_text(encoding="utf-8")
    table = "".join(map(_row, Settings.model_fields))
    return {PATH: _TABLE.sub(lambda found: found[1] + table, text, count=1)}


def _row(name: str) -> str:
    field = Settings.model_fields[name]
    default = "" if field.default_factory or field.default is None else f"`{field.default}`"
    return f"| `IDV_{name.upper()}` | {default} | {field.description or ''} |\n"
