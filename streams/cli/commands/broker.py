"""`idv broker`: a real Apache Kafka on loopback, until Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from streams.cli.commands.terminal import err, fail, out
from streams.kafka.broker import Broker, BrokerError
from streams.kafka.broker.jars import Progress as OnJar


def broker(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 selects a free one.")] = 9092,
    data: Annotated[Path, typer.Option(help="Directory of Kafka's data.")] = Path("data/kafka"),
) -> None:
    """Run a real single-node Apache Kafka (KRaft) without Docker until Ctrl-C."""
    kafka = Broker(data, port, lasting=True)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        start(kafka)
        out.print(f"[green]Kafka is ready[/] at {kafka.bootstrap} [dim](log: {kafka.log})[/]")
        out.print("[dim]next: idv topics apply, then idv worker; Ctrl-C stops[/]")
        while kafka.running():
            signal.sigtimedwait([], 1)
        fail("Kafka ended unexpectedly", hint=f"its log is {kafka.log}")
    except KeyboardInterrupt:
        err.print("stopping Kafka …")
    finally:
        kafka.stop()


def start(kafka: Broker) -> None:
    """Start, with a progress bar for downloads; exit with a message on failure."""
    try:
        with download_progress() as progress:
            kafka.start(progress)
    except BrokerError as error:
        fail(str(error))


@contextmanager
def download_progress() -> Iterator[OnJar]:
    """A progress bar, shown only on a terminal."""
    columns = (
        TextColumn("Apache Kafka"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("")
        yield lambda name, done, total: bar.update(
            task, completed=done, total=total, description=name if done < total else "starting …"
        )
