"""Which results are wanted, when each is asked for next, and when it is given up. Pure.

A task is a record of idv.fetches under the id of the event that it was made for, written anew at
each change. All tasks of a session lie in one partition, and one answer is for all that were there
when it was asked for.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct, json
from msgspec.structs import replace

from streams.contracts.model import Environment, SessionKind
from streams.vendors.base.fetch import Ended, Later, Limits, Result

HOUR_MS = 3_600_000
DELAYS_S = (5, 10, 20, 40, 60, 120, 300, 600, 1200)
"""Before each further try; the last one again and again."""
FETCHED = "fetched"

SessionKey = tuple[str, str, str]
"""Environment, vendor, session id."""


class Task(Struct, frozen=True, omit_defaults=True):
    """One result that is wanted. Times in epoch ms; `ended` is FETCHED or one of `ENDED`."""

    event_id: str
    vendor: str
    session_id: str
    since: int
    due: int
    kind: SessionKind = SessionKind.PERSON
    environment: Environment = Environment.LIVE
    tenant_id: str | None = None
    subject_id: str | None = None
    tries: int = 0
    ended: str | None = None

    @property
    def session(self) -> SessionKey:
        return self.environment, self.vendor, self.session_id

    def encode(self) -> bytes:
        return json.encode(self)


def decode(value: bytes) -> Task:
    """Raises msgspec.MsgspecError for what no instance wrote."""
    return json.decode(value, type=Task)


def after(
    task: Task, outcome: Result | Later | Ended, now: int, give_up_h: float, limits: Limits
) -> Task:
    """The task after a try."""
    if isinstance(outcome, Result):
        return replace(task, ended=FETCHED)
    if isinstance(outcome, Ended):
        return replace(task, ended=outcome.reason)
    delay_s = max(delay_of(task.tries), outcome.after_s or 0, limits.apart_s)
    due = now + int(delay_s * 1000)
    if due > task.since + give_up_h * HOUR_MS:
        return replace(task, ended="gave_up")
    return replace(task, tries=task.tries + 1, due=due)


def delay_of(tries: int) -> int:
    """Seconds from one try to the next."""
    return DELAYS_S[min(tries, len(DELAYS_S) - 1)]


class Book:
    """The pending tasks of this instance's partitions."""

    def __init__(self) -> None:
        self._partitions: dict[int, dict[SessionKey, dict[str, Task]]] = {}
        self._queues: dict[str, list[tuple[int, int, SessionKey]]] = defaultdict(list)
        """Vendor → (due, partition, session), where some may no longer hold."""
        self._at_work: set[SessionKey] = set()

    def open(self, partition: int) -> None:
        """Begin with nothing: the partition is read from its start."""
        self._partitions[partition] = {}

    def close(self, partition: int) -> None:
        """Forget a partition: another instance has it."""
        self._partitions.pop(partition, None)

    def put(self, partition: int, task: Task) -> None:
        """What the topic says of a task now."""
        sessions = self._partitions.get(partition)
        if sessions is None:
            return
        if task.ended is None:
            sessions.setdefault(task.session, {})[task.event_id] = task
            heapq.heappush(self._queues[task.vendor], (task.due, partition, task.session))
        elif tasks := sessions.get(task.session):
            tasks.pop(task.event_id, None)
            if not tasks:
                del sessions[task.session]

    def begin(self, vendor: str, now: int) -> tuple[int, list[Task]] | None:
        """The next session of a vendor that is due: its partition and tasks, oldest first."""
        queue = self._queues[vendor]
        while queue and queue[0][0] <= now:
            _, partition, session = heapq.heappop(queue)
            tasks = self._partitions.get(partition, {}).get(session, {})
            wanted = sorted(tasks.values(), key=lambda task: (task.since, task.event_id))
            # The newest state is what is wanted: older tasks end with it.
            if session not in self._at_work and wanted and wanted[-1].due <= now:
                self._at_work.add(session)
                return partition, wanted
        return None

    def finish(self, partition: int, tasks: list[Task]) -> None:
        """The tasks after a try; what came for their session meanwhile is due again."""
        session = tasks[0].session
        self._at_work.discard(session)
        for task in tasks:
            self.put(partition, task)
        for task in self._partitions.get(partition, {}).get(session, {}).values():
            heapq.heappush(self._queues[task.vendor], (task.due, partition, session))

    def pending(self) -> Iterator[Task]:
        for sessions in self._partitions.values():
            for tasks in sessions.values():
                yield from tasks.values()
