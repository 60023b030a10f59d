"""Log-in at an OpenID Connect provider, by Authlib: code flow with PKCE, state and nonce."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from httpx2 import HTTPError
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from streams.config.console import Oidc, Role
from streams.console.access import users

_NAMES = ("preferred_username", "email", "sub")


class OidcError(Exception):
    """Nobody is logged in; the message has the reason, for the person."""


class Provider:
    """The provider of the settings; `secret` None: PKCE alone."""

    def __init__(self, settings: Oidc, secret: str | None) -> None:
        self._settings = settings
        self._client: Any = OAuth().register(
            "provider",
            client_id=settings.client_id,
            client_secret=secret,
            server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                **({} if secret else {"token_endpoint_auth_method": "none"}),
            },
        )

    async def send(self, request: Request, back: str) -> Response:
        """To the provider, and back to the URL `back`. Raises OidcError."""
        try:
            answer: Response = await self._client.authorize_redirect(request, back)
        except (HTTPError, OAuthError) as error:
            raise OidcError("The provider does not answer. Try again later.") from error
        return answer

    async def returned(self, request: Request) -> tuple[str, Role]:
        """Name and role of who comes back. Raises OidcError."""
        try:
            token = await self._client.authorize_access_token(request)
        except HTTPError as error:
            raise OidcError("The provider does not answer. Try again later.") from error
        except (OAuthError, JoseError, ValueError, KeyError) as error:
            raise OidcError("The provider's answer does not fit. Log in anew.") from error
        claims = token.get("userinfo") or {}
        return _name(claims), self._role(claims)

    def _role(self, claims: dict[str, Any]) -> Role:
        given = claims.get(self._settings.role_claim, [])
        values = {given} if isinstance(given, str) else set(map(str, given))
        if values & set(self._settings.analysts):
            return Role.ANALYST
        if values & set(self._settings.viewers):
            return Role.VIEWER
        raise OidcError("You are logged in there, but have no role here.")


def client_secret(file: Path | None) -> str | None:
    """The secret in a file. Raises OSError, UnicodeDecodeError."""
    return file.read_text(encoding="utf-8").strip() if file else None


def _name(claims: dict[str, Any]) -> str:
    for claim in _NAMES:
        name = claims.get(claim)
        if isinstance(name, str) and users.NAME.fullmatch(name):
            return name
    raise OidcError("The provider does not say who you are.")
