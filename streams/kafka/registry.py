"""The schema registry: schema ids for the worker, schemas for readers.

Subjects follow Confluent's default strategy, `<topic>-value`. A worker requests the ids once, at
start, and caches them beside its state, so it needs no registry later or at the next start.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import fastavro
import msgspec
import structlog
from fastavro.schema import to_parsing_canonical_form
from pydantic import BaseModel, Field, SecretStr

from streams.contracts.avro import (
    CONTRACTS,
    KINDS,
    PREFIXES,
    UnknownSchemaError,
    Writers,
    registry_prefix,
)
from streams.contracts.topics import ALERTS, AUDIT, CASES, DISPOSITIONS, VERIFICATIONS

log = structlog.get_logger()

_TOPICS = {
    "verification": VERIFICATIONS, "alert": ALERTS, "case": CASES, "disposition": DISPOSITIONS,
    "audit": AUDIT,
}  # fmt: skip
SUBJECTS = {kind: f"{topic}-value" for kind, topic in _TOPICS.items()}
LEVEL = "BACKWARD_TRANSITIVE"
TIMEOUT_S = 10
CACHE = "schema-ids.json"
NOT_FOUND = (40401, 40402, 40403, 40408)


class RegistryError(Exception):
    """The registry cannot be used, or refuses a schema; the message has the reason."""


class RegistryAccess(BaseModel):
    """The settings of the schema registry."""

    schema_registry_url: str | None = Field(
        None,
        description="Write Confluent's wire format with schemas of this registry; without it, "
        "Avro single-object encoding.",
    )
    schema_registry_username: str | None = Field(None, description="If the registry requires one.")
    schema_registry_password: SecretStr | None = Field(None, description="Password of that user.")
    schema_registry_ca_file: Path | None = Field(
        None, description="PEM file of CAs to verify the registry with; else the system's."
    )

    def registry(self) -> Registry | None:
        """A client, if a registry is set. Raises RegistryError without the extra `registry`."""
        return Registry(self) if self.schema_registry_url else None


class Status(NamedTuple):
    """State of one of our schemas in the registry. `id` is None if it is not registered;
    `problems` are the reasons why it cannot be.
    """

    kind: str
    subject: str
    level: str | None
    id: int | None
    problems: list[str]

    @property
    def is_ready(self) -> bool:
        return self.id is not None and self.level == LEVEL


class Registry:
    """Methods raise RegistryError if the registry does not answer or refuses."""

    def __init__(self, access: RegistryAccess) -> None:
        try:
            from confluent_kafka.schema_registry import SchemaRegistryClient
        except ImportError as error:
            raise RegistryError(
                "no client of the schema registry; pip install 'idv-streams[registry]'"
            ) from error
        url = access.schema_registry_url or ""
        settings: dict[str, Any] = {"url": url, "timeout": TIMEOUT_S, "max.retries": 2}
        if access.schema_registry_ca_file:
            settings["ssl.ca.location"] = str(access.schema_registry_ca_file)
        if access.schema_registry_username and access.schema_registry_password:
            secret = access.schema_registry_password.get_secret_value()
            settings["basic.auth.user.info"] = f"{access.schema_registry_username}:{secret}"
        self.url = url
        try:
            self._client = SchemaRegistryClient(settings)
        except ValueError as error:
            raise RegistryError(f"schema_registry_url {url}: {error}") from error

    def status(self, kind: str) -> Status:
        """Registration of one of our schemas, and the problems of registering it."""
        subject, schema = SUBJECTS[kind], _schema(kind)
        registered = self._request(self._client.lookup_schema, subject, schema)
        level = self._level(subject)
        if registered is not None:
            return Status(kind, subject, level, registered.schema_id, [])
        problems = []
        if self._request(self._client.get_versions, subject) and not self._request(
            self._client.test_compatibility_all_versions, subject, schema
        ):
            problems.append("it cannot read what an earlier version wrote")
        return Status(kind, subject, level, None, problems)

    def register(self, kind: str) -> Status:
        """Register one of our schemas with compatibility level `LEVEL`.

        If the subject has versions, the level is set first, so that it applies to this one.
        """
        subject = SUBJECTS[kind]
        exists = bool(self._request(self._client.get_versions, subject))
        if exists:
            self._set_level(subject)
        self._request(self._client.register_schema, subject, _schema(kind))
        if not exists:
            self._set_level(subject)
        return self.status(kind)

    def schema(self, schema_id: int) -> dict[str, Any]:
        """The parsed schema of an id. Raises UnknownSchemaError for an unregistered one."""
        found = self._request(self._client.get_schema, schema_id)
        if found is None:
            raise UnknownSchemaError(f"the schema registry has no id {schema_id}")
        parsed = fastavro.parse_schema(json.loads(found.schema_str))
        assert isinstance(parsed, dict)
        return parsed

    def _level(self, subject: str) -> str | None:
        """Compatibility level of the subject, else the registry's default."""
        own: str | None = self._request(self._client.get_compatibility, subject)
        common: str | None = own or self._request(self._client.get_compatibility)
        return common

    def _set_level(self, subject: str) -> None:
        self._request(self._client.set_compatibility, subject, LEVEL)

    def _request(self, method: Any, *arguments: Any) -> Any:
        """The registry's answer; None for "not found"."""
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        try:
            return method(*arguments)
        except SchemaRegistryError as error:
            if error.error_code in NOT_FOUND or error.http_status_code == 404:
                return None
            raise RegistryError(
                f"the schema registry at {self.url} refuses: {error.error_message}"
            ) from error
        except Exception as error:  # from the HTTP library, which the client does not wrap
            raise RegistryError(
                f"the schema registry at {self.url} does not answer ({type(error).__name__})"
            ) from error


