"""`idv cases`: the cases on idv.cases, and an analyst's verdict on one."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
import typer
from aiokafka import AIOKafkaConsumer
from rich.progress import Progress
from rich.table import Table

from streams.cli.commands.inputs import Bootstrap, Json
from streams.cli.commands.kafka import client_of, connected
from streams.cli.commands.scan import scan
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import (
    USAGE,
    err,
    fail,
    flush,
    json_line,
    out,
    show_table,
    visible,
)
from streams.config.clock import wall_clock
from streams.config.settings import Settings, WithoutKeys
from streams.console.records import NotSafeError, Records
from streams.contracts.avro import (
    decode,
    event_json,
    iso_millis,
    typed,
)
from streams.contracts.model import (
    GIVEN_VERDICTS,
    Case,
    CaseBand,
    CaseState,
    Verdict,
)
from streams.contracts.topics import CASES, DISPOSITIONS
from streams.kafka.registry import RegistryError, prefixes, writers
from streams.pipeline.inspect.explain_case import explain_case

app = typer.Typer(no_args_is_help=True, help="Cases: what is known against each subject.")

LONGEST_REASON = 1000
_BAND_STYLE = {CaseBand.HIGH: "bold red", CaseBand.MEDIUM: "red", CaseBand.LOW: "yellow"}

Which = Annotated[str, typer.Argument(help="A case's id, or its subject's.", metavar="CASE")]


@app.command("list")
def list_cases(
    band: Annotated[
        CaseBand, typer.Option(help="This band and those above.", case_sensitive=False)
    ] = CaseBand.MEDIUM,
    state: Annotated[
        CaseState | None, typer.Option(help="Only this state.", case_sensitive=False)
    ] = CaseState.OPEN,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """The cases with the highest scores first."""
    bands = list(CaseBand)

    def wanted(case: Case) -> bool:
        return bands.index(case.band) >= bands.index(band) and state in (None, case.state)

    found = _read(load_or_fail(WithoutKeys, bootstrap_servers=bootstrap), wanted)
    found.sort(key=lambda case: (-case.score, -case.changed_at, case.case_id))
    if as_json:
        for case in found[:limit]:
            json_line(event_json(case))
        flush()
        return
    table = Table(box=None, header_style="dim")
    for column in ("score", "band", "subject", "signs", "changed", "case"):
        table.add_column(column, justify="right" if column == "score" else "left")
    for case in found[:limit]:
        signs = ", ".join(c.rule for c in case.contributions if not c.muted)
        style = _BAND_STYLE[case.band]
        table.add_row(
            str(case.score), f"[{style}]{case.band}[/]", visible(case.subject_key), signs,
            iso_millis(case.changed_at)[:16].replace("T", " "), case.case_id,
        )  # fmt: skip
    show_table(table)
    if len(found) > limit:
        err.print(f"[dim]{len(found) - limit} more; --limit shows them[/]")


@app.command()
def show(which: Which, as_json: Json = False, bootstrap: Bootstrap = None) -> None:
    """One case: its score with what it is made of, its alerts and decisions."""
    case = _one(load_or_fail(WithoutKeys, bootstrap_servers=bootstrap), which)
    if as_json:
        json_line(event_json(case))
        return
    style = _BAND_STYLE[case.band]
    out.print(f"[bold]{visible(case.subject_key)}[/]  {case.environment}  {case.state}")
    out.print(f"score [{style}]{case.score} {case.band}[/], policy {case.policy_version}")
    for c in case.contributions:
        muted = "  [dim]muted by a verdict[/]" if c.muted else ""
        out.print(f"  {c.points:>5.1f}  {c.rule}  {c.severity}  {c.alerts} ×{muted}")
    for alert in case.alerts:
        out.print(
            f"{_when(alert.occurred_at)}  {alert.severity:<7}{alert.rule}  {alert.vendor} "
            f"{visible(alert.session_id)}  [dim]{alert.alert_id}[/]"
        )
    for decision in case.decisions:
        out.print(
            f"{_when(decision.occurred_at)}  {decision.decision:<13}{decision.vendor} "
            f"{visible(decision.session_id)}"
        )
    if case.verdict:
        out.print(f"{case.verdict}: {visible(case.reason or '')}")
    out.print(f"[dim]{case.case_id}[/]")


@app.command()
def close(
    which: Which,
    verdict: Annotated[
        Verdict,
        typer.Option(
            help=f"One of {', '.join(GIVEN_VERDICTS)}.", case_sensitive=False, show_choices=False
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why, for those who ask later.")],
    by: Annotated[str | None, typer.Option(help="Who decides; default: who runs this.")] = None,
    bootstrap: Bootstrap = None,
) -> None:
    """Give a verdict. A false alarm also keeps what the case rests on quiet for a time."""
    if verdict not in GIVEN_VERDICTS:
        fail(f"{verdict} is no verdict to give", hint=", ".join(GIVEN_VERDICTS), code=USAGE)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        fail(f"give a reason of at most {LONGEST_REASON} characters", code=USAGE)
    settings = load_or_fail(WithoutKeys, bootstrap_servers=bootstrap)
    case = _one(settings, which)
    records = Records(client_of(settings), _prefixes(settings), wall_clock)
    try:
        asyncio.run(records.verdict(case, by or getpass.getuser(), None, verdict, reason.strip()))
    except NotSafeError:
        fail("Kafka has not acknowledged the verdict: nothing has changed")
    err.print(f"{verdict} of {visible(case.subject_key)} sent to {DISPOSITIONS}")


def explain_one(which: str, *, as_json: bool, bootstrap: str | None) -> None:
    """Why a case has its score, under the settings at hand."""
    settings = load_or_fail(WithoutKeys, bootstrap_servers=bootstrap)
    case = _one(settings, which)
    found = explain_case(case, settings.policy().cases)
    if as_json:
        json_line(msgspec.to_builtins(found))
        return
    for sign in found.signs:
        muted = "  muted by a verdict" if sign.muted else ""
        out.print(
            f"{sign.rule} {sign.severity} [dim]{sign.kind}[/]: {sign.weight:g} dB, "
            f"{sign.faded:g} after {sign.age_days:g} days{muted}"
        )
    for rule, points in found.now.items():
        out.print(f"  {points:>5.1f}  {rule}")
    out.print(f"score {found.score} {found.band}; written as {case.score} {case.band}")


def _when(millis: int) -> str:
    return f"[dim]{iso_millis(millis)[:19].replace('T', ' ')}[/]"


def _one(settings: Settings, which: str) -> Case:
    found = _read(settings, lambda case: which in (case.case_id, case.subject_key))
    if not found:
        fail(f"there is no case {which}", hint="`idv cases list --band low` shows all open ones")
    if len(found) > 1:
        ids_ = ", ".join(f"{case.environment} {case.case_id}" for case in found)
        fail(f"{which} has several cases: {ids_}", hint="name one by its id")
    return found[0]


def _read(settings: Settings, wanted: Callable[[Case], bool]) -> list[Case]:
    return asyncio.run(_latest(settings, wanted))


async def _latest(settings: Settings, wanted: Callable[[Case], bool]) -> list[Case]:
    registry = settings.registry()
    schemas = writers(registry) if registry else None
    found: dict[bytes, bytes | None] = {}
    async with connected(AIOKafkaConsumer, **client_of(settings)) as consumer:
        with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
            bar = progress.add_task(f"reading {CASES}", total=None)

            def shown(done: int, total: int) -> None:
                progress.update(bar, completed=done, total=total)

            async for record in scan(consumer, CASES, progress=shown):
                found[record.key or b""] = record.value
    cases = (_case(value, schemas) for value in found.values() if value)
    return [case for case in cases if case and wanted(case)]


def _case(value: bytes, schemas: Any) -> Case | None:
    try:
        kind, record = decode(value, schemas)
    except ValueError:  # Nobody of ours wrote it.
        return None
    return typed(record, Case) if kind == "case" else None


def _prefixes(settings: Settings) -> Mapping[str, bytes]:
    may_register = settings.profile == "dev"
    try:
        return prefixes(settings.registry(), settings.data_dir, may_register=may_register)
    except RegistryError as error:
        fail(str(error))
