"""Stores hooks safely: acknowledged by Kafka, or on disk.

Each vendor's topic has its own lane and producer, so that a missing or forbidden topic delays no
other vendor. A lane sends all hooks that arrived since its last round as one round. While the
spool has hooks of the lane, new hooks are appended to the spool, so a session's hooks keep their
order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer

from streams.contracts.topics import vendor_of
from streams.gateway import metrics
from streams.gateway.spool import Spool
from streams.kafka.producer import Outgoing, deliver

log = structlog.get_logger()

Safe = Literal["published", "spooled"]

CONNECT_S = 10.0
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)
ROUND_RECORDS = 500
BATCH_BYTES = 128 * 1024
LARGEST_REQUEST_BYTES = 8 * 1024 * 1024
CLOSE_S = 2.0


class Connection:
    """A lane's idempotent producer, replaced after a permanent failure.

    It retries a batch as long as that may succeed, so records are never sent out of order.
    """

    def __init__(self, clients: dict[str, Any]) -> None:
        self._clients = clients
        self._producer: AIOKafkaProducer | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def producer(self) -> AIOKafkaProducer:
        """The connected producer. Raises KafkaError or OSError if no broker accepts us."""
        if self._producer is None:
            made = AIOKafkaProducer(
                **self._clients, acks="all", enable_idempotence=True,
                max_batch_size=BATCH_BYTES, max_request_size=LARGEST_REQUEST_BYTES,
            )  # fmt: skip
            try:
                async with asyncio.timeout(CONNECT_S):
                    await made.start()
            except BaseException:
                await made.stop()
                raise
            self._producer = made
        return self._producer

    def discard(self) -> None:
        """Drop the producer after a failure: its sequence of batches has a gap."""
        producer, self._producer = self._producer, None
        if producer is not None:
            task = asyncio.create_task(producer.stop())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close without waiting for undelivered hooks: they are on disk or were answered 503."""
        self.discard()
        if self._closing:
            _, pending = await asyncio.wait(self._closing, timeout=CLOSE_S)
            for task in pending:
                task.cancel()


class _Waiting(NamedTuple):
    record: Outgoing
    safe: asyncio.Future[Safe]


class Lane:
    """Publishes the hooks of one topic, to Kafka or to the spool."""

    def __init__(
        self, topic: str, connection: Connection, spool: Spool, ack_timeout_s: float,
        clock: Callable[[], int],
    ) -> None:  # fmt: skip
        self.topic = topic
        self._vendor = vendor_of(topic) or topic
        self._connection = connection
        self._spool = spool
        self._ack_timeout_s = ack_timeout_s
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._unfinished: tuple[asyncio.Task[None], int | None] | None = None
        """A delivery that timed out, and the last id of its records in the spool."""
        self._closing = False
        self._up = asyncio.Event()
        self._drains = False
        """Hooks on disk go out: Kafka takes them."""
        self._tasks = [asyncio.create_task(self._rounds())]
        self._drain_soon()

    @property
    def up(self) -> bool:
        """Hooks go to Kafka directly. False at first, since the spool may have earlier ones."""
        return self._up.is_set()

    async def publish(self, record: Outgoing) -> Safe:
        """Return once the record is stored. Raises SpoolError if it is not."""
        safe = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(record, safe))
        self._arrived.set()
        how: Safe = await safe
        return how

    async def close(self) -> None:
        """Store the waiting hooks, then close."""
        self._closing = True
        self._arrived.set()
        await self._tasks[0]
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()

    # -- rounds ----------------------------------------------------------------------------

    async def _rounds(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            taken = self._waiting[:ROUND_RECORDS]
            del self._waiting[:ROUND_RECORDS]
            try:
                how = await self._make_safe([w.record for w in taken])
            except Exception as error:
                for waiting in taken:
                    if not waiting.safe.done():  # The request was not cancelled.
                        waiting.safe.set_exception(error)
            else:
                metrics.batch_records.observe(len(taken))
                for waiting in taken:
                    if not waiting.safe.done():
                        waiting.safe.set_result(how)

    async def _make_safe(self, records: list[Outgoing]) -> Safe:
        if not (self.up or await self._nearly_up()):
            await self._spool.append(self._clock(), records)
            return "spooled"
        delivery = asyncio.create_task(self._deliver(records))
        await asyncio.wait({delivery}, timeout=self._ack_timeout_s)
        if delivery.done() and delivery.exception() is None:
            return "published"
        reason = type(delivery.exception()).__name__ if delivery.done() else "no answer"
        log.warning("hooks go to disk: Kafka does not accept them", vendor=self._vendor,
                    reason=reason)  # fmt: skip
        self._up.clear()
        last = None
        try:
            last = await self._spool.append(self._clock(), records)
            return "spooled"
        finally:
            self._unfinished = delivery, last
            self._drain_soon()

    async def _nearly_up(self) -> bool:
        """Waits for the last hooks on disk to go out, rather than put more behind them: under load
        the disk would never be empty, and all hooks would go by way of it.
        """
        if not self._drains or self._spool.records[self.topic] > ROUND_RECORDS:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._ack_timeout_s):
                await self._up.wait()
        return self.up

    async def _deliver(self, records: list[Outgoing]) -> None:
        producer = await self._connection.producer()
        try:
            await deliver(producer, records)
        except Exception:
            self._connection.discard()
            raise

    # -- draining --------------------------------------------------------------------------

    def _drain_soon(self) -> None:
        self._tasks[1:] = [asyncio.create_task(self._drain())]

    async def _drain(self) -> None:
        """Send the spool until it is empty; then the lane is up."""
        failures, logged = 0, ""
        while True:
            try:
                await self._finish_delivery()
                producer = await self._connection.producer()
                await producer.partitions_for(self.topic)
                self._drains = True
                while self._spool.records[self.topic]:
                    await self._drain_some()
                    failures = 0
            except Exception as error:  # The hooks are on disk, so any error is retried.
                self._drains = False
                if (reason := type(error).__name__) != logged:
                    logged = reason
                    log.warning("hooks wait on disk", vendor=self._vendor, reason=reason)
                await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
                failures += 1
                continue
            log.info("hooks go to Kafka", vendor=self._vendor)
            self._drains = False
            self._up.set()
            return

    async def _finish_delivery(self) -> None:
        """Wait for a delivery that timed out; if it succeeds, its hooks are not sent again."""
        if self._unfinished is None:
            return
        delivery, last = self._unfinished
        await asyncio.wait({delivery})
        if delivery.exception() is None and last is not None:
            await self._spool.remove(self.topic, last)
        self._unfinished = None

    async def _drain_some(self) -> None:
        last, records = await self._spool.head(self.topic)
        if records:
            await self._deliver(records)
            await self._spool.remove(self.topic, last)
            metrics.drained.labels(self._vendor).inc(len(records))
        else:  # Counted, but not yet written to the disk.
            await asyncio.sleep(0.01)
