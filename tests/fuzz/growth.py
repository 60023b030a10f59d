"""`make slow`: the cost of payloads that are made to be slow, and its growth with their size.

Every case of `tests.fuzz.slow` runs through all stages at the largest size, at half of it and at a
quarter; every pattern of `streams` runs on its worst texts. Fails if one costs more than `MOST_S`
of CPU time, or if half of the size costs more than `MOST_GROWTH` times a quarter (near the largest
size, CPU caches have an effect too).
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator

from rich.progress import Progress

from streams.vendors import VENDORS
from streams.worker.main import GC_ALLOCATIONS
from tests.fuzz.patterns import all_patterns, run, tokens
from tests.fuzz.slow import LARGEST, cases
from tests.fuzz.way import pipeline, whole_way

MOST_S = 0.5
MOST_GROWTH = 2.5
TRIES = 4
# Below it a cost is made of what every record costs, and of the clock's own steps.
WORTH_S = 0.05
TEXT = 1_000_000

Measure = Callable[[int], float]


def _cost(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def payload_costs() -> Iterator[tuple[str, Measure, int]]:
    for vendor in VENDORS:
        for case in cases(vendor):

            def measure(size: int, case=case, vendor=vendor) -> float:  # type: ignore[no-untyped-def]
                value = case.make(size)
                return _cost(lambda: whole_way(vendor, value))

            yield f"{vendor}: {case.name}", measure, LARGEST


def pattern_costs() -> Iterator[tuple[str, Measure, int]]:
    for name, pattern in all_patterns().items():
        for token in tokens(pattern):

            def measure(size: int, pattern=pattern, token=token) -> float:  # type: ignore[no-untyped-def]
                return _cost(lambda: run(pattern, token, size))

            yield f"{name} on {token!r}", measure, TEXT


def judged(measure: Measure, size: int) -> tuple[float, float]:
    """Seconds at `size`, and by how much they grow with twice the size: the least of several tries,
    since another process only ever adds to them.
    """
    quarter, half, whole = (measure(size // part) for part in (4, 2, 1))
    for _ in range(TRIES - 1):
        if whole <= MOST_S and (half < WORTH_S or half <= MOST_GROWTH * quarter):
            break
        quarter, half = min(quarter, measure(size // 4)), min(half, measure(size // 2))
        whole = min(whole, measure(size))
    return whole, half / quarter if half >= WORTH_S else 0.0


def main() -> None:
    pipeline()._places.load()
    # As a worker does: see `streams.worker.main`.
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS)
    worst, failed, count = (0.0, ""), [], 0
    with Progress(transient=True) as progress:
        found = [*pattern_costs(), *payload_costs()]
        for name, measure, size in progress.track(found, description="slow inputs"):
            seconds, growth = judged(measure, size)
            worst, count = max(worst, (seconds, name)), count + 1
            if seconds > MOST_S or growth > MOST_GROWTH:
                failed.append(f"{seconds:.2f} s, {growth:.1f} times at twice the size: {name}")
    sys.stdout.write("".join(f"{line}\n" for line in failed))
    sys.stdout.write(f"{count} slow inputs, {len(failed)} too slow; {worst[0]:.2f} s: {worst[1]}\n")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
