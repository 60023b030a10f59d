"""The parts of an Alice report, as Alice Onboarding's page "Report" describes them.

Everything is optional, unknown fields are ignored. Types are wide where the page and Alice's SDK
disagree or where a wrong type must cost no more than that one field.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

Id = str | int | None
Text = str | int | float | None


class State(Struct):
    value: str | None = None


class SummaryHead(Struct):
    state: State | None = None


class Head(Struct):
    """What identity and decision rest on: read strictly."""

    id: Id = None
    user_id: Id = None
    summary: SummaryHead | None = None

    @property
    def state(self) -> str | None:
        state = self.summary.state if self.summary else None
        return (state.value or "").strip() or None if state else None


class Summary(Struct):
    state: Any = None
    result: Any = None
    face_liveness: Any = None
    face_matching: Any = None
    checks: Any = None
    user_data: Any = None
    external_user_data: Any = None
    devices: Any = None


class ReportCheck(Struct):
    key: str | None = None
    value: Any = None


class ReportField(Struct):
    name: str | None = None
    value: Text = None
    checks: Any = None


class FaceMatchingMeta(Struct):
    document_id: Id = None
    selfie_id: Id = None
    side: str | None = None


class FaceMatching(Struct):
    meta: Any = None
    score: Any = None


class Selfie(Struct):
    id: Id = None
    checks: Any = None
    liveness: Any = None
    number_of_faces: Any = None
    result: Any = None
    voided: Any = None


class DocumentMeta(Struct):
    """`sides` is what the page calls the flag that its own text and the SDK describe as
    `voided`.
    """

    issuing_country: str | None = None
    type: str | None = None
    voided: Any = None
    sides: Any = None


class Document(Struct):
    id: Id = None
    checks: Any = None
    meta: Any = None
    sides: Any = None
    summary_fields: Any = None


class Side(Struct):
    side: str | None = None
    fields: Any = None


class TrustedDocumentMeta(Struct):
    category: str | None = None
    voided: Any = None


class TrustedDocument(Struct):
    id: Id = None
    meta: Any = None


class ReportDevice(Struct):
    agent: Text = None
    platform: Text = None
    platform_version: Text = None
    model: Text = None
    ip: Any = None


class Event(Struct):
    device: Any = None
    occurred_on: Any = None


class ExternalUserData(Struct):
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


class DuplicateUser(Struct):
    """The page leaves the shape of a duplicate open; only a user id in it can be followed."""

    user_id: Id = None


_REPORT = frozenset({"selfies", "documents", "user_id", "version"})
_OTHERS = frozenset(
    {"aiprise_summary", "verification_session_id", "journey_id", "session_id", "webhook_type"}
)


def find_report(payload: dict[str, Any]) -> dict[str, Any] | None:
    """The report in a payload: itself, or what a webhook's object holds under `report` or `data`.

    The deprecated report V0 comes back in the shape of V1.
    """
    for candidate in (payload, payload.get("report"), payload.get("data")):
        if isinstance(candidate, dict) and (report := _as_report(candidate)) is not None:
            return report
    return None


def _as_report(candidate: dict[str, Any]) -> dict[str, Any] | None:
    keys = candidate.keys()
    if keys & _OTHERS:
        return None
    if "summary" in keys and (keys & _REPORT or _is_summary(candidate["summary"])):
        return candidate
    if "user_id" in keys and keys & {"selfies", "documents"}:
        return candidate
    if "user_summary" in keys and keys & {"selfie_reports", "document_reports"}:
        return _from_v0(candidate)
    return None


def _is_summary(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.keys() & set(Summary.__struct_fields__))


def _from_v0(report: dict[str, Any]) -> dict[str, Any]:
    """Report V0 has no verdict: `authorized` is about log-in, so the state stays absent."""
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


def listed(value: Any, key: str) -> Any:
    """A list as it is; the object form that report V0 uses (`{id: item}`) as a list whose items
    carry their id under `key`.
    """
    if not isinstance(value, dict):
        return value
    return [
        {key: name, **item} if isinstance(item, dict) else {key: name, "value": item}
        for name, item in sorted(value.items())
    ]
