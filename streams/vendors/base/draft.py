"""What a vendor module makes of a payload, before ids and keyed hashes are put on it.

A vendor module reads one parsed payload and returns a `Draft`, a `Rejection` or a `Drop`.
`streams.pipeline.normalize.seal` computes the event id, replaces secrets by HMACs, derives the
person key and fills in what the raw record holds. So no vendor module handles a key or a
Kafka record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct, field

from streams.contracts.model import (
    Address,
    Check,
    ContactKind,
    DecidedBy,
    Decision,
    Device,
    Document,
    Environment,
    Lifecycle,
    Linked,
    LinkKind,
    Network,
    Outcome,
    Person,
    ScoreKind,
    SessionKind,
)


class DraftDocument(Struct):
    """A document with its number still in clear; sealing turns it into `number_hmac`."""

    document: Document
    number: str | None = None
    identifies: bool = True
    """False for documents that do not identify a person (a utility bill): no person key."""


class DraftDevice(Struct):
    """A device with the vendor's fingerprint in clear; sealing namespaces and hashes it."""

    device: Device
    fingerprint: str | None = None


class DraftContact(Struct):
    """`value` is an E.164 number or a lower-case address, in clear."""

    kind: ContactKind
    value: str
    country: str | None = None
    is_disposable: bool | None = None
    is_virtual: bool | None = None
    verified: bool | None = None


class VendorDuplicate(Struct):
    """The vendor has met this person, face, document or device in other sessions."""

    link: LinkKind
    linked: list[Linked] = []
    reason: str | None = None


class VendorDistance(Struct):
    """A distance in km as the vendor computed it, between two `Place` values."""

    from_: str
    to: str
    km: float


class Draft(Struct):
    """One decision of the vendor. `contracts.model.Verification` explains the fields."""

    session_id: str
    decision: Decision
    lifecycle: Lifecycle
    vendor_version: str | None = None
    vendor_event_id: str | None = None
    session_kind: SessionKind = SessionKind.PERSON
    subject_id: str | None = None
    vendor_subject_id: str | None = None
    tenant_id: str | None = None
    workflow_id: str | None = None
    environment: Environment | None = None
    """None: the payload names none; the raw topic's default holds."""
    decided_by: DecidedBy = DecidedBy.UNKNOWN
    vendor_status: dict[str, str] = {}
    reasons: list[str] = []
    checks: list[Check] = []
    occurred_at: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
    person: Person | None = None
    documents: list[DraftDocument] = []
    addresses: list[Address] = []
    networks: list[Network] = []
    devices: list[DraftDevice] = []
    contacts: list[DraftContact] = []
    vendor_duplicates: list[VendorDuplicate] = []
    vendor_distances: list[VendorDistance] = []
    flags: list[str] = []
    may_regress: bool = False
    """True where the vendor may take a final decision back with this event (a re-opened session,
    a lapsed approval, a manual review): the sessions stage allows final → not final."""
    ordered: bool = True
    """False where no field of the payload orders two equal states of the session in time;
    the record's hour then becomes part of the event id."""
    volatile: frozenset[str] = field(default_factory=frozenset)
    """Names of payload fields (at any depth) that change between deliveries of one state."""


class SessionDecision(Struct, frozen=True):
    """What the vendor decided about the session: the fields of this name of a `Draft`."""

    decision: Decision
    lifecycle: Lifecycle
    decided_by: DecidedBy = DecidedBy.UNKNOWN
    vendor_status: dict[str, str] = {}
    reasons: list[str] = []
    flags: list[str] = []
    may_regress: bool = False


Reason = str
"""A code that concerns no check: a reason of the whole draft."""

Part = (
    Check
    | Person
    | DraftDocument
    | Address
    | Network
    | DraftDevice
    | DraftContact
    | VendorDuplicate
    | VendorDistance
    | Reason
)
"""What the readers of a payload's parts return, each in the order in which the draft has it."""

_FIELD_OF: dict[type, str] = {
    Check: "checks",
    Person: "person",
    DraftDocument: "documents",
    Address: "addresses",
    Network: "networks",
    DraftDevice: "devices",
    DraftContact: "contacts",
    VendorDuplicate: "vendor_duplicates",
    VendorDistance: "vendor_distances",
    Reason: "reasons",
}


def gather(parts: Iterable[Part | list[Check]]) -> dict[str, Any]:
    """The parts under the names of the draft's fields; of several persons, the first. Checks may
    come many at once, which is quicker: a report has some forty.
    """
    found: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, list):
            found["checks"] = [*found.get("checks", ()), *part]
        elif (name := _FIELD_OF[part.__class__]) in found:
            found[name].append(part)
        else:
            found[name] = [part]
    if "person" in found:
        found["person"] = found["person"][0]
    return found


# Attributes of an enum class are slow to read.
PASS, REVIEW, FAIL, NOT_APPLICABLE = (
    Outcome.PASS, Outcome.REVIEW, Outcome.FAIL, Outcome.NOT_APPLICABLE,
)  # fmt: skip
RANK = {NOT_APPLICABLE: 0, PASS: 1, REVIEW: 2, FAIL: 3}
"""Of two outcomes, the worse has the higher rank."""

_VENDOR, _OURS = ScoreKind.VENDOR, ScoreKind.DERIVED


def check(
    name: str,
    outcome: Outcome,
    *,
    score: float | None = None,
    derive: bool = True,
    instance: str | None = None,
    vendor_key: str | None = None,
    raw_value: Any = None,
    reasons: list[str] | None = None,
) -> Check:
    """A check with its score: the vendor's (0–1) where given, else derived from the outcome.

    `derive=False` leaves the score null, for vendor numbers that mean something else.
    """
    kind = None
    if score is not None:
        kind = _VENDOR
    elif derive and outcome is not NOT_APPLICABLE:
        # A look-up by an enum's member would cost more than all the rest.
        kind, score = _OURS, 1.0 if outcome is PASS else 0.0 if outcome is FAIL else 0.5
    raw = raw_text(raw_value)
    return Check(name, outcome, score, kind, instance, vendor_key, raw, reasons or [])


def raw_text(value: Any) -> str | None:
    """A vendor's scalar as text: JSON spelling for numbers and booleans, None for the rest."""
    if value is None or isinstance(value, str):
        return value
    return None if isinstance(value, dict | list) else msgspec.json.encode(value).decode()
