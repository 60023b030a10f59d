"""Settings of the worker and the command line: `IDV_*` variables over a TOML file.

`IDV_CONFIG` names the file (default `idv.toml` in the working directory, where it exists).
Nested tables are reached with two underscores: `IDV_RULES__IP_DISTANCE__ENABLED=false`.
"""

from __future__ import annotations

import os
import re
import tomllib
import uuid
from pathlib import Path
from typing import Any, Literal

import maxminddb
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableError

from streams.config import secret_files
from streams.config.console import Console
from streams.config.fetch import Fetch
from streams.config.gateway import Gateway, refuse_unknown_vendors
from streams.config.secret_files import SecretFiles
from streams.contracts.model import Environment
from streams.kafka.registry import RegistryAccess
from streams.kafka.security import KafkaAccess, SettingsError
from streams.pipeline.enrichments import ENRICHMENTS
from streams.pipeline.geo.database import IpLookup, database_lookup
from streams.pipeline.geo.gazetteer import Gazetteer
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.policy import SECTIONS, Policy, policy_from

__all__ = ["Settings", "SettingsError", "StartError", "WithoutKeys", "config_file", "load"]

# For the dev profile and offline commands. It is public, so it protects nothing.
DEV_HMAC_KEY = "dev:idv-streams-development-key"
KEY = re.compile(r"^[A-Za-z0-9_]{1,16}$")
SHORTEST_KEY = 16


class StartError(Exception):
    """A service cannot start; the message has the reason and the fix."""


_SECTIONS: Any = {
    name: (dict[str, Any], Field(default_factory=dict, description=enrichment.description))
    for name, enrichment in ENRICHMENTS.items()
}
EnrichmentSections = create_model("EnrichmentSections", **_SECTIONS)


