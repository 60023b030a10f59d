"""Checks before the start: topics exist, with equal partitions, sizes and retention.

Faust ignores a missing topic silently, and unequal partitions break its tables.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from streams.config.settings import Settings, SettingsError, StartError
from streams.contracts.topics import (
    ALERTS,
    CASES,
    DISPOSITIONS,
    REJECTED,
    STAGE_TOPICS,
    VERIFICATIONS,
    changelog_topic,
    load,
    raw_topic,
)
from streams.kafka.admin import partition_counts, topic_settings
from streams.vendors import VENDORS
from streams.worker.state.store import TRUSTED_S, Store

log = structlog.get_logger()

CONNECT_TIMEOUT_S = 15.0
RAW_TOPICS = tuple(map(raw_topic, VENDORS))
CONSUMED = (*RAW_TOPICS, *STAGE_TOPICS.values(), DISPOSITIONS)
_DAY_MS = 86_400_000

TopicSettings = Mapping[str, Mapping[str, str]]


async def check_topics(settings: Settings) -> None:
    """Raises StartError if topics are missing or their settings do not fit."""
    changelogs = {changelog_topic(settings.app_id, n): topic for n, topic in STAGE_TOPICS.items()}
    wanted = [*CONSUMED, *changelogs, VERIFICATIONS, ALERTS, CASES, REJECTED]
    described, configured = await _described(settings, wanted)
    if missing := [topic for topic in wanted if topic not in described]:
        raise StartError(
            f"topics are missing, or hidden from this user: {', '.join(missing)}; "
            "run `idv topics apply`, and where Kafka has an authorizer `idv topics acls`"
        )
    for changelog, source in changelogs.items():
        if described[changelog] != described[source]:
            raise StartError(
                f"{source} has {described[source]} partitions and {changelog} has "
                f"{described[changelog]}; they must be equal, since state moves with its topic"
            )
    if hidden := [topic for topic in wanted if not configured.get(topic)]:
        log.warning("topic settings cannot be read", topics=hidden, right="DESCRIBE_CONFIGS")
    _check_retention(configured)
    _check_sizes(configured, settings.app_id)
    tombstones = [int(configured[t].get("delete.retention.ms", _DAY_MS)) for t in changelogs]
    Store.trusted_s = min(TRUSTED_S, min(tombstones) / 2000)


async def _described(
    settings: Settings, wanted: Iterable[str]
) -> tuple[dict[str, int], dict[str, dict[str, str]]]:
    """Topic → number of partitions; wanted topic → settings, {} without the right to read them."""
    try:
        admin = AIOKafkaAdminClient(**settings.kafka())
    except SettingsError as error:
        raise StartError(str(error)) from error
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await admin.start()
            described = await partition_counts(admin)
            there = [topic for topic in wanted if topic in described]
            return described, {t: {} for t in there} | await topic_settings(admin, there)
    except (KafkaConnectionError, TimeoutError, OSError) as error:
        refused = "; or it refused the certificate or the credentials that the settings name"
        raise StartError(
            f"no Kafka answers at {settings.bootstrap_servers}; "
            "start one with `idv broker`, or set IDV_BOOTSTRAP_SERVERS"
            + ("" if settings.security_protocol == "PLAINTEXT" else refused)
        ) from error
    finally:
        await admin.close()


def _check_retention(configured: TopicSettings) -> None:
    """A raw record is committed once its event is on a stage topic. If stage topics had a shorter
    retention than raw topics, a long outage would lose the events between the stages.
    """
    kept = {
        topic: int(configured[topic]["retention.ms"]) % 2**63  # -1 is unlimited
        for topic in CONSUMED
        if "retention.ms" in configured[topic]
    }
    longest = max((t for t in RAW_TOPICS if t in kept), key=kept.__getitem__, default=None)
    for stage in STAGE_TOPICS.values():
        if longest and kept.get(stage, kept[longest]) < kept[longest]:
            wanted = f"retention.ms={configured[longest]['retention.ms']}"
            raise StartError(
                f"{stage} keeps records for {kept[stage] / _DAY_MS:g} days and {longest} for "
                f"{kept[longest] / _DAY_MS:g}: after a longer outage events between the stages "
                f"would be lost; {_alter(stage, wanted)}"
            )


def _check_sizes(configured: TopicSettings, app_id: str) -> None:
    """A record that its topic refuses would end the worker at every restart."""
    limits = {topic.name: topic.max_message_bytes for topic in load().topics}
    changelogs = {
        changelog_topic(app_id, table): limits[changelog_topic("idv", table)]
        for table in STAGE_TOPICS
    }
    sent = (*STAGE_TOPICS.values(), VERIFICATIONS, ALERTS, CASES, REJECTED)
    for topic, limit in ({topic: limits[topic] for topic in sent} | changelogs).items():
        taken = int(configured[topic].get("max.message.bytes", limit))
        if taken < limit:
            raise StartError(
                f"{topic} takes records of {taken} bytes, and the worker may send {limit}; "
                f"{_alter(topic, f'max.message.bytes={limit}')}"
            )


def _alter(topic: str, setting: str) -> str:
    return f"raise it: kafka-configs.sh --alter --topic {topic} --add-config {setting}"