def _schema(kind: str) -> Any:
    from confluent_kafka.schema_registry import Schema

    return Schema(json.dumps(CONTRACTS[kind]), "AVRO")


def ids(registry: Registry, folder: Path, *, may_register: bool) -> dict[str, int]:
    """Kind → id of our schema, cached in `folder`.

    The cache is used if the registry does not answer. `may_register` registers missing schemas;
    otherwise they raise RegistryError.
    """
    file = folder / CACHE
    try:
        found = {kind: _id(registry, kind, may_register) for kind in KINDS}
    except _MissingError:
        raise
    except RegistryError as error:
        kept = _kept(file, registry.url)
        if kept is None:
            raise
        log.warning("schema registry unavailable; using the cached ids", reason=str(error))
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode({"of": _identity(registry.url), "ids": found}))
    return found


class _MissingError(RegistryError):
    """The registry answered and has no such schema."""


def _id(registry: Registry, kind: str, may_register: bool) -> int:
    status = registry.status(kind)
    if status.id is None and may_register and not status.problems:
        status = registry.register(kind)
    if status.id is None:
        why = "; ".join(status.problems) or "it is not registered"
        raise _MissingError(f"schema of {status.subject}: {why}; see `idv schema check`")
    return status.id


def _identity(url: str) -> str:
    """Hash of the registry's URL and our schemas: the cached ids are valid for these only."""
    canonical = (to_parsing_canonical_form(CONTRACTS[kind]) for kind in KINDS)
    return hashlib.sha256("\n".join([url, *canonical]).encode()).hexdigest()


def _kept(file: Path, url: str) -> dict[str, int] | None:
    try:
        kept = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return dict(kept["ids"]) if kept.get("of") == _identity(url) else None


def prefixes(registry: Registry | None, folder: Path, *, may_register: bool) -> Mapping[str, bytes]:
    """Kind → what stands before a value's Avro body. RegistryError as for `ids`."""
    if registry is None:
        return PREFIXES
    found = ids(registry, folder, may_register=may_register)
    return {kind: registry_prefix(number) for kind, number in found.items()}


def writers(registry: Registry) -> Writers:
    """For readers: schemas by id, each requested once."""
    return lru_cache(maxsize=None)(registry.schema)
