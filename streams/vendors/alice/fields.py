"""What a report of Alice holds, and which documented fields are left aside and why (Alice
Onboarding, "Report").
"""

from __future__ import annotations

from streams.vendors.alice import payload as p
from streams.vendors.base.fields import Fields

_LINKS = "links to pictures never leave the raw record"
_PARTS_TIME = "the report's own time orders the events"
_PROSE = "prose about the key beside it"

FIELDS = Fields(
    root=(p.Report, p.ReportV0, p.Webhook),
    unused={
        p.Summary: {
            "sessions": "a count of log-ins, no verdict",
            "sessions_until_first_succeeded_onboarding": "a count of log-ins, no verdict",
        },
        p.ReportCheck: {"detail": _PROSE},
        p.ReportField: {"score": "how well it was read; its checks say whether it can be used"},
        p.FaceMatchingMeta: {"created_at": _PARTS_TIME},
        p.Selfie: {"created_at": _PARTS_TIME, "media": _LINKS},
        p.DocumentMeta: {"completed": "the state and the checks tell what is missing"},
        p.Document: {"created_at": _PARTS_TIME},
        p.Side: {
            "media": _LINKS,
            "meta": "how the picture was taken",
            "side": "the key that holds it says so too",
        },
        p.TrustedDocument: {"created_at": _PARTS_TIME, "media": _LINKS, "pdf": _LINKS},
        p.ReportDevice: {
            "agent": "Alice's SDK, not the device",
            "agent_version": "Alice's SDK, not the device",
        },
        p.Event: {
            "id": "events of the user, not decisions",
            "type": "events of the user, not decisions",
            "version": "of the event's schema",
            "attributes": "has no published schema",
        },
        p.UserSummaryV0: {"authorized": "about log-in; report V0 has no verdict"},
        p.Webhook: {
            "occurred_on": "the report's own time orders the events",
            "event": "Alice publishes no schema of its webhooks; the report decides",
            "type": "Alice publishes no schema of its webhooks; the report decides",
        },
    },
)
