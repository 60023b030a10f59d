"""Kafka ACLs, derived from the roles in avro/topics.yaml.

A broker with an authorizer denies by default. The rules grant what clients need and no more; an
idempotent producer needs only WRITE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest
from msgspec import Struct

from streams.contracts.topics import Plan

Resource = Literal["topic", "group"]
Operation = Literal["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"]

OPERATOR, WORKER, CONSOLE = "operator", "worker", "console"
# They see how far a group is behind: which records there are, not what they hold.
_WATCHERS = (OPERATOR, CONSOLE)

# Kafka's protocol: org.apache.kafka.common.resource.ResourceType, PatternType, and
# org.apache.kafka.common.acl.AclOperation, AclPermissionType.
_RESOURCES: dict[Resource, int] = {"topic": 2, "group": 3}
_LITERAL, _PREFIXED = 3, 4
_OPERATIONS: dict[Operation, int] = {
    "READ": 3, "WRITE": 4, "DESCRIBE": 8, "DESCRIBE_CONFIGS": 10,
}  # fmt: skip
_ALLOW = 3


class AclError(Exception):
    """Kafka refused to create a rule; the message has the rule and the reason."""


class Rule(Struct, frozen=True):
    """One allowed operation, from any host."""

    role: str
    principal: str
    resource: Resource
    name: str
    operation: Operation
    prefixed: bool = False

    def command(self, bootstrap: str) -> str:
        """The `kafka-acls.sh` command that adds this rule."""
        pattern = " --resource-pattern-type prefixed" if self.prefixed else ""
        operation = "".join(part.capitalize() for part in self.operation.split("_"))
        return (
            f"kafka-acls.sh --bootstrap-server {bootstrap} --add "
            f"--allow-principal '{self.principal}' --operation {operation} "
            f"--{self.resource} '{self.name}'{pattern}"
        )


def principals(plan: Plan, chosen: Mapping[str, str]) -> dict[str, str]:
    """Role → principal: `User:idv-<role>` unless chosen otherwise."""
    return {role: f"User:idv-{role}" for role in plan.roles} | dict(chosen)


def rules(plan: Plan, names: Mapping[str, str]) -> list[Rule]:
    """The rules for `names` (role → principal), without duplicates."""
    return list(dict.fromkeys(_rules(plan, names)))


def _rules(plan: Plan, names: Mapping[str, str]) -> Iterator[Rule]:
    for topic in plan.topics:
        granted: list[tuple[Operation, list[str]]] = [
            ("WRITE", topic.writers),
            ("READ", topic.readers),
            ("DESCRIBE", [*topic.writers, *topic.readers, *_WATCHERS]),
            # At start a worker checks the size limits and retention of its topics.
            ("DESCRIBE_CONFIGS", [OPERATOR, *({WORKER} & {*topic.writers, *topic.readers})]),
        ]
        for operation, roles in granted:
            for role in roles:
                yield Rule(role, names[role], "topic", topic.name, operation)
    for group in plan.groups:
        for role in group.members:
            yield Rule(role, names[role], "group", group.name, "READ", group.prefixed)
        for role in dict.fromkeys([*group.members, *_WATCHERS]):
            yield Rule(role, names[role], "group", group.name, "DESCRIBE", group.prefixed)


async def apply_rules(admin: AIOKafkaAdminClient, wanted: list[Rule]) -> None:
    """Create the rules that do not exist yet. Raises AclError."""
    response = await admin._send_request(_Creations(wanted))
    for rule, (code, message) in zip(wanted, response.creation_responses, strict=True):
        if code:
            why = message or for_code(code).__name__
            raise AclError(f"Kafka does not store {rule.command('…')}: {why}")


class _Creations(CreateAclsRequest):  # type: ignore[misc]
    """All rules in one request; the library's own class sends one."""

    def __init__(self, wanted: list[Rule]) -> None:
        self._wanted = wanted

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class([_creation(rule) for rule in self._wanted])


def _creation(rule: Rule) -> tuple[int | str, ...]:
    return (
        _RESOURCES[rule.resource],
        rule.name,
        _PREFIXED if rule.prefixed else _LITERAL,
        rule.principal,
        "*",
        _OPERATIONS[rule.operation],
        _ALLOW,
    )
