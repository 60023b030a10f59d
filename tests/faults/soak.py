"""The long fault test: `python -m tests.faults.soak --events 1000000 --kills 100`.

Workers are killed at random, suspended, stopped, moved and deprived of their disk, and the broker
crashes and hangs, while records arrive. At the end every record is accounted for from the topics,
and state is compared with that of a run without faults.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tests.faults.cleanrun import Comparison, compare
from tests.faults.feed import Feed
from tests.faults.fleet import Fleet
from tests.support.accounts import Accounts, account
from tests.support.cluster import Cluster
from tests.support.traffic import traffic

WORKERS = 2
PARTITIONS = 4
# Beside a kill of a worker: what else happens, and at which of how many kills.
OTHERS: tuple[tuple[int, Callable[[Fleet, random.Random], None]], ...] = (
    (4, Fleet.suspend),
    (5, Fleet.kill_and_lose_disk),
    (6, Fleet.terminate),
    (7, Fleet.pause_broker),
    (8, Fleet.kill_broker),
    (9, Fleet.resize),
)


class Verdict(Struct):
    """What a run came to; `figures` is the line that it ends with."""

    accounts: Accounts
    comparison: Comparison
    faults: dict[str, int]
    kills: int
    seed: int
    seconds: float

    @property
    def figures(self) -> dict[str, Any]:
        return {
            "events": self.accounts.raw,
            "kills": self.kills,
            "lost": len(self.accounts.lost) + len(self.comparison.alerts_lost),
            "second_ids": len(self.accounts.second_ids),
            "inversions": self.accounts.inversions,
            "state_equal": self.comparison.equal,
            "unknown": len(self.accounts.unknown) + len(self.comparison.alerts_unknown),
            "repeats": self.accounts.repeats,
            "states": self.comparison.compared,
            "faults": self.faults,
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
        }

    @property
    def good(self) -> bool:
        return self.accounts.balanced and self.comparison.equal

    @property
    def line(self) -> str:
        return f"SOAK {msgspec.json.encode(self.figures).decode()}"


def soak(
    cluster: Cluster, events: int, kills: int, seed: int, say: Callable[[str], object]
) -> Verdict:
    """Run `events` records through while `kills` workers are killed, then draw the balance."""
    started = time.monotonic()
    rng = random.Random(seed)
    fleet = Fleet(cluster, WORKERS)
    feed = Feed(cluster.bootstrap, traffic(seed, events))
    try:
        # Work to do from the start, so that the kills fall in mid-stream, and more of it all along.
        feed.share(events // 2)
        for number, share in enumerate(_shares(events - events // 2, kills), 1):
            feed.share(share)
            fleet.befall(Fleet.kill, rng)
            for every, fault in OTHERS:
                if number % every == every // 2:
                    fleet.befall(fault, rng)
            say(
                f"{time.monotonic() - started:.0f} s: {number}/{kills} kills, "
                f"{feed.published}/{events} published, {dict(fleet.done)}"
            )
        feed.wait()
    finally:
        feed.close()
    fleet.reconcile()
    say("waiting until all is processed …")
    cluster.wait_until_drained(fleet.tend)
    for worker in fleet.members:
        worker.stop()
    say("accounting …")
    accounts = account(cluster)
    say("comparing with a clean run …")
    return Verdict(
        accounts, compare(cluster), dict(fleet.done), kills, seed, time.monotonic() - started
    )


def _shares(events: int, kills: int) -> Iterator[int]:
    for number in range(kills):
        yield events * (number + 1) // kills - events * number // kills


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20260514)
    parser.add_argument("--keep", type=Path, help="a folder for Kafka's data and the logs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="idv-soak-") as temporary:
        folder = options.keep or Path(temporary)
        with Cluster(folder, PARTITIONS, lasting=True) as cluster:
            verdict = soak(cluster, options.events, options.kills, options.seed, _say)
    if not verdict.good:
        _say(msgspec.json.encode([verdict.accounts, verdict.comparison]).decode()[:20_000])
    sys.stdout.write(f"{verdict.line}\n")
    return 0 if verdict.good else 1


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
