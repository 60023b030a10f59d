"""`idv fetch`: results pulled from vendors, as a service or by hand; `idv reconcile`: what an event
is missing of.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from rich.progress import Progress
from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from streams.cli.commands.filters import Moment
from streams.cli.commands.inputs import Bootstrap, Json, Vendor, known_vendor
from streams.cli.commands.kafka import client_of, connected
from streams.cli.commands.scan import scan
from streams.cli.commands.service import MetricsPort, serve
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import USAGE, err, fail, json_line, out, visible
from streams.config.clock import wall_clock
from streams.config.settings import Settings, SettingsError, WithoutKeys
from streams.contracts.avro import decode
from streams.contracts.model import Decision, Environment, SessionKind
from streams.contracts.topics import VERIFICATIONS
from streams.fetch.calls import Caller
from streams.fetch.main import run
from streams.fetch.service import outcome_name, record_of
from streams.fetch.tasks import Task, delay_of
from streams.kafka.producer import deliver
from streams.kafka.registry import writers
from streams.vendors import FETCHES
from streams.vendors.base.fetch import Ended, Later, Limits, Listed, Result, Wanted

BY_HAND = "hand"
LARGEST_REQUEST_BYTES = 8 * 1024 * 1024
# A vendor's clock, and ours.
SKEW_MS = 600_000

InEnvironment = Annotated[
    Environment, typer.Option(help="The sessions' environment.", case_sensitive=False)
]
Tries = Annotated[int, typer.Option(min=1, help="Of each session, with growing pauses.")]


def fetch(
    vendor: Annotated[
        str | None, typer.Argument(help="By hand: of which vendor.", metavar="[VENDOR")
    ] = None,
    sessions: Annotated[
        list[str] | None, typer.Argument(help="By hand: ids of its sessions.", metavar="SESSION…]")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="By hand: your own customer id (header idv-subject).")
    ] = None,
    environment: InEnvironment = Environment.LIVE,
    business: Annotated[
        bool, typer.Option("--business", help="By hand: sessions of businesses.")
    ] = False,
    tries: Tries = 4,
    bootstrap: Bootstrap = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Ask vendors for the results of thin events, until SIGTERM or Ctrl-C; or for some by hand.

    `idv fetch idwise 6650f1c2` publishes that journey's result to idv.raw.idwise.
    """
    settings = load_or_fail(WithoutKeys, bootstrap_servers=bootstrap, metrics_port=metrics_port)
    if vendor is None:
        serve(run, settings, None)
        return
    if not sessions:
        fail("name the sessions too", hint=f"idv fetch {vendor} SESSION …", code=USAGE)
    known_vendor(vendor)
    kind = SessionKind.BUSINESS if business else SessionKind.PERSON
    now = wall_clock()
    wanted = [
        Task(BY_HAND, vendor, session, now, now, kind, environment, None, subject)
        for session in dict.fromkeys(sessions)
    ]
    asyncio.run(_by_hand(settings, wanted, tries))


