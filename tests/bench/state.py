"""The worker with a large state: restore from changelog and local disk, and memory.

The changelog has real link states in the worker's format, each copied to many keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from streams.pipeline.local import Offline
from tests.bench.engines import WHOLE_JOB, Engine
from tests.bench.peers.job import link_states
from tests.bench.rounds import Burst, work_off
from tests.bench.stack import Load, Stack

RESTORE_S = 600
SAMPLES = 500


def measure(stack: Stack, offline: Offline, keys: int, burst: Burst) -> dict[str, Any]:
    """Seconds until ready with no state, from the changelog and from disk; then rate, CPU and
    memory of work beside the state.
    """

    def engine(group: str) -> Engine:
        folder = stack.folder / group
        return Engine(WHOLE_JOB["idv"], stack.broker.bootstrap, group, folder)

    # A group of its own: a static member that stops keeps its partitions until its session ends.
    group = f"bench-empty-{keys}"
    stack.fresh(group)
    with engine(group) as worker:
        empty = worker.ready_after(RESTORE_S)
    group = f"bench-state-{keys}"
    stack.fresh(group)
    stack.publish(_changelog(f"{group}-links-changelog", _states(offline), keys))
    with engine(group) as worker:
        changelog = worker.ready_after(RESTORE_S)
        restored, restore_cpu = worker.rss_mib(), worker.cpu_s()
    with engine(group) as worker:
        disk = worker.ready_after(RESTORE_S)
        run = work_off(stack, worker, "idv", burst)
    return {
        "keys": keys,
        "start_empty_s": round(empty, 1),
        "from_changelog_s": round(changelog, 1),
        "from_changelog_cpu_s": round(restore_cpu, 1),
        "from_disk_s": round(disk, 1),
        "rate": round(run.rate),
        "cpu_us": round(run.cpu_us, 1),
        "rss_restored_mib": round(restored),
        "rss_mib": round(run.rss_mib),
    }


def _states(offline: Offline) -> list[tuple[str, bytes]]:
    """Link states of devices, as real traffic left them."""
    found = [
        (key, link_states.encode(state))
        for key, state in offline.links.items()
        if state is not None and "|device|" in key
    ]
    return found[:SAMPLES]


def _changelog(topic: str, states: Sequence[tuple[str, bytes]], keys: int) -> Iterator[Load]:
    for number in range(keys):
        like, state = states[number % len(states)]
        prefix = like.rpartition("|")[0]
        fingerprint = hashlib.sha256(str(number).encode()).hexdigest()
        yield Load(topic, f"{prefix}|{fingerprint}".encode(), state)
