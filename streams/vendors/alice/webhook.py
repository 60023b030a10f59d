"""Alice's webhooks. A secret and an algorithm (`sha256`) are set per webhook; the name of the
header that holds the signature is not published, nor what it signs.

So `signature_header` is a setting: where it is set, that header must hold the HMAC-SHA256 of the
body in hex, with or without `sha256=` before it. Where it is not, a secret of the company's own is
asked for, in the URL that Alice is given or in a header.

Source: the webhook model of Alice's Python SDK.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from streams.vendors.base.look import Id, look
from streams.vendors.base.webhook import (
    Accepted,
    Hook,
    Options,
    Refused,
    check_body_signature,
    check_shared_secret,
    first_key,
)

SECRET_IN_PATH = True


class _Inner(Struct):
    user_id: Id = None


class _Ids(_Inner):
    report: _Inner | None = None
    data: _Inner | None = None


def verify(
    hook: Hook, secrets: Sequence[bytes], options: Options, now_ms: int
) -> Accepted | Refused:
    """Who signed the body, or who has the secret."""
    del now_ms
    if options.signature_header is not None:
        return check_body_signature(hook, options.signature_header, secrets, prefix="sha256=")
    return check_shared_secret(hook, options.secret_header, secrets)


def session_id(body: bytes) -> str | None:
    """The user's id: of the report, bare or in a webhook's object."""
    ids = look(body, _Ids)
    if ids is None:
        return None
    return first_key(*(b.user_id for b in (ids, ids.report, ids.data) if b))
