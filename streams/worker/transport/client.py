"""Faust's Kafka client, on the event loop of the worker instead of a thread."""

from __future__ import annotations

import asyncio
from typing import Any

from faust.transport.drivers import aiokafka as driver

from streams.worker.transport import records

# Limit of one fetch response, unless a single batch is larger. The default is 50 MiB.
FETCH_BYTES = 8 * 1024 * 1024


class _OnLoop:
    """Runs a threaded service on the event loop of the worker."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._serving: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._serving = asyncio.create_task(self._service._serve())

    def stop(self) -> None:
        """Nothing to do: the service has shut down already."""


class Client(driver.AIOKafkaConsumerThread):
    """Faust's service around the Kafka client, with monitored joins and heartbeats.

    Faust runs it in a thread, so that computing does not delay heartbeats. Here microbatches yield
    after each slice, and in a thread every step of a response would wait for the GIL.
    """

    Worker: Any = _OnLoop

    async def _gather_remaining_tasks(self) -> None:
        """Nothing to gather: the loop's tasks do not all belong to the client."""

    async def _keepalive2(self) -> None:
        """There is no thread to check."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        """Stock Faust also reads uncommitted and aborted transactions."""
        records.install()
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_bytes = FETCH_BYTES
        return consumer

    def highwater(self, tp: Any) -> Any:
        """The last stable offset: the end of the partition, before any open transaction."""
        return self._ensure_consumer().last_stable_offset(tp)

    def seen_end(self, tp: Any) -> int:
        """End offset of a partition at its last fetch."""
        return self._ensure_consumer().highwater(tp) or 0

    def next_offset(self, tp: Any) -> int:
        """The next offset to fetch, after transaction markers, which are not records."""
        state = self._ensure_consumer()._subscription.subscription.assignment.state_value(tp)
        return state.position if state.has_valid_position else 0

    async def on_start(self) -> None:
        await super().on_start()
        consumer: Any = self.consumer
        coordinator = self._ensure_consumer()._coordinator
        consumer.lease.watch(coordinator, self.app.conf.broker_heartbeat_interval)
        consumer.assignments.watch(coordinator, self.app.assignor)

    async def commit(self, offsets: Any) -> bool:
        """Bypass the queue of stock Faust, which executes commits that were cancelled."""
        return await self._commit(offsets)

    def exists(self, tp: Any) -> bool:
        """True if the cluster has the partition, by the last metadata."""
        cluster = self._ensure_consumer()._client.cluster
        return tp.partition in (cluster.partitions_for_topic(tp.topic) or ())

    def refresh_metadata(self) -> None:
        """Request new metadata soon."""
        self._ensure_consumer()._client.force_metadata_update()

    async def getmany(self, active_partitions: Any, timeout: float) -> Any:
        """Call directly; stock Faust queues each call for its thread."""
        consumer = self._ensure_consumer()
        most = consumer._max_poll_records
        return await self._fetch_records(consumer, active_partitions, timeout, most)
