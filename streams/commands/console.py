"""How commands speak: to people in colour on stderr and stdout, to programs in JSON lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """`clear_end` ends the command."""
        raise BrokenPipeError


out = _Console(highlight=False, soft_wrap=True)
err = _Console(stderr=True, highlight=False, soft_wrap=True)

FAILED = 1
USAGE = 2
INTERRUPTED = 130
# Wide enough for every table of ours: a pipe has no edge at which to fold cells.
PIPE_WIDTH = 240


def fail(message: str, *, hint: str | None = None, code: int = FAILED) -> NoReturn:
    """Say what is wrong and what to do next, as plain text, and end with `code`."""
    err.print(f"[bold red]error:[/] {escape(message)}")
    if hint:
        err.print(f"[dim]hint:[/] {escape(hint)}")
    raise typer.Exit(code)


def json_line(value: Any) -> None:
    """One JSON object on one line of stdout."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")


def show_table(table: Table) -> None:
    """A table that fits the terminal, and keeps every cell on its line elsewhere."""
    console = out if out.is_terminal else _Console(width=PIPE_WIDTH)
    console.print(table)


def flush() -> None:
    sys.stdout.buffer.flush()


@contextmanager
def clear_end() -> Iterator[None]:
    """A reader of ours that goes away (`| head`) is no error; Ctrl-C is a wish, not a crash."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered must have somewhere to go when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
