"""AiPrise's callbacks: `X-HMAC-SIGNATURE`, an HMAC-SHA256 of the body under the API's key.

Source: AiPrise docs, "Callbacks authentication". Nothing dates a callback, so an old one can be
sent again by whoever has seen it: the same event, which the pipeline drops.
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
    first_key,
)

SECRET_IN_PATH = False


class _Inner(Struct):
    verification_session_id: Id = None


class _Ids(_Inner):
    """A callback, or a response inside one."""

    data: _Inner | None = None
    payload: _Inner | None = None
    response: _Inner | None = None
    result: _Inner | None = None


def verify(
    hook: Hook, secrets: Sequence[bytes], options: Options, now_ms: int
) -> Accepted | Refused:
    """Who sent it."""
    del options, now_ms
    return check_body_signature(hook, "x-hmac-signature", secrets)


def session_id(body: bytes) -> str | None:
    """The session's id: of the response inside, else of the callback."""
    ids = look(body, _Ids)
    if ids is None:
        return None
    bodies = (ids.data, ids.payload, ids.response, ids.result, ids)
    return first_key(*(b.verification_session_id for b in bodies if b))
