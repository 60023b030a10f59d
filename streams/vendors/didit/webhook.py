"""Didit's webhooks: an HMAC-SHA256 in hex under the secret of the webhook's destination.

Source: Didit docs, "Webhooks". Three signatures come with each hook; the strongest that fits is
taken: `X-Signature` of the body as sent, `X-Signature-V2` of the body as canonical JSON (it
survives a proxy that writes the JSON anew), and `X-Signature-Simple` of four fields, only where it
is switched on. `X-Timestamp` in seconds is fresh, and equal to the body's `timestamp`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import jiter
from msgspec import Struct

from streams.vendors.base.look import Id, look
from streams.vendors.base.times import millis
from streams.vendors.base.webhook import (
    Accepted,
    Hook,
    Options,
    Refused,
    first_key,
    signed,
)

SECRET_IN_PATH = False
TOLERANCE_S = 300
"""How far `X-Timestamp` may be from the clock, either way."""

LARGEST_CANONICAL = 512 * 1024
"""Bytes. Writing JSON anew costs a stranger nothing and us much; hooks have some 20 KB."""

_SECONDS = re.compile(r"[0-9]{1,12}")


class _Inner(Struct):
    session_id: Id = None
    business_session_id: Id = None


class _Ids(_Inner):
    decision: _Inner | None = None
    data: _Inner | None = None


class _Signed(Struct):
    """What the time check and the simple signature rest on."""

    timestamp: str | int | None = None
    session_id: str = ""
    status: str = ""
    webhook_type: str = ""


def verify(
    hook: Hook, secrets: Sequence[bytes], options: Options, now_ms: int
) -> Accepted | Refused:
    """Who sent it, and whether it is as fresh as it claims."""
    header = hook.headers.get("x-timestamp", "")
    if not _SECONDS.fullmatch(header):
        return Refused("missing_timestamp")
    sent_s = int(header)
    if abs(now_ms - sent_s * 1000) > TOLERANCE_S * 1000:
        return Refused("stale_timestamp")
    body = look(hook.body, _Signed)
    scheme = _scheme(hook, body, secrets, options)
    if isinstance(scheme, Refused):
        return scheme
    # The header itself is not signed. What is no JSON has no time, and is rejected later.
    if body is not None and body.timestamp is not None and _seconds(body.timestamp) != sent_s:
        return Refused("timestamp_mismatch")
    return scheme


def session_id(body: bytes) -> str | None:
    """The session's id: of an envelope's data, the envelope, or the decision inside."""
    ids = look(body, _Ids)
    if ids is None:
        return None
    bodies = (ids.data, ids, ids.decision)
    return first_key(
        *(found for b in bodies if b for found in (b.session_id, b.business_session_id))
    )


def canonical(body: bytes) -> bytes | None:
    """The JSON that `X-Signature-V2` signs: keys sorted, no blanks, whole floats as integers,
    characters as UTF-8. None where the body is not strict JSON, or too large for it.
    """
    if len(body) > LARGEST_CANONICAL:
        return None
    try:
        value = jiter.from_json(
            body, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="none"
        )
        text = json.dumps(
            _whole(value),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        )
        return text.encode()
    except ValueError:
        return None


def _scheme(
    hook: Hook, body: _Signed | None, secrets: Sequence[bytes], options: Options
) -> Accepted | Refused:
    raw = hook.headers.get("x-signature")
    v2 = hook.headers.get("x-signature-v2")
    simple = hook.headers.get("x-signature-simple") if options.simple_signature else None
    if not (raw or v2 or simple):
        return Refused("missing_signature")
    if raw and signed(hook.body, raw, secrets):
        return Accepted("raw")
    if v2 and (text := canonical(hook.body)) is not None and signed(text, v2, secrets):
        return Accepted("canonical")
    if simple and body is not None:
        fields = (body.timestamp, body.session_id, body.status, body.webhook_type)
        if signed(":".join(map(str, fields)).encode(), simple, secrets):
            return Accepted("simple")
    return Refused("bad_signature")


def _seconds(timestamp: str | int) -> int | None:
    if isinstance(timestamp, int):
        return timestamp
    found = millis(timestamp)
    return None if found is None else found // 1000


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return value
