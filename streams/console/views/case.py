"""One case as the page shows it: score, timeline, people, places, sharing. Pure.

Personal data (`pii` in the contract: `direct`, and what tells somebody from their neighbours) are
left out here until revealed, so no template can show them by mistake. Countries, kinds and
distances stay, and places to the nearest degree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from streams.console.index.queries import History
from streams.console.views import graph, words
from streams.console.views.graph import Graph, Sharing
from streams.console.views.map import Gap, Map, Spot
from streams.console.views.map import draw as draw_map
from streams.contracts.model import (
    Alert,
    Case,
    CaseDecision,
    Disposition,
    Linked,
    Outcome,
    Place,
    RawRef,
    Verification,
)
from streams.rules import RULES

MOST_SPOTS = 12
_DEGREE_KM = 80.0  # what rounding to a degree may move a place by


class Sign(Struct, frozen=True):
    """A contribution to the score. `share` is its size in percent of the largest."""

    rule: str
    title: str
    words: str
    points: float
    share: int
    muted: bool


class Entry(Struct, frozen=True):
    """A line of the timeline. `kind` is `decision`, `alert` or `verdict`, `mark` its word."""

    id: str
    kind: str
    mark: str
    at: int
    title: str
    session: str | None = None
    vendor: str | None = None
    notes: list[tuple[str, str]] = []
    linked: list[Linked] = []
    runbook: words.Runbook | None = None
    raw: RawRef | None = None
    muted: bool = False


class Fact(Struct, frozen=True):
    """Something a vendor read. `value` None: masked."""

    name: str
    value: str | None


class Session(Struct, frozen=True):
    """What the latest decision of a session says about the person."""

    vendor: str
    session_id: str
    facts: list[Fact]
    raw: RawRef


class CaseView(Struct, frozen=True):
    """All of the page."""

    case: Case
    signs: list[Sign]
    timeline: list[Entry]
    sessions: list[Session]
    map: Map | None
    distances: list[tuple[str, str]]
    graph: Graph | None
    masked: bool


def view(case: Case, history: History, *, revealed: bool) -> CaseView:
    """`revealed`: personal data are shown."""
    latest = _latest(history.verifications)
    spots, gaps = _places(latest, revealed=revealed)
    return CaseView(
        case=case,
        signs=list(_signs(case)),
        timeline=sorted(_entries(case, history), key=_order, reverse=True),
        sessions=[_session(event, revealed=revealed) for event in latest],
        map=draw_map(spots, gaps),
        distances=list(_distances(latest)),
        graph=graph.draw(_sharings(history)),
        masked=not revealed,
    )


def _signs(case: Case) -> Iterator[Sign]:
    largest = max((abs(part.points) for part in case.contributions), default=1) or 1
    for part in case.contributions:
        yield Sign(
            part.rule,
            words.rule_title(part.rule),
            words.contribution(part),
            part.points,
            round(abs(part.points) / largest * 100),
            part.muted,
        )


# -- timeline ----------------------------------------------------------------------------------


# An alert follows the decision of the same moment that it is about.
_KINDS = ("decision", "alert", "verdict")


def _order(entry: Entry) -> tuple[int, int]:
    return entry.at, _KINDS.index(entry.kind)


def _entries(case: Case, history: History) -> Iterator[Entry]:
    known = {event.event_id for event in history.verifications}
    muted = {alert.alert_id for alert in case.alerts if alert.muted}
    yield from map(_decided, history.verifications)
    # The index may lack what is older than it keeps; the case still has it in short.
    yield from (_decided_in_short(d) for d in case.decisions if d.event_id not in known)
    yield from (_alerted(alert, alert.alert_id in muted) for alert in history.alerts)
    yield from map(_judged, history.dispositions)


def _decided(event: Verification) -> Entry:
    found = event.enrichment.supersession
    failed = [c.name.replace("_", " ") for c in event.checks if c.outcome is Outcome.FAIL]
    notes = [
        ("vendor's words", ", ".join(f"{k}: {v}" for k, v in sorted(event.vendor_status.items()))),
        ("failed checks", ", ".join(failed)),
        ("reasons", ", ".join(event.reasons)),
        ("flags", ", ".join(event.flags)),
        ("order", "older than the session's latest" if found and found.is_stale else ""),
    ]
    return Entry(
        event.event_id,
        "decision",
        event.decision,
        event.occurred_at,
        f"{event.vendor} decides {event.decision}",
        event.session_id,
        event.vendor,
        [note for note in notes if note[1]],
        raw=event.raw,
    )


def _decided_in_short(decided: CaseDecision) -> Entry:
    return Entry(
        decided.event_id,
        "decision",
        decided.decision,
        decided.occurred_at,
        f"{decided.vendor} decides {decided.decision}",
        decided.session_id,
        decided.vendor,
    )


def _alerted(alert: Alert, muted: bool) -> Entry:
    return Entry(
        alert.alert_id,
        "alert",
        alert.severity,
        alert.occurred_at,
        alert.title,
        alert.session_id,
        alert.vendor,
        [("rule", alert.rule), *words.evidence(alert.evidence)],
        alert.linked,
        words.runbook(alert.rule),
        muted=muted,
    )


def _judged(given: Disposition) -> Entry:
    return Entry(
        given.disposition_id,
        "verdict",
        given.verdict,
        given.decided_at,
        f"{given.decided_by}: {words.VERDICTS[given.verdict]}",
        notes=[("reason", given.reason)],
    )


# -- people ------------------------------------------------------------------------------------


def _latest(events: Iterable[Verification]) -> list[Verification]:
    """The latest of each session that says anything of the person, the latest session first: a
    later notification may have a status alone.
    """
    sessions: dict[tuple[str, str], Verification] = {}
    for event in events:
        if any(True for _ in _facts(event)) or (event.vendor, event.session_id) not in sessions:
            sessions[event.vendor, event.session_id] = event
    return sorted(sessions.values(), key=lambda event: event.occurred_at, reverse=True)


def _session(event: Verification, *, revealed: bool) -> Session:
    facts = [
        Fact(name, value if revealed or not private else None)
        for name, value, private in _facts(event)
        if value
    ]
    return Session(event.vendor, event.session_id, facts, event.raw)


def _facts(event: Verification) -> Iterator[tuple[str, str, bool]]:
    """`(name, value, private)`."""
    if (person := event.person) is not None:
        parts = (person.first_name, person.middle_name, person.last_name)
        yield "Name", person.full_name or " ".join(filter(None, parts)), True
        yield "Born", str(person.birth_date or ""), True
        yield "Nationality", person.nationality or "", False
    for document in event.documents:
        kind = (document.type or "document").lower().replace("_", " ")
        yield f"Document: {kind}", document.issuing_country or "", False
        yield f"Document: {kind}, expires", str(document.expiry_date or ""), True
    for address in event.addresses:
        role = address.role.lower().replace("_", " ")
        yield f"Address: {role}", address.country or "", False
        yield f"Address: {role}, in full", address.formatted or address.city or "", True
    for network in event.networks:
        yield "IP address", network.ip or "", True
        yield "IP is in", network.country or "", False
        hidden = [
            word
            for word, known in (
                ("anonymous", network.is_anonymous),
                ("hosting", network.is_hosting),
            )
            if known
        ]
        yield "Network", ", ".join(filter(None, [network.isp, *hidden])), False
    for device in event.devices:
        model = (device.brand, device.model, device.os, device.browser)
        yield "Device", " ".join(filter(None, model)), False
    for contact in event.contacts:
        yield contact.kind.capitalize(), contact.country or "", False


# -- places ------------------------------------------------------------------------------------

_PLACES = {
    Place.IP: "ip",
    Place.ID_DOCUMENT: "document",
    Place.PROOF_OF_ADDRESS: "address",
    Place.GEOLOCATION: "geolocation",
}
_LABELS = {
    "ip": "IP address",
    "document": "document",
    "address": "proof of address",
    "geolocation": "browser",
    "declared": "declared address",
}
_ROLES = {
    "ID_DOCUMENT": "document",
    "PROOF_OF_ADDRESS": "address",
    "GEOLOCATION": "geolocation",
    "DECLARED": "declared",
}


def _places(events: Iterable[Verification], *, revealed: bool) -> tuple[list[Spot], list[Gap]]:
    """Where the sessions' documents and IPs are, each place once, and how far apart."""
    numbers: dict[tuple[str, float, float], int] = {}
    spots: list[Spot] = []
    gaps: dict[tuple[int, int], Gap] = {}
    for event in events:
        of_event: dict[str, int] = {}
        for kind, city, lat, lon, radius in _coordinates(event):
            if not revealed:
                lat, lon, radius = round(lat), round(lon), (radius or 0) + _DEGREE_KM
            key = (kind, round(lat, 2), round(lon, 2))
            if key not in numbers:
                if len(spots) == MOST_SPOTS:
                    continue
                numbers[key] = len(spots)
                label = f"{_LABELS[kind]}, {city}" if city and revealed else _LABELS[kind]
                spots.append(Spot(kind, label, lat, lon, radius or 0))
            of_event.setdefault(kind, numbers[key])
        for distance in event.enrichment.distances:
            ends = [of_event.get(_PLACES.get(end, "")) for end in (distance.from_, distance.to)]
            start, end = ends
            if start is not None and end is not None and distance.km is not None and start != end:
                gaps.setdefault((start, end), Gap(start, end, f"{distance.km:,.0f} km"))
    return spots, list(gaps.values())


