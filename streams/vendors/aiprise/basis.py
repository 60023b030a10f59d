"""What a decision rests on, read strictly: identity, run status and result.

Source: AiPrise docs, "User Verification Response": verification_session_id, client_reference_id,
status, aiprise_summary; "Case - Event Callbacks": verification_result; OpenAPI description:
business_profile_result.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from streams.model import Rejection
from streams.values import text
from streams.vendors.aiprise.callbacks import Response
from streams.vendors.aiprise.sections import identity
from streams.vendors.aiprise.tables import CASE_STATUS_UPDATE

_JSON_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
}


class Basis(Struct):
    session_id: str
    subject_id: str | None = None
    status: str | None = None
    result: str | None = None


class _Strict:
    """Reads texts and remembers the first that was none."""

    rejection: Rejection | None = None

    def wrong(self, path: str, expected: str, value: Any) -> None:
        got = _JSON_TYPES.get(type(value), "text")
        self.rejection = self.rejection or Rejection(
            "invalid_type", f"{path}: expected {expected}, got {got}"
        )

    def text(self, value: Any, path: str) -> str | None:
        if value is not None and not isinstance(value, str):
            self.wrong(path, "text", value)
        return text(value)

    def identity(self, value: Any, path: str) -> str | None:
        if (read := identity(value)) is not None:
            return read
        return self.text(value, path)


def read_basis(response: Response) -> Basis | Rejection:
    """The basis of a response's decision; `invalid_type` or `missing_identity` without one."""
    fields = response.fields
    strict = _Strict()
    session_id = strict.identity(fields.get("verification_session_id"), "verification_session_id")
    subject_id = strict.identity(fields.get("client_reference_id"), "client_reference_id")
    status = strict.text(fields.get("status"), "status")
    result = _result(response, strict)
    if strict.rejection is not None:
        return strict.rejection
    if session_id is None:
        return Rejection("missing_identity", "verification_session_id: none given")
    return Basis(session_id, subject_id, status, result)


def _result(response: Response, strict: _Strict) -> str | None:
    """The verification result; in a case update it is the reviewer's, beside the event type."""
    fields = response.fields
    summary = fields.get("aiprise_summary")
    if summary is not None and not isinstance(summary, dict):
        strict.wrong("aiprise_summary", "object", summary)
        return None
    summarised = strict.text(
        (summary or {}).get("verification_result"), "aiprise_summary.verification_result"
    )
    told = strict.text(fields.get("verification_result"), "verification_result")
    business = strict.text(fields.get("business_profile_result"), "business_profile_result")
    if response.event == CASE_STATUS_UPDATE:
        return told or summarised or business
    return summarised or told or business
