"""`related_session_insights`: other sessions that share something with this one.

Source: AiPrise docs, "User Verification Response"; OpenAPI description: RelatedSessionInsights.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from streams.contracts.model import Linked, LinkKind
from streams.vendors.aiprise import payload as p
from streams.vendors.aiprise.checks import outcome_with_concerns, section_checks, with_warnings
from streams.vendors.aiprise.decision import decide
from streams.vendors.aiprise.tables import RELATIONS
from streams.vendors.base.draft import Part, VendorDuplicate
from streams.vendors.base.reader import Reader
from streams.vendors.base.times import millis
from streams.vendors.base.values import identifier, token, word


def with_related(reader: Reader, value: Any, path: str, parts: list[Part]) -> list[Part]:
    """The parts, and the duplicates and checks of related sessions."""
    insight = reader.part(value, p.RelatedSessions, path)
    if insight is None:
        return parts
    at = f"{path}.related_sessions"
    sessions = reader.parts(insight.related_sessions, p.RelatedSession, at)
    found: list[Part] = []
    relations: dict[str, dict[str, None]] = {}
    known: set[tuple[LinkKind, str]] = set()
    for session in sessions:
        kind, name = _relation(reader, session.relation, at)
        own = relations.setdefault(name, {})
        if relation := token(session.relation):
            own[relation] = None
        linked = []
        session_id = identifier(session.verification_session_id)
        if session_id is not None and (kind, session_id) not in known:
            known.add((kind, session_id))
            # Its words are about another session: none of them is unmapped in this one.
            decision = decide(Reader(), session.status, session.result).decision
            seen_at = millis(session.created_at)
            linked.append(Linked("aiprise", session_id, decision=decision, seen_at=seen_at))
        found.append(VendorDuplicate(kind, linked))
    outcome = outcome_with_concerns(reader, insight, path, ["related"] if sessions else [])
    without_warnings = replace(insight, warnings=None)
    for name, own in (relations or {"subject_not_duplicate": {}}).items():
        found += section_checks(
            reader, name, without_warnings, path, outcome=outcome, reasons=list(own)
        )
    return with_warnings(reader, insight, path, parts + found)


def _relation(reader: Reader, value: str | None, path: str) -> tuple[LinkKind, str]:
    """What is shared; of a relation that no table has, only that something is."""
    words = set(word(value).split("_")) - {""}
    for row, kind, name in RELATIONS:
        if words & row:
            return kind, name
    if words:
        reader.unmapped(f"{path}.relation")
    return LinkKind.SUBJECT, "subject_not_duplicate"


def merged(duplicates: Iterable[VendorDuplicate]) -> list[VendorDuplicate]:
    """One duplicate a kind of link, with all its sessions: AiPrise may name none of them."""
    linked: dict[LinkKind, list[Linked]] = {}
    for duplicate in duplicates:
        linked.setdefault(duplicate.link, []).extend(duplicate.linked)
    return [VendorDuplicate(link=kind, linked=found) for kind, found in linked.items()]
