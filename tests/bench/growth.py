"""The rate with ten times the records, and with a second worker.

Payloads have only what decisions need, 1 to 2 KB, so that a long burst fits into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from tests.bench.engines import READY_S, WHOLE_JOB, Crew, Engine
from tests.bench.rounds import Burst, work_off
from tests.bench.stack import Stack


def measure(
    stack: Stack, sizes: Sequence[int], burst: Callable[[int], Burst], say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Rate, CPU and memory of one worker for each size, and of two for the largest."""
    plan = [(size, 1) for size in sizes] + [(max(sizes), 2)]
    return [_row(stack, burst(size), size, workers, say) for size, workers in plan]


def _row(
    stack: Stack, burst: Burst, size: int, workers: int, say: Callable[[str], None]
) -> dict[str, Any]:
    group = f"bench-growth-{size}-{workers}"
    stack.fresh(group)
    with ExitStack() as entered:
        engines = [
            Engine(WHOLE_JOB["idv"], stack.broker.bootstrap, group, stack.folder / f"{group}-{n}")
            for n in range(workers)
        ]
        for engine in engines:
            entered.enter_context(engine)
        for engine in engines:
            engine.ready_after(READY_S)
        run = work_off(stack, Crew(engines), "idv", burst)
    say(f"{size:,} records, {workers} at work: {run.rate:,.0f} records/s")
    return {
        "records": size,
        "workers": workers,
        "rate": round(run.rate),
        "cpu_us": round(run.cpu_us, 1),
        "rss_mib": round(run.rss_mib),
    }
