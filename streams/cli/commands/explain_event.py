"""`idv explain EVENT_ID`: the raw record, the fields used, and every rule's result."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from aiokafka import AIOKafkaConsumer
from msgspec import Struct

from streams.cli.commands.kafka import client_settings, connected
from streams.cli.commands.offline import from_lines
from streams.cli.commands.scan import partitions, scan
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import fail, json_line, out, visible
from streams.cli.commands.wire import decode
from streams.config.clock import wall_clock
from streams.config.settings import Settings
from streams.contracts.avro import UnknownSchemaError, event_json, typed
from streams.contracts.model import Alert, Rejection, Verification
from streams.contracts.topics import ALERTS, VERIFICATIONS, changelog_topic
from streams.kafka.partitioner import partition_of
from streams.pipeline.inspect.explain_fields import Use, field_uses
from streams.pipeline.inspect.explain_rules import RuleResult, link_keys, previous_of, rule_results
from streams.pipeline.links.link import LinkState
from streams.pipeline.local import Offline
from streams.pipeline.normalize.parse import parse
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.sessions.session import SessionState
from streams.vendors import FIELDS, VENDORS
from streams.worker.codec import Packed


class Found(Struct):
    """An event with its alerts, the events and state of its session, and the states of its links.
    `raw` is None if the raw record no longer exists.
    """

    event: Verification
    session: list[Verification] = []
    alerts: list[dict[str, Any]] = []
    links: dict[str, LinkState] = {}
    state: SessionState | None = None
    raw: bytes | None = None


def explain_event(
    event_id: str,
    *,
    subject: str | None,
    lines: Path | None,
    as_json: bool,
    bootstrap: str | None,
) -> None:
    """Print the explanation; exit with an error if the event does not exist."""
    settings = load_or_fail()
    if lines is not None:
        found = _in_lines(event_id, lines, settings)
    else:
        found = asyncio.run(_in_topics(event_id, subject, settings, bootstrap))
    explanation = _explanation(found, settings)
    if as_json:
        json_line(explanation)
    else:
        _as_text(explanation)


def _explanation(found: Found, settings: Settings) -> dict[str, Any]:
    event, policy = found.event, settings.policy()
    previous = previous_of(found.session, event)
    results = rule_results(
        event, previous, found.links, found.state, policy, settings.keyring().hash
    )
    raw = msgspec.to_builtins(event.raw)
    if found.raw is not None:
        raw["is_the_same"] = hashlib.sha256(found.raw).hexdigest() == event.raw.sha256
    shown = event_json(event)
    names = ("event_id", "vendor", "session_id", "subject_id", "occurred_at", "decision",
             "lifecycle", "decided_by", "vendor_status", "reasons", "flags")  # fmt: skip
    return {
        **{name: shown[name] for name in names},
        "raw": raw,
        "fields": _fields(found),
        "findings": shown["enrichment"],
        "verdicts": [msgspec.to_builtins(result) for result in results],
        "policy_version": policy.version,
        "alerts": found.alerts,
    }


def _fields(found: Found) -> dict[str, list[str]]:
    """Part of the event → the payload's fields that it derives from."""
    payload = parse(found.raw) if found.raw else None
    if payload is None or isinstance(payload, Rejection):
        return {}
    vendor = found.event.vendor
    parts: dict[str, list[str]] = {}
    for use in field_uses(payload, FIELDS[vendor], VENDORS[vendor]):
        for part in use.becomes if use.use is Use.USED else ():
            parts.setdefault(part, []).append(use.path)
    return parts


# -- from lines ----------------------------------------------------------------------------------


def _in_lines(event_id: str, file: Path, settings: Settings) -> Found:
    keyring = settings.keyring()
    pipeline = Pipeline(keyring, settings.policy(), settings.places(), settings.ip_lookup())
    offline, now = Offline(pipeline), wall_clock()
    events: list[Verification] = []
    alerts: list[Alert] = []
    payload_of: dict[str, bytes | None] = {}
    for line in from_lines([file], settings, now):
        if isinstance(line, Rejection):
            continue
        vendor, record, default = line
        for result in offline.run(vendor, record, now, default):
            if isinstance(result, Verification):
                events.append(result)
                payload_of[result.event_id] = record.value
            elif isinstance(result, Alert):
                alerts.append(result)
    event = _the(event_id, events)
    return Found(
        event=event,
        session=[e for e in events if e.session_key == event.session_key],
        alerts=[_alert(event_json(a)) for a in alerts if a.event_id == event_id],
        links={key: state for key, state in offline.links.items() if state},
        state=offline.sessions.get(event.session_key),
        raw=payload_of[event_id],
    )


def _the(event_id: str, events: list[Verification]) -> Verification:
    event = next((e for e in events if e.event_id == event_id), None)
    if event is None:
        hint = "`idv tail verifications --json` shows event ids"
        fail(f"there is no event {event_id}", hint=hint)
    return event


def _alert(alert: Mapping[str, Any]) -> dict[str, Any]:
    names = ("alert_id", "rule", "severity", "title", "supersedes", "evidence")
    return {name: alert[name] for name in names}


# -- from topics ---------------------------------------------------------------------------------