class Settings(BaseSettings, EnrichmentSections, RegistryAccess, KafkaAccess):  # type: ignore[misc, valid-type]
    """All settings, validated at start."""

    model_config = SettingsConfigDict(
        env_prefix="IDV_", env_nested_delimiter="__", extra="forbid", validate_default=True
    )

    profile: Literal["dev", "production"] = Field(
        "dev",
        description="`production` requires keys of its own and encrypted connections to Kafka.",
    )
    hmac_keys: SecretStr | None = Field(
        None,
        description="`version:secret` pairs separated by commas; the first writes, all are looked "
        "up. A secret has at least 16 characters.",
    )
    app_id: str = Field("idv", description="Consumer group, and prefix of the changelog topics.")
    data_dir: Path = Field(Path("data"), description="Directory of state; one per worker.")
    instance_id: str | None = Field(
        None,
        description="Static name of this worker in its group; by default a random one, stored in "
        "the data directory.",
    )
    standby_replicas: int = Field(0, ge=0, le=3, description="Warm copies of state per partition.")
    metrics_host: str = Field("127.0.0.1", description="Address of /metrics, /live and /ready.")
    metrics_port: int = Field(9464, ge=0, le=65535, description="0 selects a free port.")
    commit_interval_s: float = Field(1.0, gt=0, le=60, description="Seconds between commits.")
    barrier_timeout_s: float = Field(
        45.0, gt=0, le=300,
        description="If a batch is not acknowledged by then, the worker exits.",
    )  # fmt: skip
    session_timeout_s: float = Field(
        45.0, ge=6, le=300, description="After this silence Kafka reassigns a worker's partitions."
    )
    metadata_max_age_s: float = Field(
        60.0, ge=1, le=3600, description="New partitions of a topic are detected within this time."
    )
    environments: dict[str, Environment] = Field(
        default_factory=dict,
        description="Environment of a vendor's records that carry none; LIVE by default.",
    )
    geoip_database: Path | None = Field(
        None, description="A MaxMind-format city database, for IPs that a vendor did not locate."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Minimum level of logs: `debug`, `info`, `warning`, `error`."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="`auto`: console on a terminal, else JSON lines."
    )
    links: dict[str, Any] = Field(
        default_factory=dict, description="Kinds of links in use, bounds and thresholds."
    )
    rules: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="Per rule: enabled, shadow, cooldown_minutes, allow, and its thresholds.",
    )
    known: dict[str, Any] = Field(
        default_factory=dict,
        description="Subjects, devices (per vendor), networks, documents, phones and e-mails that "
        "create no links and no alerts.",
    )

    cases: dict[str, Any] = Field(
        default_factory=dict,
        description="Cases: weights of the rules, bands, fading, and for how long a verdict mutes.",
    )
    gateway: Gateway = Field(
        default_factory=Gateway,  # type: ignore[arg-type]
        description="Settings of `idv gateway`: see [docs/gateway.md](gateway.md).",
    )
    fetch: Fetch = Field(
        default_factory=Fetch,  # type: ignore[arg-type]
        description="`idv fetch`: its own settings, in [docs/fetch.md](fetch.md).",
    )

    console: Console = Field(
        default_factory=Console,  # type: ignore[arg-type]
        description="`idv console`: its own settings, in [docs/console.md](console.md).",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, SecretFiles(settings_cls), toml

    @field_validator("hmac_keys")
    @classmethod
    def _keys_are_usable(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _parse_keys(value.get_secret_value())
        return value

    @field_validator("bootstrap_servers")
    @classmethod
    def _servers_have_names_and_ports(cls, value: str) -> str:
        for server in value.split(","):
            host, _, port = server.strip().rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError("write brokers as host:port,host:port")
        return value

    @field_validator("environments")
    @classmethod
    def _vendors_are_known(cls, value: dict[str, Environment]) -> dict[str, Environment]:
        refuse_unknown_vendors(value)
        return value

    @field_validator("geoip_database")
    @classmethod
    def _database_can_be_read(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                database_lookup(value)
            except (OSError, maxminddb.InvalidDatabaseError) as error:
                raise ValueError(f"cannot read {value}: {type(error).__name__}") from error
        return value

    @model_validator(mode="after")
    def _production_is_strict(self) -> Settings:
        if self.profile == "production" and self.hmac_keys is None:
            raise ValueError("hmac_keys is required in the production profile")
        self.policy()
        return self

    def kafka(self) -> dict[str, Any]:
        """Keyword arguments of aiokafka clients. Raises SettingsError for settings that cannot be
        used or that the profile forbids.
        """
        if self.profile == "production" and not self.encrypted:
            raise SettingsError(
                f"the production profile refuses security_protocol {self.security_protocol}: "
                "decisions about people would cross the network unencrypted; set "
                "IDV_SECURITY_PROTOCOL to SASL_SSL or SSL"
            )
        return self.clients()

    def keyring(self) -> Keyring:
        """The configured keys; in the dev profile the public one if none is set."""
        configured = self.hmac_keys.get_secret_value() if self.hmac_keys else DEV_HMAC_KEY
        return Keyring(_parse_keys(configured))

    def policy(self) -> Policy:
        """The thresholds of enrichment and rules. Raises ValueError for an unknown one."""
        return policy_from(self.keyring(), {name: getattr(self, name) for name in SECTIONS})

    def member_name(self) -> str:
        """The worker's static name in its group, stored beside its state.

        A killed worker that restarts under its name gets its partitions back at once, without
        waiting for the session timeout.
        """
        if self.instance_id:
            return self.instance_id
        self.data_dir.mkdir(parents=True, exist_ok=True)
        file = self.data_dir / "instance-id"
        if not file.exists():
            file.write_text(f"idv-{uuid.uuid4().hex[:12]}\n")
        return file.read_text().strip()

    def places(self) -> Gazetteer:
        """The offline gazetteer; the first look-up loads it."""
        return Gazetteer()

    def ip_lookup(self) -> IpLookup | None:
        """The look-up in `geoip_database`, if set."""
        return database_lookup(self.geoip_database) if self.geoip_database else None


class WithoutKeys(Settings):
    """Settings of a process that hashes nothing and needs no keys."""

    @model_validator(mode="after")
    def _production_is_strict(self) -> WithoutKeys:
        return self


def config_file() -> Path | None:
    """The TOML file in use: `IDV_CONFIG`, else `idv.toml` if it exists."""
    if named := os.environ.get("IDV_CONFIG"):
        return Path(named)
    default = Path("idv.toml")
    return default if default.exists() else None


def load(kind: type[Settings] = Settings, **overrides: Any) -> Settings:
    """Read and validate. The SettingsError has one line per problem and never a secret."""
    file = config_file()
    if file is not None and not file.is_file():
        raise SettingsError(f"IDV_CONFIG names {file}, which is not a file")
    try:
        return kind(**{k: v for k, v in overrides.items() if v is not None})
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not UTF-8 at byte {error.start}") from error
    except (
        UnreadableError
    ) as error:  # a variable must be JSON; the error names it without its value
        raise SettingsError(f"{error}: not JSON") from error
    except ValidationError as error:
        problems = (
            _problem(e)
            for e in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise SettingsError("\n".join(problems)) from error


def unknown_variables() -> list[str]:
    """`IDV_*` variables that are not settings, such as typos.

    They get a warning and no error, since Kubernetes sets such names for its services.
    """
    known = {"IDV_CONFIG", "IDV_CACHE_DIR"} | {f"IDV_{n.upper()}" for n in Settings.model_fields}
    known |= secret_files.variables(Settings)
    names = (n for n in os.environ if n.upper().startswith("IDV_"))
    return sorted(n for n in names if n.upper().split("__")[0] not in known)


def _problem(found: Any) -> str:
    where = ".".join(map(str, found["loc"])) or "settings"
    if found["type"] == "extra_forbidden":
        return f"{where}: there is no such setting"
    return f"{where}: {found['msg'].removeprefix('Value error, ')}"


def _parse_keys(pairs: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for pair in pairs.split(","):
        version, colon, secret = pair.strip().partition(":")
        if not colon or not KEY.match(version):
            raise ValueError("write keys as version:secret,version:secret (version: A-Z a-z 0-9 _)")
        if len(secret) < SHORTEST_KEY:
            raise ValueError(f"the key of version {version} is shorter than {SHORTEST_KEY}")
        if version in keys:
            raise ValueError(f"key version {version} is set twice")
        keys[version] = secret.encode()
    return keys
