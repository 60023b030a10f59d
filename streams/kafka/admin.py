"""Topics on a broker: describe them, compare them with avro/topics.yaml, create missing ones."""

from __future__ import annotations

from collections.abc import Collection

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from streams.contracts.topics import Difference, Existing, Plan, Profile, differences

ALREADY_EXISTS = 36


class TopicError(Exception):
    """Kafka refused to create a topic; the message has the topic and the reason."""


async def apply_topics(admin: AIOKafkaAdminClient, plan: Plan, profile: Profile) -> list[str]:
    """Create missing topics and return their names. Raises TopicError."""
    copies = plan.profiles[profile]
    existing = set(await admin.list_topics())
    missing = [topic for topic in plan.topics if topic.name not in existing]
    if not missing:
        return []
    response = await admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partitions,
                copies.replication,
                topic_configs=topic.config(copies.min_insync_replicas),
            )
            for topic in missing
        ]
    )
    for name, code, message, *_ in response.topic_errors:
        if code not in (0, ALREADY_EXISTS):
            raise TopicError(f"Kafka does not create {name}: {message or for_code(code).__name__}")
    return [topic.name for topic in missing]


async def compare_topics(
    admin: AIOKafkaAdminClient, plan: Plan, profile: Profile
) -> list[Difference]:
    """Topics and settings that are missing on the broker or differ from the plan."""
    listed = set(await admin.list_topics())
    names = [topic.name for topic in plan.topics if topic.name in listed]
    partitions = await partition_counts(admin, names)
    configs = await topic_settings(admin, names)
    existing = {name: Existing(partitions[name], configs.get(name, {})) for name in names}
    return differences(plan, profile, existing)


async def partition_counts(
    admin: AIOKafkaAdminClient, topics: Collection[str] | None = None
) -> dict[str, int]:
    """Topic → number of partitions. Named topics must exist; None selects all topics."""
    if topics is not None and not topics:
        return {}
    described = await admin.describe_topics(None if topics is None else list(topics))
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def topic_settings(
    admin: AIOKafkaAdminClient, topics: Collection[str]
) -> dict[str, dict[str, str]]:
    """Topic → its effective Kafka settings, defaults included."""
    if not topics:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
    responses = await admin.describe_configs(resources)
    return {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for response in responses
        for resource in response.resources
    }
