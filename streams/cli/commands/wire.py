"""Decodes values of the decision topics, in either encoding."""

from __future__ import annotations

from functools import cache
from typing import Any

from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import fail
from streams.contracts import avro as schemas
from streams.kafka.registry import RegistryError, writers


def decode(value: bytes) -> tuple[str, dict[str, Any]]:
    """`(kind, record)`. Raises UnknownSchemaError; exits if the registry does not answer."""
    try:
        return schemas.decode(value, _writers() if value[:1] == b"\x00" else None)
    except RegistryError as error:
        fail(str(error), hint="values in Confluent's wire format need the schema registry")


@cache
def _writers() -> schemas.Writers | None:
    registry = load_or_fail().registry()
    return writers(registry) if registry else None
