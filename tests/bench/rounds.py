"""Throughput: every engine processes the same burst, in interleaved rounds; medians count.

An engine first processes a few records, so start-up, group join and first connections are not
measured. It is suspended while the burst is published; the time runs from then to its last record.
CPU per record is reported too, since other load on the machine affects only the rate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from tests.bench.engines import Command, Crew, Engine, EngineError
from tests.bench.stack import Load, Stack

POLL_S = 0.05
QUIET_S = 1.5
FIRST_S = 60
LONGEST_S = 120
LONGEST_RECORD_S = 0.02
# What may be missing at the end: order between sessions decides on a few thin events.
COMPLETE = 0.995


class Run(NamedTuple):
    """One engine's work on one backlog."""

    engine: str
    rate: float
    """Raw records per second."""
    cpu_us: float
    """CPU of the process per raw record, in µs, all threads."""
    rss_mib: float
    sent: dict[str, int]


class Burst(NamedTuple):
    """What is published, and how many records on `target` mean that all of it is done."""

    primer: Sequence[Load]
    primed: int
    records: Sequence[Load]
    expected: int
    topics: tuple[str, ...]
    """The topics that tell of progress."""
    target: str


def compete(
    stack: Stack,
    engines: Mapping[str, Command],
    bursts: Mapping[str, Burst],
    rounds: int,
    say: Callable[[str], None],
) -> list[Run]:
    """All runs. An engine that fails is reported and left out of the later rounds."""
    runs: list[Run] = []
    failed: set[str] = set()
    for number in range(rounds):
        for name, command in engines.items():
            if name in failed:
                continue
            group = f"bench-{name.replace('_', '-')}-{time.time_ns()}"
            stack.fresh(group)
            folder = stack.folder / group
            try:
                with Engine(command, stack.broker.bootstrap, group, folder) as engine:
                    run = work_off(stack, engine, name, bursts[name])
            except EngineError as error:
                failed.add(name)
                say(f"{name}: {error}")
                continue
            runs.append(run)
            say(
                f"round {number + 1}  {name:14} {run.rate:9,.0f} records/s "
                f"{run.cpu_us:8,.0f} µs CPU/record {run.rss_mib:6.0f} MiB"
            )
    return runs


def work_off(stack: Stack, engine: Engine | Crew, name: str, burst: Burst) -> Run:
    """Prime, publish, and watch until all is sent and nothing more comes."""
    stack.publish(burst.primer)
    _settled(stack, engine, burst, burst.primed)
    before = stack.ends(burst.topics)
    with engine.suspended():
        stack.publish(burst.records)
        cpu_first = engine.cpu_s()
    first = time.monotonic()
    last, cpu_last, rss = _settled(stack, engine, burst, before[burst.target] + burst.expected)
    ends = stack.ends(burst.topics)
    sent = {topic: count - before[topic] for topic, count in ends.items()}
    count = len(burst.records)
    return Run(name, count / (last - first), (cpu_last - cpu_first) / count * 1e6, rss, sent)


def _settled(
    stack: Stack, engine: Engine | Crew, burst: Burst, due: int
) -> tuple[float, float, float]:
    """Wait until `target` has all expected records and no more arrive. Returns time and CPU at
    the last record, and the peak memory.
    """
    begun = last = time.monotonic()
    cpu_last = rss = 0.0
    seen: dict[str, int] = {}
    while True:
        engine.check()
        now, cpu = time.monotonic(), engine.cpu_s()
        ends = stack.ends(burst.topics)
        if ends != seen:
            last, cpu_last, seen = now, cpu, ends
            rss = max(rss, engine.rss_mib())
        done, quiet = ends[burst.target], now - last
        if done >= due and quiet > QUIET_S:
            break
        if done >= due * COMPLETE and quiet > 4 * QUIET_S:
            break
        if quiet > FIRST_S or now - begun > LONGEST_S + len(burst.records) * LONGEST_RECORD_S:
            raise EngineError(f"{done} of {due} after {now - begun:.0f} s:\n{engine.tail()}")
        time.sleep(POLL_S)
    if done > due * (2 - COMPLETE):
        raise EngineError(f"{done} records where {due} are due")
    return last, cpu_last, rss


def medians(runs: Iterable[Run], engines: Iterable[str]) -> dict[str, dict[str, float] | None]:
    """Engine → medians of its rounds; None for one without any."""
    found: dict[str, dict[str, float] | None] = dict.fromkeys(engines)
    for name in found:
        if own := [run for run in runs if run.engine == name]:
            found[name] = {
                "rate": round(median(run.rate for run in own)),
                "cpu_us": round(median(run.cpu_us for run in own), 1),
                "rss_mib": round(max(run.rss_mib for run in own)),
            }
    return found
