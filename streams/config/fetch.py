"""The settings of `idv fetch`: the table `[fetch]`, or `IDV_FETCH__*` variables."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from streams.config.gateway import Mebibytes, refuse_unknown_vendors
from streams.contracts.model import Environment
from streams.kafka.security import SettingsError
from streams.vendors.base.fetch import Access


class Account(BaseModel):
    """One of a company's accounts at a vendor."""

    model_config = ConfigDict(extra="forbid", validate_default=True)

    key: SecretStr | None = Field(None, description="The API key.")
    key_file: Path | None = Field(
        None, description="A file with the API key instead; read at the start."
    )
    user: str = Field("", description="IDWise only: the customer id that goes with the key.")
    environment: Environment = Field(
        Environment.LIVE, description="The environment of the sessions that it fetches."
    )
    tenant: str | None = Field(
        None,
        description="The `tenant_id` of the sessions that it fetches; those of any where not set.",
    )
    host: str | None = Field(
        None, description="URL of another region, a proxy or a test server, without a path."
    )
    path: str | None = Field(
        None,
        description="Path of results where it is another than is known, with `{session_id}`.",
    )
    calls_per_minute: float | None = Field(
        None,
        gt=0,
        description="Instead of what the vendor allows; of several instances, each one's share.",
    )

    @field_validator("host")
    @classmethod
    def _hosts_are_safe(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValueError("write it as https://name")
        if parts.path.strip("/") or parts.query or parts.username:
            raise ValueError("give a host alone; paths are the setting `path`")
        if parts.scheme == "http" and not _loopback(parts.hostname):
            raise ValueError("the API key would cross the network in clear: use https")
        return value.rstrip("/")

    @field_validator("path")
    @classmethod
    def _paths_begin_with_a_slash(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("/"):
            raise ValueError("begin it with /")
        return value

    @model_validator(mode="after")
    def _there_is_one_key(self) -> Account:
        if (self.key is None) == (self.key_file is None):
            raise ValueError("set either key or key_file")
        return self

    def access(self) -> Access:
        """What requests are made with. Raises SettingsError for an unusable file."""
        return Access(self._read_key(), self.user, self.host, self.path, self.environment)

    def _read_key(self) -> str:
        if self.key is not None:
            key = self.key.get_secret_value().strip()
        else:
            assert self.key_file is not None
            try:
                key = self.key_file.read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"key_file names {self.key_file}: {error.strerror}") from error
            except UnicodeDecodeError as error:
                raise SettingsError(f"key_file names {self.key_file}, which is no text") from error
        if not key.isascii() or not key.isprintable() or not key:
            raise SettingsError("an API key is empty, or has characters that no header can hold")
        return key


class Fetch(BaseModel):
    """Whose results are fetched, and what that may take."""

    model_config = ConfigDict(extra="forbid", validate_default=True)

    accounts: dict[str, dict[str, Account]] = Field(
        default_factory=dict,
        description="Vendor → a name of yours → its settings. The first that fits a session is "
        "asked.",
    )
    timeout_s: float = Field(20.0, gt=0, le=300, description="Of one request.")
    max_answer_mib: Mebibytes = Field(
        4, description="Answers that are larger are not read on: the pipeline would reject them."
    )
    max_requests: int = Field(8, ge=1, le=256, description="At once, per vendor.")
    give_up_h: float = Field(
        72.0, gt=0, le=120, description="Hours from the webhook until a result is given up."
    )

    @field_validator("accounts")
    @classmethod
    def _vendors_are_known(
        cls, value: dict[str, dict[str, Account]]
    ) -> dict[str, dict[str, Account]]:
        refuse_unknown_vendors(value)
        return value


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
