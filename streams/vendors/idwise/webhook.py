"""IDWise's webhooks. IDWise publishes no signature, so a secret of the company's own is asked for,
in the URL that IDWise is given or in a header.

Source: IDWise docs, "Webhook specifications".
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
    check_shared_secret,
    first_key,
)

SECRET_IN_PATH = True


class _Inner(Struct):
    """Webhooks are in camelCase, results in snake_case; either may come."""

    ongoingCheckId: Id = None  # noqa: N815 - IDWise's name for it
    ongoing_check_id: Id = None
    spotCheckJourneyId: Id = None  # noqa: N815
    spot_check_journey_id: Id = None
    journeyId: Id = None  # noqa: N815
    journey_id: Id = None


class _Ids(_Inner):
    body: _Inner | None = None


def verify(
    hook: Hook, secrets: Sequence[bytes], options: Options, now_ms: int
) -> Accepted | Refused:
    """Who has the secret."""
    del now_ms
    return check_shared_secret(hook, options.secret_header, secrets)


def session_id(body: bytes) -> str | None:
    """The journey's id; a later check of it is a session of its own."""
    ids = look(body, _Ids)
    if ids is None:
        return None
    of = ids.body or ids
    return first_key(
        of.ongoingCheckId, of.ongoing_check_id, of.spotCheckJourneyId, of.spot_check_journey_id,
        of.journeyId, of.journey_id,
    )  # fmt: skip
