"""What analysts do, as records on Kafka: verdicts, and who saw whose personal data.

An act counts once Kafka has acknowledged its audit: nothing is revealed before.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.contracts.avro import ce_headers, encode_audit, encode_disposition
from streams.contracts.model import Audit, AuditAction, Case, Disposition, Verdict
from streams.contracts.topics import AUDIT, DISPOSITIONS
from streams.kafka.producer import Outgoing, deliver

ACK_TIMEOUT_S = 10.0
LONGEST_REASON = 1000


class NotSafeError(Exception):
    """Kafka has not acknowledged an act: it has not happened."""


class Records:
    """`prefixes`: kind → what stands before a value's Avro body."""

    def __init__(
        self, clients: dict[str, Any], prefixes: Mapping[str, bytes], clock: Callable[[], int]
    ) -> None:
        self._clients = clients
        self._prefixes = prefixes
        self._clock = clock
        self._closing: set[asyncio.Task[None]] = set()

    async def reveal(self, case: Case, who: str, address: str | None) -> None:
        """Raises NotSafeError."""
        await self._send(self._audit(AuditAction.REVEAL, case, who, address))

    async def verdict(
        self, case: Case, who: str, address: str | None, verdict: Verdict, reason: str
    ) -> Disposition:
        """Raises NotSafeError."""
        given = Disposition(
            disposition_id=str(uuid.uuid4()),
            case_id=case.case_id,
            subject_key=case.subject_key,
            environment=case.environment,
            verdict=verdict,
            reason=reason,
            decided_by=who,
            # Not before what it is about: event time may be ahead of this clock.
            decided_at=max(self._clock(), case.changed_at),
            rules=sorted({alert.rule for alert in case.alerts}),
        )
        audit = self._audit(AuditAction.VERDICT, case, who, address, given.disposition_id)
        value = encode_disposition(given, self._prefixes["disposition"])
        key = given.subject_key.encode()
        # The audit first: a verdict that nobody answers for would be worse than one given twice.
        await self._send(audit, Outgoing(DISPOSITIONS, key, value, ce_headers(given)))
        return given

    def _audit(
        self,
        action: AuditAction,
        case: Case,
        who: str,
        address: str | None,
        disposition_id: str | None = None,
    ) -> Outgoing:
        act = Audit(
            audit_id=str(uuid.uuid4()),
            action=action,
            done_by=who,
            done_at=self._clock(),
            case_id=case.case_id,
            subject_key=case.subject_key,
            environment=case.environment,
            address=address,
            disposition_id=disposition_id,
        )
        value = encode_audit(act, self._prefixes["audit"])
        return Outgoing(AUDIT, act.subject_key.encode(), value, ce_headers(act))

    async def _send(self, *records: Outgoing) -> None:
        """One after the other, by a producer of their own: acts are rare, and a producer that has
        failed is of no more use.
        """
        producer = AIOKafkaProducer(**self._clients, acks="all", enable_idempotence=True)
        try:
            async with asyncio.timeout(ACK_TIMEOUT_S):
                await producer.start()
                for record in records:
                    await deliver(producer, [record])
        except (KafkaError, OSError, TimeoutError) as error:
            raise NotSafeError from error
        finally:
            # Nobody waits for it: over TLS a broker's goodbye may be half a minute away.
            closing = asyncio.create_task(producer.stop())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
