"""`idv new-vendor`: writes a vendor module, its samples and its topic from a template.

The result works and passes all tests. Replace its words, fields and samples by the vendor's.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from streams.cli.commands.terminal import USAGE, fail, out

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_TEMPLATES = files("streams.cli") / "templates"
_TOPICS = Path("avro/topics.yaml")
_FIRST_LINES = re.compile(r"^  - name: .*\n    description: .*", re.MULTILINE)
_IMPORTS = re.compile(r"(?:^from streams\..*\n)+", re.MULTILINE)
_NEXT = """Next:
  1. [bold]streams/vendors/{name}/tables.py[/]: the vendor's words, from its documents
  2. [bold]streams/vendors/{name}/payload.py[/] and [bold]fields.py[/]: its fields, read and unused
  3. [bold]tests/samples/{name}/[/]: a payload beside its expected event for every row
  4. [bold]make test[/], and [bold]idv explain --fields {name} FILE[/] on a real payload"""

Tree = Annotated[
    Path, typer.Option("--dir", help="The checkout to write to.", file_okay=False, exists=True)
]


def new_vendor(
    name: Annotated[str, typer.Argument(help="Lower case, as in idv.raw.NAME.", metavar="NAME")],
    tree: Tree = Path(),
) -> None:
    """Write a new vendor's module, samples and topic into a checkout."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        fail(f"{name!r} is not a module name", hint="use lower-case letters", code=USAGE)
    module, samples = tree / "streams" / "vendors" / name, tree / "tests" / "samples" / name
    if not module.parent.is_dir():
        fail(f"{tree} is not a checkout of idv-streams", hint="name one with --dir", code=USAGE)
    for folder in (module, samples):
        if folder.exists():
            fail(f"{folder} exists already")
    title = name.replace("_", " ").title()
    for template, folder in (("vendor", module), ("samples", samples)):
        for file, content in _rendered(_TEMPLATES / template, name, title):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(content, encoding="utf-8")
            out.print(f"wrote {folder / file}")
    _add_topic(tree / _TOPICS, name, title)
    out.print(_NEXT.format(name=name))


def _rendered(folder: Traversable, name: str, title: str) -> Iterator[tuple[str, str]]:
    for template in sorted(folder.iterdir(), key=lambda file: file.name):
        text = Template(template.read_text(encoding="utf-8"))
        rendered = text.substitute(name=name, title=title)
        yield template.name.removesuffix(".tmpl"), _IMPORTS.sub(_in_order, rendered)


def _in_order(imports: re.Match[str]) -> str:
    """Sort imports: the position of the vendor's modules depends on its name."""
    return "".join(sorted(imports[0].splitlines(keepends=True)))


def _add_topic(path: Path, name: str, title: str) -> None:
    """Copy the last vendor's raw topic under a new name; the file keeps its comments."""
    text = path.read_text(encoding="utf-8")
    if f"- name: idv.raw.{name}\n" in text:
        return
    start = text.rindex("  - name: idv.raw.")
    end = text.index("\n  - name: ", start) + 1
    entry = _FIRST_LINES.sub(
        f"  - name: idv.raw.{name}\n    description: {title}'s results and webhooks, as delivered.",
        text[start:end],
    )
    path.write_text(text[:end] + entry + text[end:], encoding="utf-8")
    out.print(f"added idv.raw.{name} to {path}")
