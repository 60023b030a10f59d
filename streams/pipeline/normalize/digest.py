"""The identity of an event: its id, and the digest of its payload's content."""

from __future__ import annotations

import hashlib
import re
import uuid
from operator import itemgetter
from typing import Any

import msgspec

from streams.contracts.ids import uuid5
from streams.vendors.base.draft import Draft

# Random, fixed for ever: event ids are uuid5 of this namespace.
EVENT_NAMESPACE = uuid.UUID("6c0f2b4e-5d0c-4b0e-9a56-1f6f1d7c3a52")

HOUR_MS = 3_600_000


def event_id(vendor: str, draft: Draft, digest: str | None, received_at: int) -> str:
    """The id of an event: the same for every delivery of one state. `digest` is that of the content
    where the vendor gives no event id; `received_at` is epoch ms.
    """
    identity = draft.vendor_event_id or digest or ""
    if draft.vendor_event_id is None and not draft.ordered:
        # A → B → A within one session stays three events, unless all come within one hour.
        identity = f"{identity}\x1f{received_at // HOUR_MS}"
    return uuid5(EVENT_NAMESPACE, f"{vendor}\x1f{draft.session_id}\x1f{identity}")


# Signed links expire, and every delivery signs them again. The pattern starts with the rare `://`
# and looks back: a search for `h` in either case takes five times as long. It matches links without
# a query too, so that no part of a text is read twice: `https://https://…` is one link.
_URL_QUERY = re.compile(
    rb'(://(?:(?<=http://)|(?<=https://))[^"?#\s\\]*)(?:[?#][^"\s\\]*)?', re.IGNORECASE
)
_BEFORE_QUERY = itemgetter(1)
_CANONICAL = msgspec.json.Encoder(order="deterministic")


def content_digest(payload: dict[str, Any], volatile: frozenset[str]) -> str:
    """SHA-256 (hex) of a payload's content, sorted, without URL queries and volatile fields."""
    canonical = _CANONICAL.encode(_without(payload, volatile) if volatile else payload)
    return hashlib.sha256(_URL_QUERY.sub(_BEFORE_QUERY, canonical)).hexdigest()


_CONTAINERS = frozenset({dict, list})


def _without(value: Any, names: frozenset[str]) -> Any:
    kind = value.__class__
    if kind is dict:
        return {
            k: _without(v, names) if v.__class__ in _CONTAINERS else v
            for k, v in value.items()
            if k not in names
        }
    if kind is list:
        return [_without(v, names) for v in value]
    return value