def _coordinates(
    event: Verification,
) -> Iterator[tuple[str, str | None, float, float, float | None]]:
    for address in event.addresses:
        if address.latitude is not None and address.longitude is not None:
            kind = _ROLES[address.role]
            yield kind, address.city, address.latitude, address.longitude, address.radius_km
    for network in event.networks:
        if network.latitude is not None and network.longitude is not None:
            yield "ip", network.city, network.latitude, network.longitude, network.radius_km


def _distances(events: Iterable[Verification]) -> Iterator[tuple[str, str]]:
    """`(between what, how far)`, the same as the drawing for who does not see it."""
    for event in events:
        for d in event.enrichment.distances:
            ends = " – ".join(end.replace("_", " ") for end in (d.from_, d.to))
            if d.km is not None:
                sure = "" if d.radius_km is None else f", give or take {d.radius_km:,.0f}"
                yield f"{event.vendor}: {ends}", f"{d.km:,.0f} km{sure} ({d.band})"
            elif d.reason:
                yield f"{event.vendor}: {ends}", d.reason.replace("_", " ")


# -- sharing -----------------------------------------------------------------------------------


def _sharings(history: History) -> Iterator[Sharing]:
    for event in history.verifications:
        for found in event.enrichment.duplicates:
            yield from _shared(found.link.lower(), event.vendor, event.session_id, found.linked)
    for alert in history.alerts:
        rule = RULES.get(alert.rule)
        kind = alert.evidence.get("link") or (rule.kinds[0] if rule and rule.kinds else "identity")
        yield from _shared(str(kind).lower(), alert.vendor, alert.session_id, alert.linked)


def _shared(what: str, vendor: str, session: str, linked: Iterable[Linked]) -> Iterator[Sharing]:
    for other in linked:
        yield Sharing(what, (vendor, session), (other.vendor, other.session_id), other.subject_id)
