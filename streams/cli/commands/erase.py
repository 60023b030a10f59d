"""`idv erase`: removes a subject from the state, and reports remaining records with their expiry.

The changelogs show which keys contain the subject. For each key a control message goes to the
partition of its stage. The worker applies it in order among all other records, so nothing has to
stop, and changelog, standbys and disk are updated like after any other change.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Annotated, Any

import msgspec
import typer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from rich.table import Table

from streams.cli.commands.inputs import Bootstrap, Json
from streams.cli.commands.kafka import client_settings, connected
from streams.cli.commands.retention import Remaining, retention_report
from streams.cli.commands.scan import partitions
from streams.cli.commands.terminal import FAILED, err, flush, json_line, show_table
from streams.contracts.topics import load
from streams.pipeline.cases.case import CaseRecord
from streams.pipeline.links import erasure
from streams.pipeline.links.kinds import short
from streams.pipeline.links.link import LinkState
from streams.pipeline.messages import Erasure
from streams.pipeline.sessions.session import SessionState, belongs_to
from streams.worker.codec import ERASURES, Packed
from streams.worker.erasures import erased_from_case

WAIT_S = 60.0
POLL_MS = 300

_link_states, _session_states = Packed(LinkState), Packed(SessionState)
_case_states = Packed(CaseRecord)


def erase(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", show_default=False)],
    send: Annotated[
        bool, typer.Option("--send", help="Erase; without it traces are only shown.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for the worker.")
    ] = WAIT_S,
    as_json: Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Remove a subject's traces from the state, while workers run. Report the records that remain
    in topics, with their expiry.

    SUBJECT is the subject id in verifications, or the vendor's own. Later events of the subject
    start with empty state.
    """
    before, after, remaining = asyncio.run(_erase(subject, bootstrap, send, wait))
    if as_json:
        for topic, count in before.items():
            left = after.get(topic, 0)
            json_line({"state": topic, "traces": count, "erased": count - left, "left": left})
        for row in remaining:
            json_line(row)
        flush()
    else:
        _show(before, after, remaining)
    if send and any(after.values()):
        err.print(
            "[yellow]not everything is erased yet:[/] the requests are in the stages' topics; a "
            "running worker will process them. Run this command again to check."
        )
        raise typer.Exit(FAILED)
    if not send and any(before.values()):
        err.print("[dim]nothing was erased; add --send to erase[/]")


Counts = dict[str, int]


async def _erase(
    subject: str, bootstrap: str | None, send: bool, wait: float
) -> tuple[Counts, Counts, list[Remaining]]:
    settings = client_settings(bootstrap)
    async with connected(AIOKafkaConsumer, **settings, fetch_max_wait_ms=100) as consumer:
        traces = Traces({subject, short(subject)})
        changelogs = await Changelogs.of(consumer, traces)
        await changelogs.catch_up()
        before = traces.counts()
        if send:
            async with connected(
                AIOKafkaProducer, **settings, acks="all", enable_idempotence=True
            ) as producer:
                await _until_gone(producer, changelogs, traces, wait)
        after = traces.counts() if send else before
        async with connected(AIOKafkaAdminClient, **settings) as admin:
            return before, after, await retention_report(consumer, admin, subject)


async def _until_gone(
    producer: AIOKafkaProducer, changelogs: Changelogs, traces: Traces, wait: float
) -> None:
    """Send requests and repeat them for traces that events in process have written again."""
    deadline = time.monotonic() + wait
    requested: set[tuple[str, bytes]] = set()
    while traces.found:
        requested &= set(traces.found)
        for where, tp in list(traces.found.items()):
            if where not in requested:
                requested.add(where)
                key = where[1]
                request = ERASURES.encode(traces.request(key))
                await producer.send_and_wait(tp.topic, request, key=key, partition=tp.partition)
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(POLL_MS / 1000)
        await changelogs.catch_up()