def reconcile(
    vendor: Vendor,
    since: Annotated[
        int, typer.Option(help="Sessions begun since then: 2d, 12h or ISO 8601.", parser=Moment())
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what is missing, and fetch nothing.")
    ] = False,
    environment: InEnvironment = Environment.LIVE,
    tries: Tries = 4,
    as_json: Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Compare a vendor's list of sessions with idv.verifications, and fetch what no event has."""
    if FETCHES[known_vendor(vendor)].list_sessions is None:
        able = ", ".join(name for name, found in FETCHES.items() if found.list_sessions)
        fail(f"{vendor} lists no sessions", hint=f"vendors that do: {able}", code=USAGE)
    settings = load_or_fail(WithoutKeys, bootstrap_servers=bootstrap)
    missing = asyncio.run(_missing(settings, vendor, since, environment))
    for session in missing:
        if as_json:
            json_line({"session_id": session.session_id, "decision": session.decision})
        else:
            out.print(f"{visible(session.session_id)}  {session.decision}")
    err.print(f"{len(missing)} decisions of {vendor} are missing in {VERIFICATIONS}")
    if dry_run or not missing:
        return
    now = wall_clock()
    wanted = [
        Task(BY_HAND, vendor, session.session_id, now, now, environment=environment)
        for session in missing
    ]
    asyncio.run(_by_hand(settings, wanted, tries))


# -- by hand ---------------------------------------------------------------------------------------


async def _by_hand(settings: Settings, wanted: list[Task], tries: int) -> None:
    async with _caller(settings) as caller, connected(
        AIOKafkaProducer, **client_of(settings), acks="all", enable_idempotence=True,
        max_request_size=LARGEST_REQUEST_BYTES,
    ) as producer:  # fmt: skip
        failed = 0
        with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
            bar = progress.add_task("fetching", total=len(wanted))
            for task in wanted:
                outcome = await _tried(caller, task, tries)
                if isinstance(outcome, Result):
                    record = record_of(task, outcome, BY_HAND, wall_clock())
                    await deliver(producer, [record])
                else:
                    failed += 1
                out.print(f"{visible(task.session_id)}  {outcome_name(outcome)}")
                progress.advance(bar)
    err.print(f"{len(wanted) - failed} of {len(wanted)} fetched")
    if failed:
        raise typer.Exit(1)


async def _tried(caller: Caller, task: Task, tries: int) -> Result | Later | Ended:
    limits = FETCHES[task.vendor].LIMITS

    async def once() -> Result | Later | Ended:
        wanted = Wanted(task.session_id, task.kind)
        return await caller.fetch(task.vendor, wanted, task.environment, task.tenant_id)

    retrying = AsyncRetrying(
        retry=retry_if_result(lambda outcome: isinstance(outcome, Later)),
        wait=_pause(limits),
        stop=stop_after_attempt(tries),
        retry_error_callback=_last,
    )
    return await retrying(once)


def _pause(limits: Limits) -> Callable[[RetryCallState], float]:
    def seconds(state: RetryCallState) -> float:
        asked = _last(state).after_s or 0.0
        return max(asked, limits.apart_s, delay_of(state.attempt_number - 1))

    return seconds


def _last(state: RetryCallState) -> Any:
    assert state.outcome is not None
    return state.outcome.result()


@asynccontextmanager
async def _caller(settings: Settings) -> AsyncIterator[Caller]:
    try:
        caller = Caller(settings.fetch)
    except SettingsError as error:
        fail(str(error))
    async with caller:
        yield caller


# -- what is missing -------------------------------------------------------------------------------


async def _missing(
    settings: Settings, vendor: str, since: int, environment: Environment
) -> list[Listed]:
    async with _caller(settings) as caller:
        with err.status(f"asking {vendor} for its sessions …"):
            listed = await caller.list_sessions(vendor, since, environment, None)
    if not isinstance(listed, list):
        fail(f"{vendor} gives no list: {listed.reason}", hint="docs/fetch.md explains each reason")
    known = await _known(settings, vendor, since - SKEW_MS, environment)
    decided = [session for session in listed if session.decision is not Decision.PENDING]
    return [session for session in decided if (session.session_id, session.decision) not in known]


async def _known(
    settings: Settings, vendor: str, since: int, environment: Environment
) -> set[tuple[str, str]]:
    """The decisions of a vendor's sessions that are in idv.verifications."""
    registry = settings.registry()
    schemas = writers(registry) if registry else None
    known = set()
    async with connected(AIOKafkaConsumer, **client_of(settings)) as consumer:
        with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
            bar = progress.add_task(f"reading {VERIFICATIONS}", total=None)

            def show(done: int, total: int) -> None:
                progress.update(bar, completed=done, total=total)

            async for record in scan(consumer, VERIFICATIONS, since, progress=show):
                try:
                    _, event = decode(record.value or b"", schemas)
                except ValueError:  # Nobody of ours wrote it.
                    continue
                if (event["vendor"], event["environment"]) == (vendor, environment):
                    known.add((event["session_id"], event["decision"]))
    return known
