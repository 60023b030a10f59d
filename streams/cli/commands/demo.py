"""`idv demo`: the whole system in one command, on a real Kafka, in a temporary directory."""

from __future__ import annotations

import asyncio
import importlib.util
import signal
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from streams.cli.commands.broker import download_progress
from streams.cli.commands.inputs import Json
from streams.cli.commands.show import as_line, decoded
from streams.cli.commands.terminal import err, fail, flush, json_line, out, visible
from streams.cli.demo.processes import ServiceError
from streams.cli.demo.run import DemoError, Stack, play
from streams.cli.demo.story import Step, load
from streams.contracts.topics import ALERTS, REJECTED, VERIFICATIONS
from streams.kafka.broker import BrokerError


def demo(
    as_json: Json = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep everything running until Ctrl-C.")
    ] = False,
) -> None:
    """Send example webhooks through a real Kafka and show the outputs."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="idv-demo-") as folder:
        stack = Stack(Path(folder))
        try:
            _run(stack, as_json=as_json, keep=keep)
        except (BrokerError, ServiceError, DemoError) as error:
            fail(str(error))
        except KeyboardInterrupt:
            err.print("stopping …")
            raise
        finally:
            stack.stop()


def _run(stack: Stack, *, as_json: bool, keep: bool) -> None:
    with download_progress() as progress:
        stack.start(progress, lambda text: err.print(f"[dim]{text}[/]"))
    printer = _Printer(as_json=as_json)
    asyncio.run(play(stack, load(), printer.begin, printer.show))
    printer.end()
    if keep:
        page = _page(stack)
        err.print(
            f"Kafka is at [bold]{stack.broker.bootstrap}[/], webhooks go to "
            f"[bold]http://127.0.0.1:{stack.hooks_port}/hooks/VENDOR[/], metrics of the worker are "
            f"at [bold]http://127.0.0.1:{stack.worker.port}/metrics[/]; Ctrl-C stops all\n{page}"
        )
        with suppress(KeyboardInterrupt):
            while stack.broker.running():
                signal.sigtimedwait([], 1)
            fail("Kafka ended unexpectedly")
        err.print("stopping …")


def _page(stack: Stack) -> str:
    """Where the analysts' page is, once it is there."""
    if importlib.util.find_spec("starlette") is None:
        return "The analysts' page needs more packages: pip install 'idv-streams[console]'"
    return f"The analysts' page is at [bold]{stack.open_console()}[/]"


class _Printer:
    """Prints steps and outputs as text or JSON lines, and counts them."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._counts: Counter[tuple[str, str]] = Counter()
        self._pending: Step | None = None

    def begin(self, step: Step) -> None:
        self._conclude()
        self._counts["webhooks", step.vendor] += 1
        self._pending = step
        if not self._as_json:
            out.print(f"\n[bold]{visible(step.title)}[/] [dim]→ POST /hooks/{step.vendor}[/]")

    def show(self, record: Any) -> None:
        self._pending = None
        value = decoded(record)
        self._counts[record.topic, _kind(record.topic, value)] += 1
        if self._as_json:
            key = record.key.decode(errors="replace") if record.key else None
            json_line({"topic": record.topic, "key": key, "value": value})
            flush()
            return
        out.print(f"   {as_line(record.topic, value)}")
        for words in _words(record.topic, value):
            out.print(f"   [dim]{visible(words)}[/]")

    def end(self) -> None:
        self._conclude()
        if self._as_json:
            return
        table = Table(title="\nSummary", title_justify="left", box=None, header_style="dim")
        table.add_column("topic")
        table.add_column("kind")
        table.add_column("records", justify="right")
        for (topic, kind), count in sorted(self._counts.items()):
            table.add_row(topic, kind, str(count))
        out.print(table)

    def _conclude(self) -> None:
        """A step without output was a redelivery."""
        if self._pending is not None:
            self._counts["dropped", "duplicate"] += 1
            if not self._as_json:
                out.print("   [dim]no output: a redelivery has the same event id and is dropped[/]")
        self._pending = None


def _kind(topic: str, value: dict[str, Any]) -> str:
    if topic == VERIFICATIONS:
        return str(value["decision"])
    return str(value["rule"] if topic == ALERTS else value["code"])


def _words(topic: str, value: dict[str, Any]) -> list[str]:
    """Reasons: an alert's evidence, the distances of an event, a rejected payload."""
    if topic == ALERTS:
        named = {k: v for k, v in value["evidence"].items() if k != "policy_version"}
        figures = ", ".join(f"{k.replace('_', ' ')}: {v}" for k, v in named.items())
        linked = ", ".join(
            dict.fromkeys(x["subject_id"] or x["session_id"] for x in value["linked"])
        )
        return [f"because {figures}", *([f"linked with {linked}"] if linked else [])]
    if topic == REJECTED:
        return [f"its {value['bytes']} bytes are kept in idv.rejected and can be replayed"]
    return [
        f"{d['from']} and {d['to']} are {d['km']:.0f} km apart ({d['band']})"
        for d in value["enrichment"]["distances"]
        if d["km"] is not None
    ]