class Traces:
    """The keys of states that contain a subject: `found` maps (changelog, key) to the partition of
    the stage. `subjects` are the subject's ids in state.
    """

    def __init__(self, subjects: Collection[str]) -> None:
        self._subjects = frozenset(subjects)
        self._sessions: set[tuple[str, str]] = set()
        self._needles = [subject.encode(errors="replace") for subject in subjects]
        self.found: dict[tuple[str, bytes], TopicPartition] = {}
        self._topics = {t.name: t.source for t in load().topics if t.source}
        self._known = {"sessions": self._session, "links": self._link, "cases": self._case}

    @property
    def topics(self) -> list[str]:
        """The changelogs, sessions first: links are also found by the subject's sessions."""
        return sorted(self._topics, key=lambda name: "sessions" not in name)

    def take(self, record: Any) -> None:
        where = record.topic, record.key
        source = self._topics[record.topic]
        assert source is not None
        contains = next(known for name, known in self._known.items() if name in record.topic)
        if record.value is not None and contains(record):
            self.found[where] = TopicPartition(source, record.partition)
        else:
            self.found.pop(where, None)

    def request(self, key: bytes) -> Erasure:
        return Erasure(key.decode(), sorted(self._subjects), sorted(self._sessions))

    def counts(self) -> Counts:
        return {
            topic: sum(found == topic for found, _ in self.found) for topic in sorted(self._topics)
        }

    def _session(self, record: Any) -> bool:
        if not any(needle in record.value for needle in self._needles):
            return False
        state = _decoded(_session_states, record.value)
        if state is None or not belongs_to(state, self._subjects):
            return False
        vendor, _, session = record.key.decode().partition("|")[2].partition(":")
        self._sessions.add((vendor, short(session)))
        return True

    def _case(self, record: Any) -> bool:
        needles = [*self._needles, *(session.encode() for _, session in self._sessions)]
        if not any(needle in record.key or needle in record.value for needle in needles):
            return False
        state = _decoded(_case_states, record.value)
        request = self.request(record.key)
        return state is not None and erased_from_case(state, request) is not state

    def _link(self, record: Any) -> bool:
        """Most states do not contain the subject: searching their bytes is faster than decoding."""
        needles = [*self._needles, *(session.encode() for _, session in self._sessions)]
        if not any(needle in record.value for needle in needles):
            return False
        state = _decoded(_link_states, record.value)
        return state is not None and erasure.holds(state, self._subjects, self._sessions)


class Changelogs:
    """Reads changelogs to their end, and on later calls only new records."""

    def __init__(
        self, consumer: AIOKafkaConsumer, traces: Traces, tps: list[list[TopicPartition]]
    ) -> None:
        self._consumer = consumer
        self._traces = traces
        self._tps = tps
        self._next: dict[TopicPartition, int] = {}

    @classmethod
    async def of(cls, consumer: AIOKafkaConsumer, traces: Traces) -> Changelogs:
        return cls(consumer, traces, [await partitions(consumer, t) for t in traces.topics])

    async def catch_up(self) -> None:
        for tps in self._tps:
            await self._topic(tps)

    async def _topic(self, tps: list[TopicPartition]) -> None:
        consumer = self._consumer
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        starts = await consumer.beginning_offsets(tps)
        for tp in tps:
            consumer.seek(tp, max(starts[tp], self._next.get(tp, 0)))
        while left := [tp for tp in tps if await consumer.position(tp) < ends[tp]]:
            fetched = await consumer.getmany(*left, timeout_ms=POLL_MS)
            for records in fetched.values():
                for record in records:
                    self._traces.take(record)
        self._next |= {tp: await consumer.position(tp) for tp in tps}


def _decoded(packed: Packed[Any], value: bytes) -> Any:
    try:
        return packed.decode(value)
    except (ValueError, msgspec.MsgspecError):
        return None


def _show(before: Counts, after: Counts, remaining: list[Remaining]) -> None:
    table = Table(box=None, header_style="dim")
    for column in ("state", "traces", "left"):
        table.add_column(column)
    for topic, count in before.items():
        table.add_row(topic, str(count), str(after.get(topic, 0)))
    show_table(table)
    rest = Table(
        box=None, header_style="dim", title="\nRemaining, with expiry", title_justify="left"
    )
    for column in ("topic", "records", "until", "what"):
        rest.add_column(column)
    for row in remaining:
        known = "unknown" if row.records is None else str(row.records)
        rest.add_row(row.topic, known, row.until or "", row.what)
    show_table(rest)
