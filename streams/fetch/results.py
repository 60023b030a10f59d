"""What an answer is worth: a result that says more than the webhook did. Pure."""

from __future__ import annotations

from streams.contracts.model import Decision, Rejection
from streams.pipeline.normalize.parse import parse
from streams.vendors import VENDORS
from streams.vendors.base.draft import Draft
from streams.vendors.base.fetch import Ended, Later, Result


def judged(vendor: str, outcome: Result | Later | Ended) -> Result | Later | Ended:
    """The outcome; a body without a result, or of a session that is still under way, is for later.

    Read by the very function that the pipeline reads it with.
    """
    if not isinstance(outcome, Result):
        return outcome
    payload = parse(outcome.body)
    if isinstance(payload, Rejection):
        return Later("no_result")
    try:
        draft = VENDORS[vendor](payload)
    except Exception:  # A bug: the pipeline rejects the result and keeps its bytes.
        return outcome
    if not isinstance(draft, Draft):
        return Later("no_result")
    if draft.decision is Decision.PENDING or "thin" in draft.flags:
        return Later("not_ready")
    return outcome
