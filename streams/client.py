"""A subscriber in a few lines: typed events in either encoding, the first of each id.

    async with Subscriber(Verification, group="idv-subscriber-risk") as events:
        async for event in events:
            ...

An event is handled when the loop requests the next one; only then is its offset committed. After a
crash, or the end of the loop, unhandled events are delivered again: nothing is lost, and a repeat
has the same id.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Collection
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from streams.config.secret_files import SecretFiles
from streams.contracts import avro as schemas
from streams.contracts.model import Alert, Case, Disposition, Verification
from streams.contracts.topics import ALERTS, CASES, DISPOSITIONS, VERIFICATIONS
from streams.kafka.registry import RegistryAccess, writers
from streams.kafka.security import KafkaAccess

COMMIT_S = 1.0
REMEMBERED = 100_000

Event = TypeVar("Event", Verification, Alert, Case, Disposition)


class Access(BaseSettings, RegistryAccess, KafkaAccess):
    """Connection to Kafka and the schema registry: arguments override a worker's `IDV_*` variables.
    A subscriber needs no keys and no thresholds.
    """

    # The input in an error may be a password.
    model_config = SettingsConfigDict(env_prefix="IDV_", extra="ignore", hide_input_in_errors=True)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, SecretFiles(settings_cls)


class Seen(Protocol):
    """The ids of handled events: any set, or a table with these two methods."""

    def __contains__(self, event_id: str, /) -> bool: ...

    def add(self, event_id: str, /) -> None: ...


class Recent:
    """The latest ids, in memory: repeats are close together, but a restart loses the ids."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._ids: dict[str, None] = {}

    def __contains__(self, event_id: str, /) -> bool:
        return event_id in self._ids

    def add(self, event_id: str, /) -> None:
        self._ids[event_id] = None
        if len(self._ids) > self._size:
            del self._ids[next(iter(self._ids))]


class Subscriber(Generic[Event]):
    """Follows idv.verifications, idv.alerts, idv.cases or idv.dispositions as a member of `group`.

    A new group starts with the oldest record. `consumer` are further arguments of aiokafka's
    AIOKafkaConsumer. UnknownSchemaError for a value of a schema that neither this release nor the
    registry knows.
    """

    def __init__(
        self,
        kind: type[Event],
        group: str,
        access: Access | None = None,
        *,
        seen: Seen | None = None,
        **consumer: Any,
    ) -> None:
        access = access or Access()
        registry = access.registry()
        self._kind: type[Event] = kind
        self._topic, self._id = _STREAMS[kind]
        self._seen = Recent() if seen is None else seen
        self._writers = writers(registry) if registry else None
        self._settings = {"auto_offset_reset": "earliest", **access.clients(), **consumer}
        self._group = group
        self._done: dict[TopicPartition, int] = {}
        self._committed_at = time.monotonic()

    async def __aenter__(self) -> Subscriber[Event]:
        self._consumer = AIOKafkaConsumer(
            **self._settings, group_id=self._group, enable_auto_commit=False
        )
        self._consumer.subscribe([self._topic], listener=_Moves(self))
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._commit()
        finally:
            await self._consumer.stop()

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            fetched = await self._consumer.getmany(timeout_ms=int(COMMIT_S * 1000), max_records=1)
            for tp, records in fetched.items():
                for record in records:
                    if record.value is not None:
                        event = self._event(record.value)
                        identity = getattr(event, self._id)
                        if identity not in self._seen:
                            yield event
                            self._seen.add(identity)
                    self._done[tp] = record.offset + 1
            if time.monotonic() - self._committed_at >= COMMIT_S:
                await self._commit()

    def _event(self, value: bytes) -> Event:
        _, record = schemas.decode(value, self._writers)
        return schemas.typed(record, self._kind)

    async def _commit(self) -> None:
        """Commit handled events. Those of reassigned partitions are repeated by the new member."""
        mine = self._consumer.assignment()
        done, self._done = {tp: at for tp, at in self._done.items() if tp in mine}, {}
        self._committed_at = time.monotonic()
        if done:
            try:
                await self._consumer.commit(done)
            except CommitFailedError:
                return


_STREAMS: dict[type, tuple[str, str]] = {
    Verification: (VERIFICATIONS, "event_id"),
    Alert: (ALERTS, "alert_id"),
    Case: (CASES, "change_id"),
    Disposition: (DISPOSITIONS, "disposition_id"),
}


class _Moves(ConsumerRebalanceListener):  # type: ignore[misc]
    """Commits handled events before a partition moves to another member."""

    def __init__(self, subscriber: Subscriber[Any]) -> None:
        self._subscriber = subscriber

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        del revoked
        await self._subscriber._commit()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        del assigned
