"""Duplicates that Didit itself reports: warnings about them, and `matches[]` of other subjects.

A match of the same `vendor_data` is the same customer trying again, which is no duplicate. A
match whose subject is unknown counts only where a warning is about one.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Linked, LinkKind
from streams.vendors.base.draft import VendorDuplicate
from streams.vendors.base.reader import Reader
from streams.vendors.base.times import millis
from streams.vendors.base.values import identifier
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks.reports import Entry
from streams.vendors.didit.checks.warnings import risk_of
from streams.vendors.didit.tables import DUPLICATE_RISKS, MATCH_LINKS, UNMAPPED, status_of


def read_duplicates(
    reader: Reader, entries: list[Entry], session_id: str, subject_id: str | None
) -> list[VendorDuplicate]:
    """One duplicate per kind of link, with the other sessions where Didit names them."""
    matches = [m for entry in entries if entry.report.matches for m in _matches(reader, entry)]
    warned = [w for entry in entries if entry.warnings for w in _warned(reader, entry)]
    if not matches and not warned:
        return []
    own = {x.session_id for _, x in matches if _same(x, subject_id)} | {session_id}
    links: dict[LinkKind, dict[str, Linked]] = {kind: {} for kind in LinkKind}
    retried = {kind for kind, linked in matches if linked.session_id in own}
    for kind, linked in matches:
        if linked.session_id not in own:
            links[kind].setdefault(linked.session_id, linked)
    asserted: dict[LinkKind, str] = {}
    for kind, risk, named in warned:
        if named is not None and (named.session_id in own or _same(named, subject_id)):
            retried.add(kind)
            continue
        asserted.setdefault(kind, risk)
        if named is not None:
            links[kind].setdefault(named.session_id, named)
    found = []
    for kind, by_session in links.items():
        others = list(by_session.values())
        if kind in asserted:
            # A warning that names no session counts for nothing where all matches are retries.
            counts = bool(others) or kind not in retried
        else:
            counts = subject_id is not None and any(x.subject_id for x in others)
        if counts:
            found.append(VendorDuplicate(kind, others, asserted.get(kind, "matches")))
    return found


def _same(linked: Linked, subject_id: str | None) -> bool:
    return subject_id is not None and linked.subject_id == subject_id


def _warned(reader: Reader, entry: Entry) -> list[tuple[LinkKind, str, Linked | None]]:
    found = []
    for warning in entry.warnings:
        risk = risk_of(warning)
        if risk is not None and (kind := DUPLICATE_RISKS.get(risk)) is not None:
            named = _named(reader, warning.additional_data, f"{entry.path}.warnings")
            found.append((kind, risk, named))
    return found


def _matches(reader: Reader, entry: Entry) -> list[tuple[LinkKind, Linked]]:
    kind = MATCH_LINKS.get(entry.feature.array)
    if kind is None:
        return []
    return [
        (LinkKind.DEVICE if kind is LinkKind.IP and _of_device(match) else kind, linked)
        for match in reader.parts(entry.report.matches, p.Match, f"{entry.path}.matches")
        if (linked := linked_of(match)) is not None
    ]


def _of_device(match: p.Match) -> bool:
    return match.device_fingerprint is not None or match.match_source is not None


def linked_of(match: p.Match) -> Linked | None:
    """The other session; None where the match does not name one."""
    session_id = identifier(match.session_id)
    if session_id is None:
        return None
    status = status_of(match.status)
    return Linked(
        vendor="didit",
        session_id=session_id,
        subject_id=identifier(match.vendor_data),
        decision=None if status is UNMAPPED else status.decision,
        seen_at=millis(match.verification_date),
    )


def _named(reader: Reader, additional_data: Any, path: str) -> Linked | None:
    """The session in a warning's `additional_data`."""
    if not isinstance(additional_data, dict):
        return None
    renamed = {
        "session_id": additional_data.get("duplicated_session_id"),
        "vendor_data": additional_data.get("duplicated_session_vendor_data")
        or additional_data.get("vendor_data"),
    }
    match = reader.part(renamed, p.Match, f"{path}.additional_data")
    return linked_of(match) if match else None
