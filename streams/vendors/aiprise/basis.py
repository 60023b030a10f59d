"""What a decision rests on, read strictly: identity, run status and result.

Source: AiPrise docs, "User Verification Response": verification_session_id, status,
aiprise_summary; "Case - Event Callbacks": verification_result; OpenAPI description:
business_profile_result.
"""

from __future__ import annotations

from msgspec import Struct

from streams.contracts.model import Rejection
from streams.vendors.aiprise.callbacks import Response
from streams.vendors.aiprise.payload import Head
from streams.vendors.aiprise.tables import CASE_STATUS_UPDATE
from streams.vendors.base.reader import read_strictly
from streams.vendors.base.values import identifier, text


class Basis(Struct):
    session_id: str
    status: str | None = None
    result: str | None = None


def read_basis(response: Response) -> Basis | Rejection:
    """The basis of a response's decision; `invalid_type` or `missing_identity` without one."""
    head = read_strictly(response.fields, Head)
    if isinstance(head, Rejection):
        return head
    session_id = identifier(head.verification_session_id)
    if session_id is None:
        return Rejection("missing_identity", "verification_session_id: none given")
    result = _result(head, reviewed=response.event == CASE_STATUS_UPDATE)
    return Basis(session_id, text(head.status), result)


def _result(head: Head, *, reviewed: bool) -> str | None:
    """The verification result; in a case update it is the reviewer's, beside the event type."""
    summarised = text(head.aiprise_summary.verification_result) if head.aiprise_summary else None
    told, business = text(head.verification_result), text(head.business_profile_result)
    return told or summarised or business if reviewed else summarised or told or business
