"""Alice: the onboarding report (Alice Onboarding, "Report", "Checks", "Report V0").

A report is a snapshot of one user: the decision is `summary.state.value`, the session is the
user's onboarding (`user_id`), the report's `id` is new with every report. Alice publishes no
schema of its webhooks, so an object that holds the report under `report` or `data` is unwrapped.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Drop, Rejection
from streams.vendors.alice import payload as p
from streams.vendors.alice.decision import decide
from streams.vendors.alice.fields import FIELDS
from streams.vendors.alice.parts import read_devices, read_parts
from streams.vendors.alice.recognize import Delivery, recognize
from streams.vendors.base.draft import Draft, gather, raw_text
from streams.vendors.base.reader import Reader

__all__ = ["FIELDS", "normalize"]


def normalize(payload: dict[str, Any]) -> Draft | Rejection | Drop:
    """The decision of one report, bare or in a webhook's object."""
    delivery = recognize(payload)
    if not isinstance(delivery, Delivery):
        return delivery
    reader, report, user_id = Reader(), delivery.report, delivery.user_id
    decided = decide(reader, delivery)
    summary = reader.part(report.get("summary"), p.Summary, "summary") or p.Summary()
    found = gather(read_parts(reader, report, summary, user_id, decided.lifecycle))
    events = reader.parts(p.listed(report.get("events"), "id"), p.Event, "events")
    times = [reader.time(e.occurred_on, f"events[{i}].occurred_on") for i, e in enumerate(events)]
    occurred_at = reader.time(report.get("created_at"), "created_at")
    # Each report is a snapshot with a time of its own: the latest is right, whatever it takes back.
    ordered = occurred_at is not None
    draft = Draft(
        session_id=user_id,
        decision=decided.decision,
        lifecycle=decided.lifecycle,
        vendor_version=raw_text(report.get("version")),
        vendor_event_id=reader.identifier(report.get("id"), "id"),
        subject_id=user_id,
        vendor_subject_id=user_id,
        vendor_status=decided.vendor_status,
        reasons=decided.reasons,
        occurred_at=occurred_at,
        started_at=min((t for t in times if t is not None), default=None),
        may_regress=ordered,
        ordered=ordered,
        volatile=p.VOLATILE,
        **found,
        **gather(read_devices(reader, summary.devices, events)),
    )
    return reader.finish(draft)
