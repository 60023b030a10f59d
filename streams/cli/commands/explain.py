"""`idv explain`: the origin of an event's fields, findings and alerts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from streams.cli.commands.cases import explain_one
from streams.cli.commands.explain_event import explain_event
from streams.cli.commands.inputs import Bootstrap, Json, known_vendor, payloads
from streams.cli.commands.terminal import USAGE, fail, json_line, out, show_table, visible
from streams.contracts.model import Rejection
from streams.pipeline.inspect.explain_fields import FieldUse, Use, field_uses
from streams.pipeline.normalize.parse import parse
from streams.vendors import FIELDS, VENDORS

OfFields = Annotated[
    tuple[str, Path] | None,
    typer.Option(
        "--fields",
        metavar="VENDOR FILE",
        help="Every field of one payload: what it becomes, or why it is unused.",
        show_default=False,
    ),
]

OfCase = Annotated[
    str | None,
    typer.Option("--case", metavar="CASE", help="A case, by its id or its subject's: its score."),
]

EventId = Annotated[
    str | None, typer.Argument(metavar="[EVENT_ID]", help="An event of idv.verifications.")
]
OfSubject = Annotated[
    str | None,
    typer.Option(
        "--subject",
        metavar="SUBJECT",
        help="The event's subject id; reads only the subject's partition.",
    ),
]
InLines = Annotated[
    Path | None,
    typer.Option(
        "--lines",
        metavar="FILE",
        help="Find the event in lines in the format of `idv enrich`, not in topics.",
    ),
]

_STYLES = {Use.USED: "green", Use.NOT_NEEDED: "dim", Use.UNUSED: "dim", Use.UNKNOWN: "bold yellow"}
MOST_SHOWN = 4


def explain(
    event_id: EventId = None,
    fields: OfFields = None,
    subject: OfSubject = None,
    lines: InLines = None,
    case: OfCase = None,
    as_json: Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Show the origin of an event's content. Names fields, never their values.

    For an EVENT_ID: its raw record, the fields used, its findings, and each rule's outcome, inputs
    and thresholds. Rules are evaluated with the current settings and state.
    """
    if case is not None and event_id is None and fields is None:
        explain_one(case, as_json=as_json, bootstrap=bootstrap)
        return
    if event_id is not None and fields is None and case is None:
        explain_event(event_id, subject=subject, lines=lines, as_json=as_json, bootstrap=bootstrap)
        return
    if fields is None or event_id is not None:
        fail(
            "name either an event or a payload",
            hint="idv explain EVENT_ID, or idv explain --fields VENDOR FILE",
            code=USAGE,
        )
    vendor, file = fields
    _fields(known_vendor(vendor), file, as_json)


def _fields(vendor: str, file: Path, as_json: bool) -> None:
    (read,) = payloads([file], lines=False)
    payload = parse(read.value)
    if isinstance(payload, Rejection):
        fail(f"{read.where}: {payload.code}: {payload.message}")
    found = field_uses(payload, FIELDS[vendor], VENDORS[vendor])
    if as_json:
        for use in found:
            json_line(msgspec.to_builtins(use))
        return
    if isinstance(result := VENDORS[vendor](payload), Rejection):
        out.print(f"[yellow]rejected[/] {result.code}: {visible(result.message)}")
    table = Table("field", "use", "becomes, or reason", box=None)
    for use in found:
        table.add_row(visible(use.path), f"[{_STYLES[use.use]}]{use.use}[/]", visible(_note(use)))
    show_table(table)
    counts = [f"{sum(f.use is use for f in found)} {use}" for use in Use]
    out.print(f"[dim]{len(found)} fields: {', '.join(counts)}[/]")


def _note(use: FieldUse) -> str:
    more = len(use.becomes) - MOST_SHOWN
    shown = ", ".join(use.becomes[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
    notes = [shown, use.why, "a word that no table has" if use.unknown_word else None]
    return "; ".join(note for note in notes if note)
