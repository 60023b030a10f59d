"""How commands speak: to people in colour on stderr and stdout, to programs in JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

USAGE = 2
FAILED = 1


def fail(message: str, *, hint: str | None = None, code: int = FAILED) -> NoReturn:
    """Say what is wrong and what to do next, and end with `code`."""
    err.print(f"[bold red]error:[/] {message}", markup=True)
    if hint:
        err.print(f"[dim]hint:[/] {hint}", markup=True)
    raise typer.Exit(code)


def json_line(value: Any) -> None:
    """One JSON object on one line of stdout."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")


def flush() -> None:
    sys.stdout.buffer.flush()


@contextmanager
def clear_errors() -> Iterator[None]:
    """A reader of ours that goes away (`| head`) is no error; Ctrl-C is a wish."""
    try:
        yield
        flush()
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
