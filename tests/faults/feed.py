"""Publishes generated vendor traffic in portions, from its own thread, through broker crashes."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator

from aiokafka import AIOKafkaProducer

from tests.support.traffic import Delivery

IN_FLIGHT = 500


class Feed:
    """`share(n)` starts to publish the next `n` deliveries; `wait` until all shares are out.

    The producer is idempotent, so the broker may die in between: each delivery is on its topic
    once, in order per key.
    """

    def __init__(self, bootstrap: str, deliveries: Iterator[Delivery]) -> None:
        self._bootstrap = bootstrap
        self._deliveries = deliveries
        self._asked = threading.Semaphore(0)
        self._shares: list[int] = []
        self._idle = threading.Event()
        self._idle.set()
        self._closing = False
        self._failure: BaseException | None = None
        self.published = 0
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    def share(self, count: int) -> None:
        self._idle.clear()
        self._shares.append(count)
        self._asked.release()

    def wait(self) -> None:
        """Raises what publishing raised."""
        while not self._idle.wait(0.5) and self._thread.is_alive():
            pass
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        self._closing = True
        self._asked.release()
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._publish())
        except BaseException as error:
            self._failure = error

    async def _publish(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, enable_idempotence=True, linger_ms=5
        )
        await producer.start()
        try:
            while True:
                await asyncio.to_thread(self._asked.acquire)
                if self._closing:
                    return
                await self._publish_share(producer, self._shares.pop(0))
                if not self._shares:
                    self._idle.set()
        finally:
            await producer.stop()

    async def _publish_share(self, producer: AIOKafkaProducer, count: int) -> None:
        share = itertools.islice(self._deliveries, count)
        while group := list(itertools.islice(share, IN_FLIGHT)):
            pending = [
                await producer.send(f"idv.raw.{d.vendor}", d.value, key=d.key) for d in group
            ]
            await asyncio.gather(*pending)
            self.published += len(group)
