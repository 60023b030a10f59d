"""The session's verdict, its time and who decided: envelope and decision weighed together.

Sources: Didit, "Webhooks" (`status`, `timestamp`, `created_at` in epoch seconds), Decision V3
(`status`, `created_at` in ISO 8601: when the session was created, `reviews[]`).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from streams.contracts.model import DecidedBy, Decision, Rejection
from streams.vendors.base.reader import Reader, invalid_type
from streams.vendors.base.values import millis, word
from streams.vendors.didit import payload as p
from streams.vendors.didit.shape import Delivery
from streams.vendors.didit.tables import TAKES_BACK, UNMAPPED, Status, status_of


class Verdict(Struct):
    """The status that counts, every status as the vendor wrote it, and what to say about them."""

    status: Status
    word: str
    vendor_status: dict[str, str] = {}
    flags: list[str] = []
    reasons: list[str] = []
    unmapped: list[str] = []
    """The axes whose word no table has."""

    @property
    def takes_back(self) -> bool:
        return self.word in TAKES_BACK


def verdict_of(delivery: Delivery) -> Verdict | Rejection:
    """The envelope's status is the newest word. Where the decision inside contradicts it, an
    approval gives way to the other.
    """
    given: list[tuple[str, str]] = []
    bodies = (("status", delivery.envelope), ("decision.status", delivery.decision))
    for axis, body in bodies:
        raw = None if body is None else body.get("status")
        if raw is not None and not isinstance(raw, str):
            path = "status" if delivery.envelope is None else axis
            return invalid_type(path, "string", raw)
        if raw is not None and raw.strip():
            given.append(("status" if delivery.envelope is None else axis, raw))
    return verdict_from(given)


def verdict_from(given: list[tuple[str, str]]) -> Verdict:
    """The verdict of `(axis, raw status)` pairs, the most telling first."""
    if not given:
        return Verdict(UNMAPPED, "", reasons=["missing:status"])
    first = given[0][1]
    verdict = Verdict(status_of(first), word(first), dict(given))
    for axis, raw in given:
        status = status_of(raw)
        if status is UNMAPPED:
            verdict.unmapped.append(axis)
        if status.decision is not verdict.status.decision:
            verdict.flags = ["status_result_conflict"]
            if verdict.status.decision is Decision.APPROVED:
                verdict.status, verdict.word = status, word(raw)
    return verdict


class Moments(Struct):
    """Epoch milliseconds UTC. `occurred_at` is the time of this state, where the payload has it."""

    occurred_at: int | None
    started_at: int | None


def moments_of(
    delivery: Delivery,
    envelope: p.Session,
    decision: p.Session,
    review: p.Review | None,
    reader: Reader,
) -> Moments:
    """A pulled decision tells only when its session was created, unless a reviewer's change made
    its state: then that has a time.
    """
    inner = "" if delivery.envelope is None else "decision."
    started_at = reader.time(decision.created_at, f"{inner}created_at")
    if delivery.envelope is not None:
        sent_at = reader.time(envelope.timestamp, "timestamp")
        return Moments(sent_at or reader.time(envelope.created_at, "created_at"), started_at)
    return Moments(millis(review.created_at) if review else None, started_at)


def review_of(body: dict[str, Any], verdict: Verdict, reader: Reader) -> p.Review | None:
    """The latest review, where it set the session's status."""
    if not (reviews := reader.parts(body.get("reviews"), p.Review, "reviews")):
        return None
    latest = max(reviews, key=lambda r: millis(r.created_at) or 0)
    return latest if word(latest.new_status) == verdict.word else None


def decided_by(body: dict[str, Any], verdict: Verdict, review: p.Review | None) -> DecidedBy:
    """MANUAL where a review set the status, SYSTEM where there was none, else UNKNOWN."""
    if review is not None:
        return DecidedBy.MANUAL
    if body.get("reviews") != []:
        return DecidedBy.UNKNOWN
    open_ = verdict.status.decision in (Decision.PENDING, Decision.UNDETERMINED)
    return DecidedBy.UNKNOWN if open_ else DecidedBy.SYSTEM
