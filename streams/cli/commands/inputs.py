"""Reads payloads from files or stdin, whole or by lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from msgspec import Struct

from streams.cli.commands.terminal import USAGE, err, fail
from streams.vendors import VENDORS

STDIN = Path("-")

Vendor = Annotated[
    str, typer.Argument(help=f"One of {', '.join(VENDORS)}.", metavar="VENDOR", show_default=False)
]
Files = Annotated[
    list[Path] | None,
    typer.Argument(help="Files with one payload each; - or none reads stdin.", metavar="FILE"),
]
Lines = Annotated[bool, typer.Option("--lines", help="Each line is one payload.")]
Bootstrap = Annotated[
    str | None,
    typer.Option(
        help="Kafka brokers, host:port separated by commas; default IDV_BOOTSTRAP_SERVERS.",
        metavar="HOST:PORT",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line, for programs.")]


class Payload(Struct, frozen=True):
    """Unchanged bytes; `where` names their source in messages."""

    where: str
    value: bytes


def known_vendor(vendor: str) -> str:
    """The vendor's name; exits with the list of vendors if it is unknown."""
    if vendor not in VENDORS:
        fail(
            f"no vendor is called {vendor!r}",
            hint=f"vendors are: {', '.join(VENDORS)}",
            code=USAGE,
        )
    return vendor


def payloads(files: list[Path] | None, *, lines: bool) -> Iterator[Payload]:
    """Yield each payload when it is read. Blank lines and line ends are left out."""
    for file in files or [STDIN]:
        name = "stdin" if file == STDIN else str(file)
        try:
            with _opened(file) as stream:
                if lines:
                    yield from _lines(stream, name)
                else:
                    yield Payload(name, stream.read())
        except BrokenPipeError:  # of our output, not of the file
            raise
        except OSError as error:
            fail(f"cannot read {name}: {error.strerror}")


def _lines(stream: BinaryIO, name: str) -> Iterator[Payload]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            value = line.removesuffix(b"\n").removesuffix(b"\r")
            yield Payload(f"{name} line {number}", value)


def _opened(file: Path) -> BinaryIO:
    if file != STDIN:
        return file.open("rb")
    if sys.stdin.isatty():
        err.print("[dim]reading from the terminal; Ctrl-D ends[/]")
    return sys.stdin.buffer
