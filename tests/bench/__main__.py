"""`make bench`: compares the worker with its peers, on a real Kafka on this machine."""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from streams.contracts.model import Verification
from streams.pipeline.local import Offline
from tests.bench import console as page
from tests.bench import domain, gateway, growth, latency, report, rounds, state
from tests.bench.engines import READY_S, TRANSPORT, WHOLE_JOB, Command, Engine, build_java
from tests.bench.rounds import Burst
from tests.bench.stack import OUT, RAW, TRANSPORT_IN, TRANSPORT_OUT, Load, Stack
from tests.support.traffic import Delivery, traffic

PARTS = ("domain", "whole_job", "transport", "latency", "state", "growth", "gateway", "console")
_WITHOUT_TRAFFIC = {"transport", "growth", "gateway", "console"}
PRIMER, TRANSPORT_PRIMER = 200, 20_000
TRANSPORT_KEYS, TRANSPORT_BYTES = 10_000, 2048
LATENCY_S = 15
# Stock Faust is so slow that a part of the burst says as much.
SLOW = {"stock_faust": 4}


class Made(NamedTuple):
    """Traffic and its expected outputs."""

    deliveries: list[Delivery]
    decided: list[int]
    """How many verifications the first n deliveries lead to."""
    offline: Offline

    def loads(self, start: int, end: int) -> list[Load]:
        return [Load(f"{RAW}{d.vendor}", d.key, d.value) for d in self.deliveries[start:end]]

    def burst(self, count: int) -> Burst:
        end = PRIMER + count
        return Burst(
            primer=self.loads(0, PRIMER),
            primed=self.decided[PRIMER],
            records=self.loads(PRIMER, end),
            expected=self.decided[end] - self.decided[PRIMER],
            topics=OUT,
            target="idv.verifications",
        )


def make(count: int, *, whole: bool = True) -> Made:
    deliveries = list(traffic(domain.SEED, PRIMER + count, whole=whole))
    offline = Offline(domain.pipeline())
    decided = [0]
    for _, vendor, record in domain.numbered(deliveries):
        results = offline.run(vendor, record, domain.NOW)
        decided.append(decided[-1] + sum(isinstance(r, Verification) for r in results))
    return Made(deliveries, decided, offline)


def transport_burst(count: int) -> Burst:
    rng = random.Random(domain.SEED)
    values = [rng.randbytes(TRANSPORT_BYTES) for _ in range(64)]
    loads = [
        Load(TRANSPORT_IN, b"key-%d" % rng.randrange(TRANSPORT_KEYS), rng.choice(values))
        for _ in range(TRANSPORT_PRIMER + count)
    ]
    return Burst(
        primer=loads[:TRANSPORT_PRIMER],
        primed=TRANSPORT_PRIMER,
        records=loads[TRANSPORT_PRIMER:],
        expected=count,
        topics=(TRANSPORT_OUT,),
        target=TRANSPORT_OUT,
    )


