"""Measures each claim about scale: the cost of an event and the size of its state."""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from streams.pipeline.geo.gazetteer import Gazetteer
from tests.scale.links import Links, Measure, Use, microseconds

MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
SAMPLE = 10_000


def devices(
    folder: Path, most: int, sample: int = SAMPLE, measure: Measure = microseconds
) -> dict[str, Any]:
    """Cost beside ever more devices: of an event with a new one, and of one with an old one."""
    links, rng = Links(folder, measure), random.Random(7)
    known, steps, size = 0, {}, sample
    while size <= most:
        links.cost(_new(known, size))
        known = size
        old = [Use(str(rng.randrange(known)), known + n, f"o{n}", known + n) for n in range(sample)]
        steps[str(known)] = {
            "new_us": round(links.cost(_new(known, known + sample)), 1),
            "old_us": round(links.cost(old), 1),
        }
        known += sample
        size *= 10
    links.close()
    return steps


def _new(start: int, end: int) -> Iterator[Use]:
    return (Use(str(n), n, f"c{n}", n) for n in range(start, end))


def hot_key(folder: Path, sessions: int, measure: Measure = microseconds) -> dict[str, Any]:
    """One device that everybody uses, a session each 20 s: while it is young, and at the end."""
    links, last = Links(folder, measure), sessions - SAMPLE
    uses = [Use("kiosk", n, f"c{n}", n * 20_000) for n in range(sessions)]
    young = links.cost(uses[:20])
    links.cost(uses[20:last])
    found = {
        "sessions": sessions,
        "young_us": round(young, 1),
        "old_us": round(links.cost(uses[last:]), 1),
        "bytes": links.bytes_of("kiosk"),
        "alerts": links.alerts,
    }
    links.close()
    return found


def late(folder: Path, count: int, measure: Measure = microseconds) -> dict[str, Any]:
    """Devices with as many uses as a link keeps (one test customer's, every hour); then events in
    order, and events of other customers that come up to seven days late.
    """
    links, rng = Links(folder, measure), random.Random(8)
    hours = 4 * 48
    for hour in range(hours):
        at = hour * 60 * MINUTE_MS
        links.cost(Use(str(n), n * hours + hour, f"c{n}-{hour % 12}", at) for n in range(count))
    end = hours * 60 * MINUTE_MS
    first = count * hours
    in_order = [Use(str(n), first + n, f"c{n}-0", end) for n in range(count)]
    first += count
    coming_late = [
        Use(str(n), first + n, f"c{n}-1", end - rng.randrange(7 * DAY_MS)) for n in range(count)
    ]
    found = {
        "in_order_us": round(links.cost(in_order), 1),
        "late_us": round(links.cost(coming_late), 1),
        "bytes": max(links.bytes_of(str(n)) for n in range(count)),
    }
    links.close()
    return found


def gazetteer() -> dict[str, Any]:
    """Seconds and MiB to load, µs to find a city for the first time and again."""
    places, before = Gazetteer(), _resident_mib()
    began = time.process_time()
    places.load()
    loaded = time.process_time() - began
    cities = [("AT", "Graz"), ("BR", "São Paulo"), ("IN", "Bengaluru"), ("US", "Springfield")]
    return {
        "load_s": round(loaded, 2),
        "mib": round(_resident_mib() - before, 1),
        "find_us": round(_cost_of_finding(places._find, cities), 1),
        "find_again_us": round(_cost_of_finding(places.find, cities), 2),
    }


def _cost_of_finding(find: Callable[[str, str], object], cities: list[tuple[str, str]]) -> float:
    began = time.process_time()
    for _ in range(1000):
        for country, city in cities:
            find(country, city)
    return (time.process_time() - began) / (1000 * len(cities)) * 1e6


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
