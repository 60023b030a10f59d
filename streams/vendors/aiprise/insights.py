"""`fraud_insights`: a roll-up of network, device, contacts, browser location, related sessions.

Source: AiPrise docs, "User Verification Response": fraud_insights; OpenAPI description:
RelatedSessionInsights.
"""

from __future__ import annotations

from typing import Any

import msgspec

from streams.contracts.model import Linked, LinkKind
from streams.vendors.aiprise.contacts import read_emails, read_phones
from streams.vendors.aiprise.decision import decide
from streams.vendors.aiprise.networks import read_ip_and_device
from streams.vendors.aiprise.payload import FraudInsights, RelatedSession, RelatedSessions
from streams.vendors.aiprise.places import read_geolocation
from streams.vendors.aiprise.sections import (
    Findings,
    add_checks,
    add_warnings,
    read_unknown,
    with_concerns,
)
from streams.vendors.aiprise.tables import RELATIONS
from streams.vendors.base.values import identifier, millis, token, word

_PATH = "fraud_insights"


def read_insights(value: Any, found: Findings) -> None:
    insights = found.reader.part(value, FraudInsights, _PATH)
    if insights is None:
        return
    read_ip_and_device(insights.ip_insights, insights.device_insights, _PATH, found)
    read_emails(insights.email_insights, f"{_PATH}.email_insights", found)
    read_phones(insights.phone_insights, f"{_PATH}.phone_insights", found)
    read_geolocation(insights.geolocation_insights, f"{_PATH}.geolocation_insights", found)
    _add_related(insights.related_session_insights, f"{_PATH}.related_session_insights", found)
    read_unknown(value, KNOWN, f"{_PATH}.", found)
    add_warnings(insights, _PATH, found)


KNOWN = frozenset(FraudInsights.__struct_fields__)


def _add_related(value: Any, path: str, found: Findings) -> None:
    insight = found.reader.part(value, RelatedSessions, path)
    if insight is None:
        return
    sessions_path = f"{path}.related_sessions"
    sessions = found.reader.parts(insight.related_sessions, RelatedSession, sessions_path)
    relations: dict[str, dict[str, None]] = {}
    known: set[tuple[LinkKind, str]] = set()
    for session in sessions:
        kind, name = _relation(session.relation, sessions_path, found)
        told = relations.setdefault(name, {})
        if relation := token(session.relation):
            told[relation] = None
        linked = found.linked.setdefault(kind, [])
        session_id = identifier(session.verification_session_id)
        if session_id is not None and (kind, session_id) not in known:
            known.add((kind, session_id))
            decision = decide(session.status, session.result).decision
            seen_at = millis(session.created_at)
            linked.append(Linked("aiprise", session_id, decision=decision, seen_at=seen_at))
    outcome = with_concerns(insight, path, found, ["related"] if sessions else [])
    without_warnings = msgspec.structs.replace(insight, warnings=None)
    for name, told in (relations or {"subject_not_duplicate": {}}).items():
        add_checks(name, without_warnings, path, found, outcome=outcome, reasons=list(told))
    add_warnings(insight, path, found)


def _relation(value: str | None, path: str, found: Findings) -> tuple[LinkKind, str]:
    """What is shared; of a relation that nobody knows, only that something is."""
    words = set(word(value).split("_")) - {""}
    for row, kind, name in RELATIONS:
        if words & row:
            return kind, name
    if words:
        found.reader.unmapped(f"{path}.relation")
    return LinkKind.SUBJECT, "subject_not_duplicate"
