"""`idv topics acls`: Kafka ACLs as a table, as commands, or created in Kafka."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from aiokafka.admin import AIOKafkaAdminClient
from rich.table import Table

from streams.cli.commands.inputs import Bootstrap, Json
from streams.cli.commands.kafka import client_settings, connected
from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import USAGE, fail, flush, json_line, out, show_table, visible
from streams.contracts.topics import load
from streams.kafka.acls import AclError, Rule, apply_rules, principals, rules


def acls(
    principal: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=PRINCIPAL",
            help="Principal of a role, as worker=User:CN=idv; default User:idv-ROLE. Repeatable.",
        ),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Create the rules in Kafka; none is ever removed.")
    ] = False,
    commands: Annotated[
        bool, typer.Option("--commands", help="Print the commands for kafka-acls.sh.")
    ] = False,
    as_json: Json = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Show the Kafka ACLs for the roles in avro/topics.yaml."""
    plan = load()
    wanted = rules(plan, principals(plan, _chosen(principal or [], plan.roles)))
    if apply:
        _apply(wanted, bootstrap)
        return
    if commands:
        servers = load_or_fail(bootstrap_servers=bootstrap).bootstrap_servers
        for rule in wanted:
            typer.echo(rule.command(servers))
    elif as_json:
        for rule in wanted:
            json_line(rule)
    else:
        _show(wanted)
    flush()


def _chosen(pairs: list[str], roles: list[str]) -> dict[str, str]:
    chosen = {}
    for pair in pairs:
        role, _, name = pair.partition("=")
        if role not in roles or not name.partition(":")[2]:
            fail(
                f"{pair!r} is not a role and a principal",
                hint=f"write ROLE=User:NAME; roles are {', '.join(roles)}",
                code=USAGE,
            )
        chosen[role] = name
    return chosen


def _apply(wanted: list[Rule], bootstrap: str | None) -> None:
    async def store() -> None:
        async with connected(AIOKafkaAdminClient, **client_settings(bootstrap)) as admin:
            await apply_rules(admin, wanted)

    try:
        asyncio.run(store())
    except AclError as error:
        fail(str(error), hint="Kafka needs an authorizer, and this user the right to create ACLs")
    out.print(f"{len(wanted)} rules are stored")


def _show(wanted: list[Rule]) -> None:
    table = Table(box=None, header_style="dim")
    for column in ("role", "principal", "may", "on", "name"):
        table.add_column(column)
    for rule in sorted(wanted, key=lambda r: (r.role, r.resource, r.name, r.operation)):
        name = rule.name + ("*" if rule.prefixed else "")
        table.add_row(rule.role, visible(rule.principal), rule.operation, rule.resource, name)
    show_table(table)
