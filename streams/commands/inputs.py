"""Where commands read payloads from: files, standard input, or the lines of either."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from streams.commands.console import fail
from streams.vendors import VENDORS

STDIN = Path("-")

Vendor = Annotated[str, typer.Argument(help=f"One of {', '.join(VENDORS)}.")]
Files = Annotated[
    list[Path] | None, typer.Argument(help="Files of one payload each; - or none reads stdin.")
]
Lines = Annotated[bool, typer.Option("--lines", help="Each line is a payload of its own.")]
Bootstrap = Annotated[
    str | None, typer.Option(help="Kafka brokers; default IDV_BOOTSTRAP_SERVERS.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON lines for programs.")]


def known_vendor(vendor: str) -> str:
    """The vendor's name, or an end with the list of those there are."""
    if vendor not in VENDORS:
        fail(f"no vendor is called {vendor!r}", hint=f"vendors are: {', '.join(VENDORS)}")
    return vendor


def payloads(files: list[Path] | None, *, lines: bool) -> Iterator[bytes]:
    """The bytes of each payload, as they are; blank lines are none."""
    for file in files or [STDIN]:
        try:
            content = sys.stdin.buffer.read() if file == STDIN else file.read_bytes()
        except OSError as error:
            fail(f"cannot read {file}: {error.strerror}")
        if lines:
            yield from (line for line in content.split(b"\n") if line.strip())
        else:
            yield content
