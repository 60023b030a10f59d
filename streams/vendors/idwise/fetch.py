"""IDWise's results, below `/journey/v2/`. The very path is not published as text: ask IDWise, and
set `path` where it is another; so too for spot checks.

Source: IDWise docs, "Get Journey Result" (hosts by region, HTTP Basic with customer id and server
API key), "Get Journey Summary" (at least 2 s between two calls).
"""

from __future__ import annotations

from streams.vendors.base.fetch import Access, Limits, Steps, Wanted, basic, get, url

LIMITS = Limits(calls=30, period_s=60, first_s=2, apart_s=2)
HOST = "https://api.idwise.com"
RESULT = "/journey/v2/result/{session_id}"

list_sessions = None


def fetch(wanted: Wanted, access: Access) -> Steps:
    """The result of a journey."""
    target = url(access, HOST, access.path or RESULT, wanted.session_id)
    return get(target, {"Authorization": basic(access.user, access.key)})