async def _in_topics(
    event_id: str, subject: str | None, settings: Settings, bootstrap: str | None
) -> Found:
    # Many short scans: each would wait for the open fetch of the previous one.
    client = client_settings(bootstrap) | {"fetch_max_wait_ms": 20}
    async with connected(AIOKafkaConsumer, **client) as consumer:
        events = await _decoded(consumer, VERIFICATIONS, subject)
        event = _the(event_id, [typed(record, Verification) for record in events])
        same = [r for r in events if (r["vendor"], r["session_id"])
                == (event.vendor, event.session_id)]  # fmt: skip
        alerts = await _decoded(consumer, ALERTS, event.subject_key)
        found = Found(
            event=event,
            session=[typed(record, Verification) for record in same],
            alerts=[_alert(a) for a in alerts if a["event_id"] == event_id],
        )
        policy, hash_ = settings.policy(), settings.keyring().hash
        links, sessions = (changelog_topic(settings.app_id, t) for t in ("links", "sessions"))
        for key in link_keys(event, policy, hash_):
            if state := await _state(consumer, links, key, _link_states):
                found.links[key] = state
        found.state = await _state(consumer, sessions, event.session_key, _session_states)
        found.raw = await _raw(consumer, event)
        return found


async def _decoded(consumer: AIOKafkaConsumer, topic: str, key: str | None) -> list[dict[str, Any]]:
    partition = await _partition(consumer, topic, key) if key else None
    records = []
    async for record in scan(consumer, topic, partition=partition):
        try:
            records.append(decode(record.value or b"")[1])
        except UnknownSchemaError:
            continue
    return records


async def _partition(consumer: AIOKafkaConsumer, topic: str, key: str) -> int:
    """The partition of a key."""
    return partition_of(key.encode(), len(await partitions(consumer, topic)))


_link_states, _session_states = Packed(LinkState), Packed(SessionState)
S = TypeVar("S")


async def _state(consumer: AIOKafkaConsumer, topic: str, key: str, states: Packed[S]) -> S | None:
    """The last state in the changelog; None if it expired or cannot be decoded."""
    last: bytes | None = None
    async for record in scan(consumer, topic, partition=await _partition(consumer, topic, key)):
        if record.key == key.encode():
            last = record.value
    try:
        return states.decode(last) if last else None
    except (ValueError, msgspec.MsgspecError):
        return None


async def _raw(consumer: AIOKafkaConsumer, event: Verification) -> bytes | None:
    where = event.raw
    found = [
        tp for tp in await partitions(consumer, where.topic) if tp.partition == where.partition
    ]
    if not found:
        return None
    first, end = await consumer.beginning_offsets(found), await consumer.end_offsets(found)
    if not first[found[0]] <= where.offset < end[found[0]]:
        return None
    consumer.assign(found)
    consumer.seek(found[0], where.offset)
    record = await consumer.getone()
    value: bytes | None = record.value
    return value if record.offset == where.offset else None


# -- as text -------------------------------------------------------------------------------------

_STYLES = {
    "fires": "bold red", "shadow": "yellow", "suppressed": "yellow", "unknown": "yellow",
}  # fmt: skip


def _as_text(explained: dict[str, Any]) -> None:
    who = visible(f"{explained['vendor']}:{explained['session_id']}")
    out.print(f"[bold]{explained['decision']}[/]  {who}  [dim]{explained['occurred_at']}[/]")
    raw = explained["raw"]
    same = {True: "its bytes are the same", False: "ITS BYTES DIFFER"}
    there = same.get(raw.get("is_the_same"), "no longer there")
    out.print(f"raw record: {visible(raw['topic'])}[{raw['partition']}]@{raw['offset']} ({there})")
    status = ", ".join(f"{path} = {value}" for path, value in explained["vendor_status"].items())
    out.print(f"vendor status: {visible(status) or 'none'}")
    for name in ("reasons", "flags"):
        if explained[name]:
            out.print(f"{name}: {visible(', '.join(explained[name]))}")
    for part, paths in _by_part(explained["fields"]).items():
        out.print(f"  [dim]{visible(part)} from {visible(', '.join(paths[:4]))}"
                  f"{' …' if len(paths) > 4 else ''}[/]")  # fmt: skip
    out.print(f"rules, by policy {explained['policy_version']}:")
    for result in explained["verdicts"]:
        _result(msgspec.convert(result, RuleResult))
    for alert in explained["alerts"]:
        by = alert["evidence"].get("policy_version", "another")
        out.print(
            f"alert {alert['severity']} {alert['rule']} was raised, by policy {visible(str(by))}"
        )


def _by_part(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """Group by the first name of the part, without duplicate fields."""
    parts: dict[str, dict[str, None]] = {}
    for part, paths in fields.items():
        parts.setdefault(part.partition(".")[0], {}).update(dict.fromkeys(paths))
    return {part: list(paths) for part, paths in parts.items()}


def _result(result: RuleResult) -> None:
    style = _STYLES.get(result.outcome, "dim")
    severity = f" {result.severity}" if result.severity else ""
    about = f" ({result.link})" if result.link else ""
    title = f"  {result.title}" if result.title else ""
    out.print(f"  [{style}]{result.outcome:<8}[/]{result.rule}{about}{severity}{visible(title)}")
    for label, values in (("inputs", result.inputs), ("limits", result.thresholds)):
        text = "; ".join(f"{name} {_short(value)}" for name, value in values.items())
        if text:
            out.print(f"          [dim]{label:<8}{visible(text)}[/]")
    if result.linked:
        out.print(f"          [dim]linked  {visible(', '.join(result.linked))}[/]")


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_short(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    return str(value)
