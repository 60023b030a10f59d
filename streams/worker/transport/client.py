"""Kafka's client as Faust drives it, on the loop of the worker instead of in a thread."""

from __future__ import annotations

import asyncio
from typing import Any

from faust.transport.drivers import aiokafka as driver

from streams.worker.transport import records

# Of one answer of a broker, unless a single batch is larger. Stock takes 50 MiB.
FETCH_BYTES = 8 * 1024 * 1024


class _OnLoop:
    """In place of a thread: runs a service that was made for one on the loop of the worker."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._serving: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._serving = asyncio.create_task(self._service._serve())

    def stop(self) -> None:
        """The service has shut down by now."""


class Client(driver.AIOKafkaConsumerThread):
    """Faust's service around Kafka's client, whose joins and heartbeats are watched.

    Faust gives it a thread, so that computing does not delay heartbeats. Microbatches yield after
    each slice, and each step of each answer would wait for the interpreter's lock.
    """

    Worker: Any = _OnLoop

    async def _gather_remaining_tasks(self) -> None:
        """Those of the loop are not the client's alone, as they would be in a thread."""

    async def _keepalive2(self) -> None:
        """Nobody has to look whether a thread still answers."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        """Stock reads what a publisher's transaction has not committed, or has given up."""
        records.install()
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_bytes = FETCH_BYTES
        return consumer

    def highwater(self, tp: Any) -> Any:
        """Where what may be read ends: before a transaction that is still open."""
        return self._ensure_consumer().last_stable_offset(tp)

    def seen_end(self, tp: Any) -> int:
        """Where a partition ended when it was last fetched from."""
        return self._ensure_consumer().highwater(tp) or 0

    def next_offset(self, tp: Any) -> int:
        """The offset that is fetched next. Behind transaction markers, which are no records."""
        state = self._ensure_consumer()._subscription.subscription.assignment.state_value(tp)
        return state.position if state.has_valid_position else 0

    async def on_start(self) -> None:
        await super().on_start()
        consumer: Any = self.consumer
        coordinator = self._ensure_consumer()._coordinator
        consumer.lease.watch(coordinator, self.app.conf.broker_heartbeat_interval)
        consumer.assignments.watch(coordinator, self.app.assignor)

    async def commit(self, offsets: Any) -> bool:
        """Stock's queue goes on with a commit whose caller has given it up."""
        return await self._commit(offsets)

    def exists(self, tp: Any) -> bool:
        """Whether the cluster has a partition, as far as its last answer tells."""
        cluster = self._ensure_consumer()._client.cluster
        return tp.partition in (cluster.partitions_for_topic(tp.topic) or ())

    def look_again(self) -> None:
        """Have the client ask soon which topics there are."""
        self._ensure_consumer()._client.force_metadata_update()

    async def getmany(self, active_partitions: Any, timeout: float) -> Any:
        """Stock puts each call into a queue, for the thread to find."""
        consumer = self._ensure_consumer()
        most = consumer._max_poll_records
        return await self._fetch_records(consumer, active_partitions, timeout, most)
