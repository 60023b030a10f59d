"""Where commands read payloads from: files, standard input, or the lines of either."""

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
    typer.Argument(help="Files of one payload each; - or none reads stdin.", metavar="FILE"),
]
Lines = Annotated[bool, typer.Option("--lines", help="Each line is a payload of its own.")]
Bootstrap = Annotated[
    str | None,
    typer.Option(
        help="Kafka brokers, host:port separated by commas; default IDV_BOOTSTRAP_SERVERS.",
        metavar="HOST:PORT",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]


class Payload(Struct, frozen=True):
    """Bytes as they are, and where they stand, for messages."""

    where: str
    value: bytes


def known_vendor(vendor: str) -> str:
    """The vendor's name, or an end with the list of those there are."""
    if vendor not in VENDORS:
        fail(
            f"no vendor is called {vendor!r}",
            hint=f"vendors are: {', '.join(VENDORS)}",
            code=USAGE,
        )
    return vendor


def payloads(files: list[Path] | None, *, lines: bool) -> Iterator[Payload]:
    """Each payload as it is read. Of lines, blank ones are none and line ends are no part."""
    for file in files or [STDIN]:
        name = "stdin" if file == STDIN else str(file)
        try:
            with _opened(file) as stream:
                if lines:
                    yield from _lines(stream, name)
                else:
                    yield Payload(name, stream.read())
        except BrokenPipeError:  # of our own reader, not of the file
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
