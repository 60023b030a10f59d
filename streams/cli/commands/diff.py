"""`idv diff`: the findings and alerts that other settings would change, and why."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from streams.cli.commands.inputs import Bootstrap, Json
from streams.cli.commands.offline import from_lines
from streams.cli.commands.raw_topics import Last, Since, Span, Topics, Until, read
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import USAGE, fail, json_line, out, visible
from streams.config.clock import wall_clock
from streams.config.settings import Settings
from streams.contracts.model import Rejection
from streams.pipeline.inspect.diff import Change, Comparison, Record, changed_settings, compare
from streams.pipeline.local import Offline
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.policy import Policy

SETTINGS_FILE = typer.Argument(
    help="A settings file, as in IDV_CONFIG.", exists=True, dir_okay=False, metavar="TOML"
)


def diff(
    before: Annotated[Path, SETTINGS_FILE],
    after: Annotated[Path, SETTINGS_FILE],
    lines: Annotated[
        list[Path] | None,
        typer.Option("--lines", metavar="FILE", help="Lines as for `idv enrich`; - is stdin."),
    ] = None,
    topics: Topics = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    with_cases: Annotated[
        bool, typer.Option("--cases", help="Compare the scores of cases too.")
    ] = False,
    as_json: Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Run the same raw records with two settings files and show the differences.

    Nothing is written. State starts empty, so links with earlier records are missing. The first
    file has the connection to Kafka.
    """
    if bool(lines) == bool(topics):
        fail("use either --lines or --topic", code=USAGE)
    one, other = _settings(before, bootstrap), _settings(after, bootstrap)
    records = (
        _from_lines(lines, one) if lines else read(topics or [], Span(last, since, until), one)
    )
    places = one.places()
    sides = []
    for settings in (one, other):
        policy = settings.policy()
        pipeline = Pipeline(settings.keyring(), policy, places, settings.ip_lookup())
        sides.append((policy, Offline(pipeline)))
    found = compare(records, sides[0], sides[1])
    if not with_cases:
        found.changes = [change for change in found.changes if change.what != "case"]
    if as_json:
        _as_json(found, sides[0][0], sides[1][0])
    else:
        _as_text(found, sides[0][0], sides[1][0])


def _settings(file: Path, bootstrap: str | None) -> Settings:
    os.environ["IDV_CONFIG"] = str(file)
    return load_or_fail(bootstrap_servers=bootstrap)


def _from_lines(files: list[Path], settings: Settings) -> list[Record]:
    records: list[Record] = []
    for record in from_lines(files, settings, wall_clock()):
        if isinstance(record, Rejection):
            fail(record.message)
        records.append(record)
    return records


def _as_json(found: Comparison, before: Policy, after: Policy) -> None:
    for change in found.changes:
        json_line(msgspec.to_builtins(change))
    json_line({"summary": _summary(found), "settings": changed_settings(before, after)})


def _summary(found: Comparison) -> dict[str, Any]:
    alerts = Counter((c.part, c.kind) for c in found.changes if c.what == "alert")
    return {
        "events": found.events,
        "decisions_changed": found.count("decision"),
        "findings_changed": found.count("finding"),
        "cases_changed": found.count("case"),
        "alerts": {
            rule: {kind: alerts[rule, kind] for kind in ("added", "removed", "changed")}
            for rule in sorted({rule for rule, _ in alerts})
        },
    }


_STYLES = {"added": "green", "removed": "red", "changed": "yellow"}


def _as_text(found: Comparison, before: Policy, after: Policy) -> None:
    for path, values in changed_settings(before, after).items():
        out.print(f"[dim]{visible(path)}:[/] {visible(values)}")
    for change in found.changes:
        style = _STYLES[change.kind]
        who = visible(f"{change.vendor}:{change.session_id}")
        out.print(f"[{style}]{change.kind:<8}[/]{change.part:<22}{who}  {visible(_words(change))}")
        for why in change.why:
            out.print(f"        [dim]because {visible(why)}[/]")
    summary = _summary(found)
    out.print(
        f"{summary['events']} events: {summary['decisions_changed']} decisions, "
        f"{summary['findings_changed']} findings, {found.count('alert')} alerts and "
        f"{found.count('case')} cases differ"
    )


def _words(change: Change) -> str:
    before, after = change.before or {}, change.after or {}
    if change.what == "case":
        shown = (f"{side['score']} {side['band']}" if side else "none" for side in (before, after))
        return " → ".join(shown)
    if change.what != "alert":
        return f"in event {change.event_id}"
    if change.kind == "changed":
        parts = [
            f"{name} {before[name]} → {after[name]}"
            for name in ("severity", "title")
            if before[name] != after[name]
        ]
        return "; ".join(parts) or "other sessions or figures"
    alert = before or after
    return f"{alert['severity']} {alert['title']}"
