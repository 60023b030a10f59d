"""The cost of a decision without Kafka: strict parse → canonical event → findings → Avro.

There are two kinds of passes over the same records, each with its own pipeline and state. One
measures the total; the other measures each step, which has some cost itself. Both are repeated, and
each record counts with its fastest round, since other load only adds time. Reported is the median
over the mix.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

import jiter

from streams.config.settings import Settings
from streams.contracts.avro import ce_headers, encode_alert, encode_verification
from streams.contracts.model import Alert, Drop, RawRecord, Rejection, Verification
from streams.pipeline import pipeline as way
from streams.pipeline.enrichments import distance as enrichment
from streams.pipeline.local import Offline
from streams.pipeline.messages import FAILED_FLAG
from streams.pipeline.normalize import normalize as first
from streams.pipeline.pipeline import Pipeline
from tests.support.traffic import Delivery, traffic

NOW = 1_778_752_800_000
WARM_UP = 500
ROUNDS = 3
SEED = 11

STEPS = (
    "parse", "read", "seal", "locate", "distance", "sightings", "normalize, rest",
    "links", "session", "avro",
)  # fmt: skip
Times = dict[str, int]


def pipeline() -> Pipeline:
    """The pipeline as a worker of the dev profile has it."""
    settings = Settings(profile="dev")
    return Pipeline(settings.keyring(), settings.policy(), settings.places(), settings.ip_lookup())


def measure(records: int) -> dict[str, Any]:
    """Medians in µs: per decision, per step and vendor, and of the parse beside bare jiter."""
    deliveries = list(traffic(SEED, WARM_UP + records, whole=True))
    whole = _best(_whole_pass(deliveries) for _ in range(ROUNDS))
    steps = [_step_pass(deliveries) for _ in range(ROUNDS)]
    by_step = {step: _best([times[step] for times in steps]) for step in (*STEPS, "jiter")}
    by_vendor: dict[str, list[int]] = defaultdict(list)
    for number in whole:
        by_vendor[deliveries[number].vendor].append(number)
    cuts = quantiles(whole.values(), n=100)
    return {
        "decisions": len(whole),
        "p50": _us(median(whole.values())),
        "p99": _us(cuts[98]),
        "parse_over_jiter": round(
            median(by_step["parse"][n] / by_step["jiter"][n] for n in whole), 3
        ),
        "steps": {
            "all": _medians(by_step, whole, list(whole)),
            **{v: _medians(by_step, whole, numbers) for v, numbers in sorted(by_vendor.items())},
        },
        "bytes_p50": {
            vendor: median(len(deliveries[n].value) for n in numbers)
            for vendor, numbers in sorted(by_vendor.items())
        },
    }


def _medians(
    by_step: dict[str, dict[int, int]], whole: dict[int, int], numbers: list[int]
) -> dict[str, float]:
    found = {step: _us(median(by_step[step][n] for n in numbers)) for step in STEPS}
    return found | {"whole": _us(median(whole[n] for n in numbers))}


def _us(nanoseconds: float) -> float:
    return round(nanoseconds / 1000, 1)


def _best(rounds: Any) -> dict[int, int]:
    """Record → its fastest round, of the records that every round has."""
    found = list(rounds)
    return {number: min(r[number] for r in found) for number in found[0]}


def _encoded(results: list[Any]) -> bool:
    """Write what came out as the worker does; True where a decision was among it."""
    decided = False
    for result in results:
        match result:
            case Verification():
                decided = True
                if FAILED_FLAG in result.flags:
                    raise RuntimeError("an enrichment failed, so its cost is not measured")
                encode_verification(result)
                ce_headers(result)
            case Alert():
                encode_alert(result)
                ce_headers(result)
            case Rejection() | Drop():
                pass
    return decided


def numbered(deliveries: list[Delivery]) -> Iterator[tuple[int, str, RawRecord]]:
    """Deliveries as the records of one topic per vendor, with their numbers."""
    for number, delivery in enumerate(deliveries):
        topic = f"idv.raw.{delivery.vendor}"
        yield (
            number,
            delivery.vendor,
            RawRecord(topic, 0, number, NOW + number, delivery.key, delivery.value),
        )


def _whole_pass(deliveries: list[Delivery]) -> dict[int, int]:
    offline = Offline(pipeline())
    times: dict[int, int] = {}
    for number, vendor, record in numbered(deliveries):
        since = time.perf_counter_ns()
        decided = _encoded(list(offline.run(vendor, record, NOW)))
        took = time.perf_counter_ns() - since
        if decided and number >= WARM_UP:
            times[number] = took
    return times


def _step_pass(deliveries: list[Delivery]) -> dict[str, dict[int, int]]:
    offline = Offline(pipeline())
    found: dict[str, dict[int, int]] = defaultdict(dict)
    clock: Counter[str] = Counter()
    with _clocked(offline, clock):
        for number, vendor, record in numbered(deliveries):
            clock.clear()
            results = list(offline.run(vendor, record, NOW))
            since = time.perf_counter_ns()
            decided = _encoded(results)
            clock["avro"] = time.perf_counter_ns() - since
            if not decided or number < WARM_UP:
                continue
            since = time.perf_counter_ns()
            jiter.from_json(record.value or b"", catch_duplicate_keys=True, allow_inf_nan=False)
            clock["jiter"] = time.perf_counter_ns() - since
            clock["seal"] = clock["normalize"] - clock["parse"] - clock["read"]
            inner = ("normalize", "locate", "distance", "sightings")
            clock["normalize, rest"] = clock["stage"] - sum(clock[name] for name in inner)
            for step in (*STEPS, "jiter"):
                found[step][number] = clock[step]
    return found


@contextmanager
def _clocked(offline: Offline, clock: Counter[str]) -> Iterator[None]:
    """Measure the functions of the steps inside the block."""

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            since = time.perf_counter_ns()
            result = function(*args, **kwargs)
            clock[name] += time.perf_counter_ns() - since
            return result

        return run

    patched: list[tuple[Any, str, Any]] = [
        (first, "parse", timed("parse", first.parse)),
        (first, "VENDORS", {v: timed("read", read) for v, read in first.VENDORS.items()}),
        (way, "normalize", timed("normalize", way.normalize)),
        (way, "links_of", timed("sightings", way.links_of)),
        (enrichment, "located", timed("locate", enrichment.located)),
        (enrichment, "distances", timed("distance", enrichment.distances)),
        (Pipeline, "normalize", timed("stage", Pipeline.normalize)),
        (Pipeline, "link", timed("links", Pipeline.link)),
        (Pipeline, "session", timed("session", Pipeline.session)),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in patched]
    try:
        for owner, name, function in patched:
            setattr(owner, name, function)
        yield
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)
