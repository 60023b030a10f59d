"""Values of the decision topics as commands read them, whichever encoding they have."""

from __future__ import annotations

from functools import cache
from typing import Any

from streams.cli.commands.settings import load_or_fail
from streams.cli.commands.terminal import fail
from streams.contracts import avro as schemas
from streams.kafka.registry import RegistryError, writers


def decode(value: bytes) -> tuple[str, dict[str, Any]]:
    """`(kind, record)`. Raises UnknownSchemaError; a clear end where a registry cannot be asked."""
    try:
        return schemas.decode(value, _writers() if value[:1] == b"\x00" else None)
    except RegistryError as error:
        fail(str(error), hint="values in Confluent's wire format need the registry they name")


@cache
def _writers() -> schemas.Writers | None:
    registry = load_or_fail().registry()
    return writers(registry) if registry else None
