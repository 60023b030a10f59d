"""Authentication and encryption of Kafka clients, for worker, gateway and command line.

Settings become the keyword arguments of aiokafka's clients, which Faust's driver uses too.
Secrets are read from variables or files and never logged.
"""

from __future__ import annotations

import asyncio
import shlex
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError
from aiokafka.helpers import create_ssl_context
from pydantic import BaseModel, Field, SecretStr, model_validator

if TYPE_CHECKING:
    from faust.types.auth import CredentialsT

TOKEN_TIMEOUT_S = 10


class SettingsError(Exception):
    """Settings that cannot be used; the message names them and the fix."""


class KafkaAccess(BaseModel):
    """Settings of Kafka connections."""

    bootstrap_servers: str = Field(
        "127.0.0.1:9092", description="Kafka brokers, `host:port` separated by commas."
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT",
        description="`SSL` or `SASL_SSL`; the other two are for the dev profile only.",
    )
    ssl_ca_file: Path | None = Field(
        None, description="PEM file of CAs to verify brokers with; else the system's."
    )
    ssl_certificate_file: Path | None = Field(
        None, description="PEM certificate chain of this client (mutual TLS)."
    )
    ssl_key_file: Path | None = Field(None, description="PEM private key of that certificate.")
    ssl_key_password: SecretStr | None = Field(None, description="Password of an encrypted key.")
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"] = Field(
        "SCRAM-SHA-512", description="Mechanism of the SASL protocols."
    )
    sasl_username: str | None = Field(None, description="User of SCRAM and PLAIN.")
    sasl_password: SecretStr | None = Field(None, description="Password of SCRAM and PLAIN.")
    oauth_token: SecretStr | None = Field(None, description="OAUTHBEARER: a fixed token.")
    oauth_token_file: Path | None = Field(
        None, description="OAUTHBEARER: a file with the token, read at every connection."
    )
    oauth_token_command: str | None = Field(
        None, description="OAUTHBEARER: a command that prints the token, run at every connection."
    )

    @model_validator(mode="after")
    def _access_is_whole(self) -> KafkaAccess:
        tls = [self.ssl_ca_file, self.ssl_certificate_file, self.ssl_key_file]
        if any(tls) and not self.encrypted:
            raise ValueError("ssl_* files are set, but security_protocol is not SSL or SASL_SSL")
        if self.ssl_key_file and not self.ssl_certificate_file:
            raise ValueError("ssl_key_file needs ssl_certificate_file")
        if not self._by_sasl:
            if self.sasl_username or self.sasl_password or self._tokens:
                raise ValueError(
                    "sasl_* or oauth_* is set, but security_protocol is not SASL_SSL "
                    "or SASL_PLAINTEXT"
                )
        elif self.sasl_mechanism == "OAUTHBEARER":
            if self._tokens != 1:
                raise ValueError(
                    "OAUTHBEARER needs one of oauth_token, oauth_token_file, oauth_token_command"
                )
        elif not (self.sasl_username and self.sasl_password):
            raise ValueError(f"{self.sasl_mechanism} needs sasl_username and sasl_password")
        return self

    @property
    def encrypted(self) -> bool:
        return self.security_protocol in ("SSL", "SASL_SSL")

    @property
    def _by_sasl(self) -> bool:
        return self.security_protocol.startswith("SASL_")

    @property
    def _tokens(self) -> int:
        given = (self.oauth_token, self.oauth_token_file, self.oauth_token_command)
        return sum(source is not None for source in given)

    def clients(self) -> dict[str, Any]:
        """Keyword arguments of aiokafka clients. Raises SettingsError for an unusable file."""
        return {"bootstrap_servers": self.bootstrap_servers} | self._auth()

    def credentials(self) -> CredentialsT | None:
        """Credentials for Faust; None for a plaintext broker."""
        # Imported here: only a worker needs Faust, and its import takes half a second.
        from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials

        auth = self._auth()
        context = auth.get("ssl_context")
        if "sasl_oauth_token_provider" in auth:
            return OAuthCredentials(oauth_cb=auth["sasl_oauth_token_provider"], ssl_context=context)
        if "sasl_mechanism" in auth:
            return SASLCredentials(
                username=auth["sasl_plain_username"],
                password=auth["sasl_plain_password"],
                ssl_context=context,
                mechanism=auth["sasl_mechanism"],
            )
        return SSLCredentials(context) if context else None

    def _auth(self) -> dict[str, Any]:
        auth: dict[str, Any] = {"security_protocol": self.security_protocol}
        if self.encrypted:
            auth["ssl_context"] = self._tls()
        if not self._by_sasl:
            return auth
        auth["sasl_mechanism"] = self.sasl_mechanism
        if self.sasl_mechanism == "OAUTHBEARER":
            return auth | {"sasl_oauth_token_provider": self._tokens_of()}
        assert self.sasl_password is not None
        return auth | {
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password.get_secret_value(),
        }

    def _tls(self) -> ssl.SSLContext:
        password = self.ssl_key_password.get_secret_value() if self.ssl_key_password else ""
        try:
            context: ssl.SSLContext = create_ssl_context(
                cafile=self.ssl_ca_file,
                certfile=self.ssl_certificate_file,
                keyfile=self.ssl_key_file,
                # Never None: OpenSSL would then prompt on the terminal.
                password=password,
            )
            return context
        except (OSError, ssl.SSLError) as error:
            files = (self.ssl_ca_file, self.ssl_certificate_file, self.ssl_key_file)
            named = ", ".join(str(file) for file in files if file)
            raise SettingsError(
                f"TLS cannot be set up from {named} ({_reason(error)}); "
                "certificates and key must be PEM, and the key must match the certificate"
            ) from error

    def _tokens_of(self) -> AbstractTokenProvider:
        if self.oauth_token_file:
            return FileTokens(self.oauth_token_file)
        if self.oauth_token_command:
            return CommandTokens(self.oauth_token_command)
        assert self.oauth_token is not None
        return StaticToken(self.oauth_token)


def _reason(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or type(error).__name__


class StaticToken(AbstractTokenProvider):  # type: ignore[misc]
    """The token in the settings."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token.get_secret_value()


class FileTokens(AbstractTokenProvider):  # type: ignore[misc]
    """A token in a file that another program renews, such as a projected token of Kubernetes."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def token(self) -> str:
        try:
            return self._file.read_text().strip()
        except OSError as error:
            raise KafkaConnectionError(f"cannot read oauth_token_file: {error.strerror}") from error


class CommandTokens(AbstractTokenProvider):  # type: ignore[misc]
    """A token that a command prints. Its stderr goes to ours."""

    def __init__(self, command: str) -> None:
        self._command = shlex.split(command)

    async def token(self) -> str:
        try:
            child = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
            )
        except OSError as error:
            raise KafkaConnectionError(
                f"cannot run oauth_token_command: {error.strerror}"
            ) from error
        try:
            async with asyncio.timeout(TOKEN_TIMEOUT_S):
                printed, _ = await child.communicate()
        except TimeoutError as error:
            child.kill()
            await child.wait()
            raise KafkaConnectionError(
                f"oauth_token_command took more than {TOKEN_TIMEOUT_S} s"
            ) from error
        if child.returncode:
            raise KafkaConnectionError(f"oauth_token_command ended with {child.returncode}")
        return printed.decode().strip()