class Bench:
    """The parts of a run; what they find is in `found`."""

    def __init__(self, options: argparse.Namespace, console: Console, folder: Path) -> None:
        self._options = options
        self._say: Callable[[str], None] = lambda text: console.print(text, highlight=False)
        self._folder = folder
        self.found: dict[str, Any] = {"machine": report.machine()}

    def run(self, parts: Sequence[str]) -> None:
        if "domain" in parts:
            self._say("domain cost …")
            self.found["domain"] = domain.measure(self._options.decisions)
        if set(parts) <= {"domain"}:
            return
        self._say("making traffic …")
        made = make(self._options.records if set(parts) - _WITHOUT_TRAFFIC else 0)
        with Stack(self._folder) as stack:
            if "whole_job" in parts:
                self._whole_job(stack, made)
            if "latency" in parts:
                self._latency(stack, made)
            if "state" in parts:
                self._state(stack, made)
            if "transport" in parts:
                self._transport(stack)
            if "growth" in parts:
                self._growth(stack)
            if "gateway" in parts:
                self._gateway(stack)
            if "console" in parts:
                self._console(stack)

    def _whole_job(self, stack: Stack, made: Made) -> None:
        self._say("whole job …")
        bursts = {
            name: made.burst(self._options.records // SLOW.get(name, 1)) for name in WHOLE_JOB
        }
        self.found["whole_job"] = self._compete(stack, self._chosen(WHOLE_JOB), bursts)

    def _transport(self, stack: Stack) -> None:
        self._say("transport alone …")
        engines = self._chosen(TRANSPORT)
        if "kafka_streams" in engines and (why := build_java()):
            self._say(f"kafka_streams is left out: {why}")
            engines.pop("kafka_streams")
        burst = transport_burst(self._options.transport_records)
        self.found["transport"] = self._compete(stack, engines, dict.fromkeys(engines, burst))

    def _chosen(self, engines: dict[str, Command]) -> dict[str, Command]:
        only = self._options.engines
        return {name: e for name, e in engines.items() if not only or name in only}

    def _compete(self, stack: Stack, engines: Any, bursts: Any) -> Any:
        runs = rounds.compete(stack, engines, bursts, self._options.rounds, self._say)
        return rounds.medians(runs, engines)

    def _latency(self, stack: Stack, made: Made) -> None:
        idv = {"idv": WHOLE_JOB["idv"]}
        known = (self.found.get("whole_job") or {}).get("idv")
        if known is None:
            burst = made.burst(self._options.records)
            known = rounds.medians(rounds.compete(stack, idv, {"idv": burst}, 1, self._say), idv)[
                "idv"
            ]
        if known is None:
            return
        rate = known["rate"] / 2
        group = "bench-latency"
        stack.fresh(group)
        self._say(f"latency at {rate:.0f} records/s …")
        bootstrap, folder = stack.broker.bootstrap, stack.folder / group
        with Engine(idv["idv"], bootstrap, group, folder) as engine:
            engine.ready_after(READY_S)
            records = made.loads(0, int(rate * LATENCY_S))
            self.found["latency"] = latency.measure(stack, engine, records, rate)

    def _state(self, stack: Stack, made: Made) -> None:
        rows = []
        for keys in self._options.keys:
            self._say(f"{keys:,} keys in state …")
            burst = made.burst(min(2000, self._options.records))
            rows.append(state.measure(stack, made.offline, keys, burst))
        self.found["state"] = rows

    def _growth(self, stack: Stack) -> None:
        self._say("growth …")
        sizes = self._options.growth
        burst = make(max(sizes), whole=False).burst
        self.found["growth"] = growth.measure(stack, sizes, burst, self._say)

    def _gateway(self, stack: Stack) -> None:
        self._say("gateway …")
        stack.fresh("bench-gateway")
        self.found["gateway"] = gateway.measure(stack, self._options.rounds, self._say)

    def _console(self, stack: Stack) -> None:
        self._say("console …")
        stack.fresh("bench-console")
        cases, alerts = self._options.cases, self._options.alerts
        self.found["console"] = page.measure(stack, cases, alerts, self._say)


def _listed(kind: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    return lambda text: [kind(item) for item in text.split(",") if item]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", type=_listed(str), default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--engines", type=_listed(str), default=[], help="only these")
    parser.add_argument("--records", type=int, default=4000, help="of the whole job")
    parser.add_argument("--transport-records", type=int, default=100_000)
    parser.add_argument("--decisions", type=int, default=2000, help="of the domain cost")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument(
        "--keys", type=_listed(int), default=[10_000, 100_000], help="in state: 10000,1000000"
    )
    parser.add_argument(
        "--growth", type=_listed(int), default=[4_000, 40_000], help="records: 10000,1000000"
    )
    parser.add_argument("--cases", type=int, default=100_000, help="of the console")
    parser.add_argument("--alerts", type=int, default=1_000_000, help="of the console")
    parser.add_argument("--no-save", action="store_true", help="leave docs/bench/ as it is")
    options = parser.parse_args()
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {PARTS}")
    console = Console()
    with tempfile.TemporaryDirectory(prefix="idv-bench-") as folder:
        bench = Bench(options, console, Path(folder))
        bench.run(options.only)
    report.show(console, bench.found)
    if not options.no_save:
        console.print(f"Written: {report.save(bench.found)}")
    print(report.last_line(bench.found))  # noqa: T201 - whole, however narrow the terminal


if __name__ == "__main__":
    main()
