"""What every vendor's `webhook` module is made of: a request, the checks, and their outcomes.

A module `streams.vendors.<vendor>.webhook` has

- `verify(hook, secrets, options, now_ms) -> Accepted | Refused`: who sent it. Pure, never raises;
- `session_id(body) -> str | None`: the record's key, by a look at few fields. None where in doubt;
- `SECRET_IN_PATH`: True where the vendor signs nothing, so that the URL may hold a secret.

Every secret is tried, and all comparisons take the same time whether they match or not.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from streams.vendors.base.values import identifier

_KEY = re.compile(r"[\x21-\x7e]{1,128}")

SCHEMES = ("raw", "canonical", "simple", "secret")
"""How a hook can be proven: `raw` and `canonical` sign all of the body, `simple` four fields of
it, `secret` nothing: the sender has it.
"""
REASONS = (
    "missing_signature", "bad_signature", "missing_secret", "bad_secret",
    "missing_timestamp", "stale_timestamp", "timestamp_mismatch",
)  # fmt: skip
"""Why a hook can be refused."""


class Hook(Struct, frozen=True):
    """A request: its body as it came, its headers, and the secret segment of its path."""

    body: bytes
    headers: Mapping[str, str]
    """Looked up by names in lower case."""
    path_secret: str = ""


class Options(Struct, frozen=True):
    """What a company chooses per application."""

    signature_header: str | None = None
    """Of Alice, which does not publish it. None: Alice's hooks hold a shared secret instead."""
    secret_header: str = "x-webhook-secret"
    """Of a shared secret."""
    simple_signature: bool = False
    """Accept Didit's `X-Signature-Simple`, which leaves most of the body unsigned."""


class Accepted(Struct, frozen=True):
    """The sender is proven, by one of `SCHEMES`."""

    scheme: str


class Refused(Struct, frozen=True):
    """The sender is not proven, for one of `REASONS`."""

    reason: str


class Webhook(Protocol):
    """A vendor's module."""

    SECRET_IN_PATH: bool

    @staticmethod
    def verify(
        hook: Hook, secrets: Sequence[bytes], options: Options, now_ms: int
    ) -> Accepted | Refused: ...

    @staticmethod
    def session_id(body: bytes) -> str | None: ...


def signed(message: bytes, signature: str, secrets: Sequence[bytes]) -> bool:
    """True where `signature` is the HMAC-SHA256 of `message` in lower-case hex."""
    given = signature.encode("utf-8", "surrogateescape")
    matches = [
        hmac.compare_digest(hmac.digest(secret, message, "sha256").hex().encode(), given)
        for secret in secrets
    ]
    return any(matches)


def check_body_signature(
    hook: Hook, header: str, secrets: Sequence[bytes], prefix: str = ""
) -> Accepted | Refused:
    """The HMAC-SHA256 of the body as it came, in `header`, after an optional prefix."""
    signature = hook.headers.get(header)
    if not signature:
        return Refused("missing_signature")
    if not signed(hook.body, signature.removeprefix(prefix), secrets):
        return Refused("bad_signature")
    return Accepted("raw")


def check_shared_secret(hook: Hook, header: str, secrets: Sequence[bytes]) -> Accepted | Refused:
    """A secret of the company's own, in the path or in `header`."""
    given = hook.path_secret or hook.headers.get(header)
    if not given:
        return Refused("missing_secret")
    # Digests are of one length, so a comparison does not reveal a secret's.
    digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()
    matches = [hmac.compare_digest(hashlib.sha256(secret).digest(), digest) for secret in secrets]
    return Accepted("secret") if any(matches) else Refused("bad_secret")


def first_key(*ids: Any) -> str | None:
    """The first id that is given, if it can be a record's key: printable ASCII, up to 128."""
    found = next(filter(None, map(identifier, ids)), None)
    return found if found is not None and _KEY.fullmatch(found) else None
