"""What the chart must hold itself, since helm reads no file outside a chart."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from streams.contracts.topics import Plan, load
from streams.kafka.acls import Rule, principals, rules

CHART = "deploy/helm/idv-streams"
RULES = "deploy/prometheus/rules"
_NOTE = "# Written by `make docs` from avro/topics.yaml: change that instead.\n"
# Strimzi's names of Kafka's operations.
_OPERATIONS = {
    "READ": "Read", "WRITE": "Write", "DESCRIBE": "Describe", "DESCRIBE_CONFIGS": "DescribeConfigs",
}  # fmt: skip


def files(root: Path) -> dict[str, str]:
    """The chart's copies of the alerting rules, and its topics and users."""
    copies = {
        f"{CHART}/files/rules/{file.name}": file.read_text(encoding="utf-8")
        for file in sorted((root / RULES).glob("*.yml"))
    }
    plan = load()
    kafka = {"topics": list(map(_topic, plan.topics)), "users": _users(plan)}
    text = yaml.safe_dump(kafka, sort_keys=False, width=100)
    return copies | {f"{CHART}/files/kafka.yaml": _NOTE + text}


def _topic(topic: Any) -> dict[str, Any]:
    config = topic.config(min_insync_replicas=0)
    del config["min.insync.replicas"]  # The chart's values say how many.
    return {"name": topic.name, "partitions": topic.partitions, "config": config}


def _users(plan: Plan) -> list[dict[str, Any]]:
    names = principals(plan, {})
    found = []
    for role in plan.roles:
        mine = [rule for rule in rules(plan, names) if rule.role == role]
        mine.sort(key=_resource)
        acls = [_acl(list(group)) for _, group in groupby(mine, _resource)]
        found.append({"role": role, "name": names[role].removeprefix("User:"), "acls": acls})
    return found


def _resource(rule: Rule) -> tuple[str, str, bool]:
    return rule.resource, rule.name, rule.prefixed


def _acl(allowed: list[Rule]) -> dict[str, Any]:
    """All that is allowed on one resource."""
    first = allowed[0]
    pattern = "prefix" if first.prefixed else "literal"
    return {
        "resource": {"type": first.resource, "name": first.name, "patternType": pattern},
        "operations": sorted({_OPERATIONS[rule.operation] for rule in allowed}),
    }
