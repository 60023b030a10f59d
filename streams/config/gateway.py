"""The settings of `idv gateway`: the table `[gateway]`, or `IDV_GATEWAY__*` variables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    field_validator,
    model_validator,
)

from streams.contracts.model import Environment
from streams.kafka.security import SettingsError
from streams.vendors import VENDORS

SHORTEST_SECRET = 16
DEFAULT_APPLICATION = "default"
_APPLICATION = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HEADER = re.compile(r"[a-z0-9-]{1,64}")

Mebibytes = Annotated[int, Field(ge=1, le=1 << 20)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_default=True)


class Application(_Strict):
    """One of a company's applications at a vendor: `/hooks/<vendor>/<application>`."""

    secrets: SecretStr | None = Field(
        None,
        description="Secrets, separated by commas; all are accepted, so that they can be rotated. "
        "At least 16 characters each.",
    )
    secrets_file: Path | None = Field(
        None, description="A file with the secrets instead, one per line; read at start."
    )
    environment: Environment | None = Field(
        None, description="Header `idv-environment` of its records; else the URL's `environment`."
    )
    allow: list[IPvAnyNetwork] = Field(
        default_factory=list,
        description="Addresses and networks that may send its hooks; empty allows all.",
    )
    signature_header: str | None = Field(
        None,
        description="Alice only: the header with the HMAC-SHA256 of the body. Alice does not "
        "publish its name; without it a shared secret is required.",
    )
    secret_header: str = Field(
        "x-webhook-secret",
        description="Alice, IDWise: the header of the shared secret, if it is not in the URL.",
    )
    simple_signature: bool = Field(
        False, description="Didit only: accept `X-Signature-Simple`, which signs four fields only."
    )

    @field_validator("signature_header", "secret_header")
    @classmethod
    def _headers_are_names(cls, value: str | None) -> str | None:
        if value is not None and not _HEADER.fullmatch(value.lower()):
            raise ValueError("is not a header name")
        return None if value is None else value.lower()

    @model_validator(mode="after")
    def _secrets_are_usable(self) -> Application:
        if self.secrets is not None and self.secrets_file is not None:
            raise ValueError("both secrets and secrets_file are set; keep one")
        if self.secrets is not None:
            _usable(self.secrets.get_secret_value().split(","))
        return self

    def keys(self) -> tuple[bytes, ...]:
        """The secrets; empty if none are set. Raises SettingsError for an unusable file."""
        if self.secrets is not None:
            return _usable(self.secrets.get_secret_value().split(","))
        if self.secrets_file is None:
            return ()
        try:
            return _usable(self.secrets_file.read_text(encoding="utf-8").splitlines())
        except OSError as error:
            raise SettingsError(
                f"secrets_file names {self.secrets_file}: {error.strerror}"
            ) from error
        except ValueError as error:  # UnicodeDecodeError is one; its text quotes the file
            why = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            raise SettingsError(f"secrets_file names {self.secrets_file}: {why}") from error


class Gateway(_Strict):
    """Address, limits and senders of the gateway."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8443, ge=0, le=65535, description="0 selects a free one.")
    tls_certificate_file: Path | None = Field(
        None, description="PEM certificate chain; without it a proxy in front must terminate TLS."
    )
    tls_key_file: Path | None = Field(None, description="PEM private key of that certificate.")
    trusted_proxies: list[IPvAnyNetwork] = Field(
        default_factory=list,
        description="Proxies whose `X-Forwarded-For` is trusted, as addresses or networks.",
    )
    max_requests: int = Field(512, ge=1, description="Concurrent requests; more are answered 503.")
    max_connections: int = Field(2048, ge=1, description="Open connections; more are closed.")
    max_request_mib: Mebibytes = Field(
        64, description="Bodies in memory, in MiB; more are answered 503."
    )
    request_timeout_s: float = Field(
        10.0, gt=0, le=120, description="For the headers of a request, and again for its body."
    )
    ack_timeout_s: float = Field(
        2.0, gt=0, le=60, description="Hooks not acknowledged by Kafka in time go to the spool."
    )
    spool_mib: Mebibytes = Field(
        1024,
        description="Limit of the spool in `IDV_DATA_DIR`, in MiB, for hooks that Kafka does not "
        "take; when it is full, hooks are answered 503.",
    )
    hooks: dict[str, dict[str, Application]] = Field(
        default_factory=dict,
        description="Vendor → application → its settings. The application `default` is "
        "`/hooks/<vendor>` too.",
    )

    @field_validator("hooks")
    @classmethod
    def _names_are_known(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        refuse_unknown_vendors(value)
        for applications in value.values():
            for name in applications:
                if not _APPLICATION.fullmatch(name):
                    raise ValueError("an application name has 1 to 64 of a-z 0-9 _ -")
        return value

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Gateway:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file belong together")
        return self

    @property
    def exposed(self) -> bool:
        """Hooks can arrive unencrypted from another machine."""
        if self.tls_certificate_file is not None or self.trusted_proxies:
            return False
        try:
            return not ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"


def refuse_unknown_vendors(names: Iterable[str]) -> None:
    """Raises ValueError for an unknown vendor."""
    if unknown := sorted(set(names) - set(VENDORS)):
        raise ValueError(
            f"no vendor is called {', '.join(unknown)}; there are {', '.join(VENDORS)}"
        )


def _usable(secrets: list[str]) -> tuple[bytes, ...]:
    found = tuple(secret.strip() for secret in secrets if secret.strip())
    if not found:
        raise ValueError("has no secret")
    if any(len(secret) < SHORTEST_SECRET for secret in found):
        raise ValueError(f"a secret is shorter than {SHORTEST_SECRET}")
    return tuple(secret.encode() for secret in found)
