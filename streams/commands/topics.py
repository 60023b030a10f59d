"""`idv topics`: create, list and compare what avro/topics.yaml says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code
from rich.table import Table

from streams.commands.console import FAILED, fail, flush, json_line, out
from streams.commands.inputs import Bootstrap, Json
from streams.commands.kafka import client_settings, connected
from streams.topics import Difference, Existing, Plan, Profile, differences, load
from streams.worker.settings import SettingsError
from streams.worker.settings import load as load_settings

app = typer.Typer(help="The topics that avro/topics.yaml lists.", no_args_is_help=True)

ALREADY_EXISTS = 36
Partitions = Annotated[
    int | None, typer.Option(min=1, help="Partitions of every topic, instead of the file's.")
]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show the topics of the file: what they hold, and who writes and reads them."""
    plan = load()
    if as_json:
        for topic in plan.topics:
            json_line(topic)
        flush()
        return
    table = Table(box=None, header_style="dim")
    for column in ("topic", "partitions", "retention", "cleanup", "writers", "readers", "holds"):
        table.add_column(column)
    for topic in plan.topics:
        table.add_row(
            topic.name, str(topic.partitions), topic.retention, topic.cleanup,
            ", ".join(topic.writers), ", ".join(topic.readers), topic.description,
        )  # fmt: skip
    out.print(table)


@app.command()
def apply(
    partitions: Partitions = None, bootstrap: Bootstrap = None, as_json: Json = False
) -> None:
    """Create the topics that are missing. Nothing is ever deleted or changed."""
    created = asyncio.run(apply_topics(client_settings(bootstrap), load(partitions), _profile()))
    for name in created:
        if as_json:
            json_line({"created": name})
        else:
            out.print(f"[green]created[/] {name}")
    if not created and not as_json:
        out.print("all topics exist")
    flush()


@app.command()
def diff(partitions: Partitions = None, bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """Compare the broker's topics with the file; exit 1 where they differ."""
    found = asyncio.run(_compare(client_settings(bootstrap), load(partitions), _profile()))
    for difference in found:
        if as_json:
            json_line(difference)
        else:
            out.print(_as_line(difference))
    flush()
    if found:
        raise typer.Exit(FAILED)
    if not as_json:
        out.print("the broker's topics are as the file says")


async def apply_topics(settings: dict[str, Any], plan: Plan, profile: Profile) -> list[str]:
    """Create what is missing; the names of what was created."""
    copies = plan.profiles[profile]
    async with _admin(settings) as admin:
        existing = set(await admin.list_topics())
        new = [
            NewTopic(
                topic.name,
                topic.partitions,
                copies.replication,
                topic_configs=topic.config(copies.min_insync_replicas),
            )
            for topic in plan.topics
            if topic.name not in existing
        ]
        if not new:
            return []
        response = await admin.create_topics(new)
    refused = [e for e in response.topic_errors if e[1] not in (0, ALREADY_EXISTS)]
    for name, code, message, *_ in refused:
        fail(f"Kafka will not create {name}: {message or for_code(code).__name__}")
    return [topic.name for topic in new]


async def _compare(settings: dict[str, Any], plan: Plan, profile: Profile) -> list[Difference]:
    names = [topic.name for topic in plan.topics]
    async with _admin(settings) as admin:
        present = [name for name in names if name in set(await admin.list_topics())]
        described = await admin.describe_topics(present) if present else []
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
        responses = await admin.describe_configs(resources) if present else []
    configs = {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for response in responses
        for resource in response.resources
    }
    existing = {
        d["topic"]: Existing(len(d["partitions"]), configs.get(d["topic"], {})) for d in described
    }
    return differences(plan, profile, existing)


@asynccontextmanager
async def _admin(settings: dict[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**settings)
    admin.stop = admin.close
    async with connected(admin) as client:
        yield client


def _profile() -> Profile:
    try:
        return load_settings().profile
    except SettingsError as error:
        fail(str(error), hint="`idv config check` shows all problems")


def _as_line(difference: Difference) -> str:
    if difference.found is None and difference.wanted is None:
        return f"[red]{difference.what}[/]  {difference.topic}"
    return (
        f"[yellow]{difference.what}[/]  {difference.topic}: "
        f"{difference.found} instead of {difference.wanted}"
    )
