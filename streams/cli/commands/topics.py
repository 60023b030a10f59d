"""`idv topics`: lists, creates and compares the topics of avro/topics.yaml."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from aiokafka.admin import AIOKafkaAdminClient
from rich.table import Table

from streams.cli.commands.acls import acls
from streams.cli.commands.inputs import Bootstrap, Json
from streams.cli.commands.kafka import client_settings, connected
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import FAILED, fail, flush, json_line, out, show_table
from streams.contracts.topics import Difference, load
from streams.kafka.admin import TopicError, apply_topics, compare_topics

app = typer.Typer(
    help="The topics in avro/topics.yaml.", no_args_is_help=True, add_completion=False
)

app.command()(acls)

Partitions = Annotated[
    int | None, typer.Option(min=1, help="Partitions of every topic, instead of those in the file.")
]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show the topics of the file: content, writers and readers."""
    plan = load()
    if as_json:
        for topic in plan.topics:
            json_line(topic)
        flush()
        return
    table = Table(box=None, header_style="dim")
    for column in ("topic", "partitions", "kept", "from → to"):
        table.add_column(column, no_wrap=True)
    table.add_column("content")
    for topic in plan.topics:
        access = f"{', '.join(topic.writers)} → {', '.join(topic.readers)}"
        kept = topic.retention if topic.cleanup == "delete" else f"{topic.retention}, compacted"
        table.add_row(topic.name, str(topic.partitions), kept, access, topic.description)
    show_table(table)


@app.command()
def apply(
    partitions: Partitions = None, bootstrap: Bootstrap = None, as_json: Json = False
) -> None:
    """Create missing topics. Existing ones are never changed or deleted."""
    plan, profile = load(partitions), load_or_fail().profile

    async def create() -> list[str]:
        async with connected(AIOKafkaAdminClient, **client_settings(bootstrap)) as admin:
            return await apply_topics(admin, plan, profile)

    try:
        created = asyncio.run(create())
    except TopicError as error:
        fail(str(error))
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
    """Compare the broker's topics with the file; exit 1 if they differ."""
    plan, profile = load(partitions), load_or_fail().profile

    async def compare() -> list[Difference]:
        async with connected(AIOKafkaAdminClient, **client_settings(bootstrap)) as admin:
            return await compare_topics(admin, plan, profile)

    found = asyncio.run(compare())
    for difference in found:
        if as_json:
            json_line(difference)
        else:
            out.print(_as_line(difference))
    flush()
    if found:
        raise typer.Exit(FAILED)
    if not as_json:
        out.print("the broker's topics match the file")


def _as_line(difference: Difference) -> str:
    if difference.found is None and difference.wanted is None:
        return f"[red]{difference.what}[/]  {difference.topic}"
    return (
        f"[yellow]{difference.what}[/]  {difference.topic}: "
        f"{difference.found} instead of {difference.wanted}"
    )
