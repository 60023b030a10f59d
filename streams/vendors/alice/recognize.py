"""Which shape a payload has: a report, or an object that holds one; report V0 in the shape of V1
(Alice Onboarding, "Report", "Report V0").
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from streams.contracts.model import Rejection
from streams.vendors.alice.payload import Head, Summary
from streams.vendors.base.reader import read_strictly
from streams.vendors.base.values import identifier

_OWN = frozenset({"selfies", "documents", "user_id", "version"})
_OTHERS = frozenset(
    {"aiprise_summary", "verification_session_id", "journey_id", "session_id", "webhook_type"}
)
_SUMMARY = frozenset(Summary.__struct_fields__)


class Delivery(Struct, frozen=True):
    """One report. `state` is None where it is absent or blank."""

    user_id: str
    state: str | None
    report: dict[str, Any]


def recognize(payload: dict[str, Any]) -> Delivery | Rejection:
    """The report in a payload: itself, or what an object holds under `report` or `data`."""
    report = _find(payload)
    if report is None:
        return Rejection("unknown_shape", "no Alice report: neither bare nor under report or data")
    head = read_strictly(report, Head)
    if isinstance(head, Rejection):
        return head
    if (user_id := identifier(head.user_id)) is None:
        return Rejection("missing_identity", "user_id: absent or blank")
    return Delivery(user_id, head.state, report)


def _find(payload: dict[str, Any]) -> dict[str, Any] | None:
    for candidate in (payload, payload.get("report"), payload.get("data")):
        if isinstance(candidate, dict) and (report := _as_report(candidate)) is not None:
            return report
    return None


def _as_report(candidate: dict[str, Any]) -> dict[str, Any] | None:
    keys = candidate.keys()
    if keys & _OTHERS:
        return None
    if "summary" in keys and (keys & _OWN or _is_summary(candidate["summary"])):
        return candidate
    if "user_id" in keys and keys & {"selfies", "documents"}:
        return candidate
    if "user_summary" in keys and keys & {"selfie_reports", "document_reports"}:
        return _from_v0(candidate)
    return None


def _is_summary(value: Any) -> bool:
    return isinstance(value, dict) and not _SUMMARY.isdisjoint(value)


def _from_v0(report: dict[str, Any]) -> dict[str, Any]:
    """Report V0 has no decision: `authorized` is about log-in, so the state stays absent."""
    summary = report.get("user_summary")
    user = summary if isinstance(summary, dict) else {}
    return {
        "user_id": user.get("user_id"),
        "version": 0,
        "created_at": report.get("created_at"),
        "summary": {"user_data": user.get("fields")},
        "selfies": report.get("selfie_reports"),
        "documents": report.get("document_reports"),
    }
