"""The settings of `idv console`: the table `[console]`, or `IDV_CONSOLE__*` variables."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, field_validator, model_validator

SHORTEST_KEY = 32


class Role(StrEnum):
    """A viewer sees personal data masked; an analyst reveals them and gives verdicts."""

    VIEWER = "viewer"
    ANALYST = "analyst"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_default=True)


class Oidc(_Strict):
    """An OpenID Connect provider that people log in at."""

    issuer: str = Field(
        description="The provider's URL; `/.well-known/openid-configuration` is read below it."
    )
    client_id: str = Field(description="The console's id at the provider.")
    client_secret_file: Path | None = Field(
        None, description="A file with the console's secret at the provider; none: PKCE alone."
    )
    role_claim: str = Field(
        "groups", description="The claim of the ID token that roles are read from."
    )
    analysts: list[str] = Field(
        default_factory=list, description="Values of that claim that make an analyst."
    )
    viewers: list[str] = Field(
        default_factory=list, description="Values of that claim that make a viewer."
    )

    @field_validator("issuer")
    @classmethod
    def _issuer_is_a_url(cls, value: str) -> str:
        return _url(value)


class Console(_Strict):
    """Where the page is, who may see it, and what it links to."""

    host: str = Field("127.0.0.1", description="Where the page is served.")
    port: int = Field(8090, ge=0, le=65535, description="0 takes a free one.")
    public_url: str | None = Field(
        None,
        description="The URL that people open, where it is not `host` and `port`: requests for "
        "other hosts are refused, and OpenID Connect comes back to it.",
    )
    tls_certificate_file: Path | None = Field(
        None, description="PEM certificate chain; without it a proxy in front does TLS."
    )
    tls_key_file: Path | None = Field(None, description="PEM private key of that certificate.")
    trusted_proxies: list[IPvAnyNetwork] = Field(
        default_factory=list,
        description="Proxies that do TLS in front, whose `X-Forwarded-For` is believed; addresses "
        "or networks.",
    )
    users_file: Path | None = Field(
        None,
        description="Who may log in with a password; `idv console add-user` writes it. A change "
        "counts at once.",
    )
    oidc: Oidc | None = Field(None, description="A provider to log in at: issuer, client, roles.")
    session_key_file: Path | None = Field(
        None,
        description="A file with at least 32 characters that sign the sessions' cookies. Without "
        "it a key is drawn at each start, and everybody logs in again.",
    )
    session_hours: float = Field(8.0, gt=0, le=24, description="A log-in lasts so long.")
    reveal_minutes: float = Field(
        10.0, gt=0, le=60, description="Personal data of a case stay revealed so long."
    )
    refresh_s: float = Field(
        2.0, ge=0.5, le=60, description="Pages look for news this often, in seconds."
    )
    days: float = Field(
        90.0, gt=0, le=3660,
        description="Events of so many days are kept in the index; open cases always.",
    )  # fmt: skip
    grafana_url: str | None = Field(
        None, description="Grafana's address, which the page Health links to."
    )

    @field_validator("public_url", "grafana_url")
    @classmethod
    def _urls_are_urls(cls, value: str | None) -> str | None:
        return None if value is None else _url(value)

    @model_validator(mode="after")
    def _parts_fit(self) -> Console:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file belong together")
        if self.oidc is not None and not (self.oidc.analysts or self.oidc.viewers):
            raise ValueError("oidc names neither analysts nor viewers: nobody could log in")
        return self

    @property
    def loopback(self) -> bool:
        """Only this machine reaches it, and no proxy brings others."""
        if self.trusted_proxies or self.public_url:
            return False
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def logs_in(self) -> bool:
        """People have names and roles; without, whoever reaches it is an analyst."""
        return self.users_file is not None or self.oidc is not None

    @property
    def encrypted(self) -> bool:
        """Browsers speak TLS: with us, or with a proxy in front."""
        return self.tls_certificate_file is not None or bool(self.trusted_proxies)


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a URL: https://name[:port]")
    return value.rstrip("/")
