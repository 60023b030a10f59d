"""A Faust transport that delivers the records of a partition as one event and commits contiguous
offsets only. It subclasses Faust's own aiokafka driver and is found by Faust through the
entry point `idv+kafka`; broker URLs read `idv+kafka://host:port`.

The stock driver creates four tasks per message, and it can commit past an unacknowledged message (a
gap of one, and any gap before the first commit). The parts in the order of a record: `client`
fetches, `batches` folds, `consumer` delivers, `offsets` tracks what to commit; the producer is
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faust.transport.drivers import aiokafka as driver

from streams.worker.transport.consumer import Consumer


class Producer(driver.Producer):
    """Faust's producer, always idempotent and with acks from all replicas."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    async def on_start(self) -> None:
        await super().on_start()
        sender = self._ensure_producer()._sender
        send = sender._send_produce_req

        async def leased(node: int, batches: Any) -> None:
            consumer: Any = self.app.consumer
            await consumer.lease.wait_or_end()
            await send(node, batches)

        sender._send_produce_req = leased


class Transport(driver.Transport):
    Consumer = Consumer
    Producer = Producer
