"""Output of commands: coloured text for people, JSON lines for programs."""

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
# Wide enough for all our tables: a pipe has no width at which to fold cells.
PIPE_WIDTH = 240


# C0, DEL and C1 move the cursor, clear the screen or end the line; direction marks reverse the text
# that follows.
_CONTROLS = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (
        *range(32), *range(127, 160), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029,
        *range(0x202A, 0x202F), *range(0x2066, 0x206A),
    )
}  # fmt: skip


def visible(text: str) -> str:
    """Escape untrusted text for rich's markup; control characters are shown, not sent to the
    terminal.
    """
    return escape(text.translate(_CONTROLS))


def fail(message: str, *, hint: str | None = None, code: int = FAILED) -> NoReturn:
    """Print an error and a hint as plain text, and exit with `code`."""
    err.print(f"[bold red]error:[/] {_lines(message)}")
    if hint:
        err.print(f"[dim]hint:[/] {_lines(hint)}")
    raise typer.Exit(code)


def _lines(message: str) -> str:
    """Escape a message of ours, keeping its line ends."""
    return "\n".join(map(visible, message.split("\n")))


def json_line(value: Any) -> None:
    """One JSON object on one line of stdout."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")


def show_table(table: Table) -> None:
    """Print a table that fits the terminal; in a pipe, cells are not folded."""
    console = out if out.is_terminal else _Console(width=PIPE_WIDTH)
    console.print(table)


def flush() -> None:
    sys.stdout.buffer.flush()


@contextmanager
def clear_end() -> Iterator[None]:
    """Exit without a traceback on a closed pipe (`| head`) and on Ctrl-C."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes buffered output at exit: redirect it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
