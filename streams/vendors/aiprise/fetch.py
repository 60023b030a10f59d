"""AiPrise's results, which are asynchronous: the result is there some 15 s after the session's end.

Source: AiPrise docs, "Get User Verification Result" and its business counterpart. No limit is
published.
"""

from __future__ import annotations

from streams.contracts.model import Environment, SessionKind
from streams.vendors.base.fetch import Access, Limits, Steps, Wanted, get, url

LIMITS = Limits(calls=60, period_s=60, first_s=15, apart_s=5)
HOSTS = {
    Environment.LIVE: "https://api.aiprise.com",
    Environment.SANDBOX: "https://api-sandbox.aiprise.com",
}
PATHS = {
    SessionKind.PERSON: "/api/v1/verify/get_user_verification_result/{session_id}",
    SessionKind.BUSINESS: "/api/v1/verify/get_business_verification_result/{session_id}",
}

list_sessions = None


def fetch(wanted: Wanted, access: Access) -> Steps:
    """The result of a person or a business."""
    path = access.path or PATHS[wanted.kind]
    target = url(access, HOSTS[access.environment], path, wanted.session_id)
    return get(target, {"X-API-KEY": access.key})
