"""Several workers of one group, each with its own state, and their faults."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable

from streams.cli.demo.processes import ServiceError, ServiceProcess
from tests.support.cluster import Cluster

SESSION_S = 6
ENVIRONMENT = {
    "IDV_SESSION_TIMEOUT_S": str(SESSION_S),
    "IDV_COMMIT_INTERVAL_S": "0.3",
    "IDV_LOG_LEVEL": "warning",
}
SOMEBODY_READY_S = 90


class Fleet:
    """Workers under a supervisor: `tend` restarts those that ended."""

    def __init__(self, cluster: Cluster, workers: int) -> None:
        self.cluster = cluster
        self.members: list[ServiceProcess] = []
        self.done: Counter[str] = Counter()
        self._suspended: dict[int, tuple[ServiceProcess, float]] = {}
        self._born = 0
        for _ in range(workers):
            self.add()

    def add(self) -> None:
        self._born += 1
        worker = self.cluster.worker(f"worker-{self._born}", ENVIRONMENT)
        worker.start()
        self.members.append(worker)

    def remove(self, rng: random.Random) -> None:
        """Scale down: SIGTERM, and never started again."""
        worker = rng.choice([m for m in self.members if id(m) not in self._suspended])
        self.members.remove(worker)
        worker.stop()

    def tend(self) -> None:
        """Resume workers after their suspension, and restart those that ended."""
        now = time.monotonic()
        for key, (worker, until) in list(self._suspended.items()):
            if now > until:
                worker.signal(signal.SIGCONT)
                del self._suspended[key]
        for worker in self.members:
            if not worker.running():
                self.done["restarts"] += 1
                worker.start()

    def somebody_ready(self, rng: random.Random) -> ServiceProcess:
        """Wait for an active worker and return it."""
        deadline = time.monotonic() + SOMEBODY_READY_S
        while time.monotonic() < deadline:
            self.tend()
            awake = [m for m in self.members if id(m) not in self._suspended]
            if ready := [m for m in awake if m.answers("/ready")]:
                return rng.choice(ready)
            time.sleep(0.1)
        logs = {m.log.parent.name: m.log.read_text(errors="replace")[-1500:] for m in self.members}
        raise ServiceError(f"no worker got ready within {SOMEBODY_READY_S} s: {logs}")

    # -- faults ----------------------------------------------------------------------------

    def kill(self, rng: random.Random) -> None:
        worker = self.somebody_ready(rng)
        time.sleep(rng.uniform(0, 0.5))  # Where the kill falls, not a wait for anything.
        worker.kill()
        worker.start()

    def kill_and_lose_disk(self, rng: random.Random) -> None:
        """The state comes back from the changelogs alone."""
        worker = self.somebody_ready(rng)
        worker.kill()
        shutil.rmtree(worker.log.parent / "state")
        worker.start()

    def terminate(self, rng: random.Random) -> None:
        worker = self.somebody_ready(rng)
        code = worker.stop()
        if code:
            self.done[f"exit code {code} on SIGTERM"] += 1
        worker.start()

    def suspend(self, rng: random.Random) -> None:
        """For longer than the group waits: others take over, and it must find that out."""
        worker = self.somebody_ready(rng)
        worker.signal(signal.SIGSTOP)
        self._suspended[id(worker)] = (worker, time.monotonic() + SESSION_S + 3)

    def kill_broker(self, rng: random.Random) -> None:
        self.somebody_ready(rng)
        self.cluster.broker.kill()
        time.sleep(rng.uniform(0, 2))  # How long the broker is away.
        self.cluster.broker.start()

    def pause_broker(self, rng: random.Random) -> None:
        self.somebody_ready(rng)
        self.cluster.broker.pause()
        time.sleep(rng.uniform(0.5, SESSION_S + 2))  # How long the broker hangs.
        self.cluster.broker.resume()

    def resize(self, rng: random.Random) -> None:
        self.somebody_ready(rng)
        self.add()
        self.remove(rng)

    def befall(self, fault: Callable[[Fleet, random.Random], None], rng: random.Random) -> None:
        self.done[fault.__name__] += 1
        fault(self, rng)

    def reconcile(self) -> None:
        """Everybody runs again."""
        for worker, _ in self._suspended.values():
            worker.signal(signal.SIGCONT)
        self._suspended.clear()
        self.tend()
