"""One raw record → one canonical event: parse strictly, let the vendor's module read it, seal it.

Sealing gives what no vendor module should care about: the deterministic event id, HMACs in place
of secrets, the person key, and what the Kafka record itself tells.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from operator import attrgetter, itemgetter
from typing import Any

import msgspec
from msgspec import Struct

from streams.contracts.ids import uuid5
from streams.contracts.model import (
    Contact,
    Device,
    Document,
    Drop,
    Duplicate,
    Enrichment,
    Environment,
    RawRecord,
    RawRef,
    Rejection,
    Source,
    Strength,
    Verification,
)
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.parse import parse, readable
from streams.vendors import VENDORS
from streams.vendors.base.draft import Draft, DraftDocument, VendorDistance
from streams.vendors.base.values import fold, millis

# Random, fixed for ever: event ids are uuid5 of this namespace.
EVENT_NAMESPACE = uuid.UUID("6c0f2b4e-5d0c-4b0e-9a56-1f6f1d7c3a52")

HOUR_MS = 3_600_000

# Ids are keys of records and of state, and stand in the states of other sessions: real ones have
# some 36 characters, and without a bound one payload could outgrow every limit on its way.
ID_MAX = 512
_IDS = (
    "session_id",
    "vendor_event_id",
    "subject_id",
    "vendor_subject_id",
    "tenant_id",
    "workflow_id",
)
_ID_NAMES = (*_IDS, "header idv-subject")
_ids = attrgetter(*_IDS)


class Normalized(Struct, frozen=True):
    """An event with what the later stages need to know about it and subscribers do not."""

    event: Verification
    digest: str | None = None
    """Of the payload, where no vendor field orders equal states (see `Draft.ordered`)."""
    may_regress: bool = False
    thin: bool = False
    vendor_distances: list[VendorDistance] = []
    older_hashes: dict[str, list[str]] = {}
    """A hash in the event → the same value's hashes under keys that no longer write."""


def normalize(
    vendor: str,
    record: RawRecord,
    keyring: Keyring,
    default_environment: Environment = Environment.LIVE,
    latest: int | None = None,
) -> Normalized | Rejection | Drop:
    """The event that a raw record holds. Total: for any bytes it answers one of the three.

    `latest` (epoch ms) bounds the time at which it was received: a publisher's clock that runs
    ahead must not move windows. A bug in a vendor module does raise; the caller makes
    `internal_error` of it.
    """
    if not record.value:
        return Drop("empty")
    payload = parse(record.value)
    if isinstance(payload, Rejection):
        return payload
    read, cut = readable(payload, record.value)
    draft = VENDORS[vendor](read)
    if not isinstance(draft, Draft):
        return draft
    if cut:
        draft.reasons += cut
        draft.flags = list(dict.fromkeys([*draft.flags, "truncated"]))
    ids = (*_ids(draft), record.header("idv-subject"))
    for name, value in zip(_ID_NAMES, ids, strict=True):
        if value is not None and len(value) > ID_MAX:
            return Rejection("invalid_type", f"{name} is longer than {ID_MAX} characters")
    return _seal(vendor, record, payload, draft, keyring, default_environment, latest)


def _seal(
    vendor: str,
    record: RawRecord,
    payload: dict[str, Any],
    draft: Draft,
    keyring: Keyring,
    default_environment: Environment,
    latest: int | None,
) -> Normalized:
    assert record.value is not None
    sealer = _Sealer(vendor, keyring)
    numbers = [_document_number(d) for d in draft.documents]
    environment, unmapped = _environment(record)
    if unmapped:
        draft.reasons.append("unmapped:header idv-environment")
        draft.flags = list(dict.fromkeys([*draft.flags, "unmapped_value"]))
    received_at = _received_at(record)
    ingested_at = received_at if latest is None or 0 < received_at <= latest else latest
    digest = None if draft.vendor_event_id else content_digest(payload, draft.volatile)
    event = Verification(
        event_id=_event_id(vendor, draft, digest, received_at),
        event_type=f"verification.{draft.decision.lower()}",
        vendor=vendor,
        vendor_version=draft.vendor_version,
        vendor_event_id=draft.vendor_event_id,
        session_id=draft.session_id,
        session_kind=draft.session_kind,
        subject_id=_subject_id(draft, record),
        vendor_subject_id=draft.vendor_subject_id,
        person_key=sealer.person_key(draft, numbers),
        tenant_id=draft.tenant_id,
        workflow_id=draft.workflow_id,
        environment=draft.environment or environment or default_environment,
        decision=draft.decision,
        lifecycle=draft.lifecycle,
        final=draft.decision.final,
        decided_by=draft.decided_by,
        vendor_status=draft.vendor_status,
        reasons=draft.reasons,
        checks=draft.checks,
        occurred_at=ingested_at if draft.occurred_at is None else draft.occurred_at,
        started_at=draft.started_at,
        ended_at=draft.ended_at,
        ingested_at=ingested_at,
        person=draft.person,
        documents=[sealer.document(d, n) for d, n in zip(draft.documents, numbers, strict=True)],
        addresses=draft.addresses,
        networks=draft.networks,
        devices=[sealer.device(d.device, d.fingerprint) for d in draft.devices],
        contacts=[
            Contact(
                kind=c.kind,
                value_hmac=sealer.hash(c.kind.lower(), c.value),
                country=c.country,
                is_disposable=c.is_disposable,
                is_virtual=c.is_virtual,
                verified=c.verified,
            )
            for c in draft.contacts
        ],
        enrichment=Enrichment(duplicates=_vendor_duplicates(draft)),
        flags=draft.flags,
        raw=RawRef(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            sha256=hashlib.sha256(record.value).hexdigest(),
        ),
    )
    return Normalized(
        event=event,
        digest=None if draft.ordered else digest,
        may_regress=draft.may_regress,
        thin="thin" in draft.flags,
        vendor_distances=draft.vendor_distances,
        older_hashes=sealer.older_hashes,
    )


class _Sealer:
    """Hashes one draft's secrets and remembers their hashes under older keys."""

    def __init__(self, vendor: str, keyring: Keyring) -> None:
        self._vendor = vendor
        self._keyring = keyring
        self.older_hashes: dict[str, list[str]] = {}

    def hash(self, namespace: str, value: str) -> str:
        hashed = self._keyring.hash(namespace, value)
        if older := self._keyring.older(namespace, value):
            self.older_hashes[hashed] = older
        return hashed

    def device(self, device: Device, fingerprint: str | None) -> Device:
        if fingerprint is None or is_junk(fingerprint):
            # What is left of a device, its model and software, tells few apart.
            weak = Strength.WEAK if device.strength else None
            return msgspec.structs.replace(device, strength=weak)
        hashed = self.hash(f"device:{self._vendor}", fingerprint.strip())
        return msgspec.structs.replace(device, fingerprint=hashed)

    def document(self, draft: DraftDocument, number: str | None) -> Document:
        if number is None:
            return draft.document
        return msgspec.structs.replace(draft.document, number_hmac=self.hash("document", number))

    def person_key(self, draft: Draft, numbers: list[str | None]) -> str | None:
        """One person's key across vendors: by document, else by name and birth date.

        The two forms are told apart by a prefix, since equal people may have unequal forms.
        """
        for document, number in zip(draft.documents, numbers, strict=True):
            if document.identifies and number and document.document.issuing_country:
                return f"document:{self.hash('person', number)}"
        person = draft.person
        if person is None or person.birth_date is None:
            return None
        names = [person.first_name, person.middle_name, person.last_name]
        name = " ".join(n for n in names if n) if person.last_name else person.full_name
        folded = fold(name) if name else ""
        if " " not in folded:
            return None
        # Vendors disagree on the order of names and on what is a middle name.
        sorted_name = " ".join(sorted(folded.split()))
        return f"name:{self.hash('person', f'{sorted_name}|{person.birth_date}')}"


_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def _document_number(draft: DraftDocument) -> str | None:
    if draft.number is None:
        return None
    number = draft.number
    if not number.isalnum():
        number = _NOT_ALPHANUMERIC.sub("", number)
    number = number.upper()
    if len(number) < 4 or number.count(number[0]) == len(number):
        return None
    return f"{draft.document.issuing_country or ''}|{number}"


_JUNK = frozenset({"unknown", "undefined", "null", "none", "n/a", "na", "nan", "anonymous"})


def is_junk(fingerprint: str) -> bool:
    """True for values that stand for "no fingerprint": place-holders, short or one-letter ones."""
    stripped = fingerprint.strip().casefold()
    bare = stripped.replace("-", "").replace(":", "")
    return len(bare) < 8 or len(set(bare)) == 1 or stripped in _JUNK


def _subject_id(draft: Draft, record: RawRecord) -> str | None:
    """The company's id: the vendor's field, else the header; a vendor-minted id comes last."""
    minted = draft.vendor_subject_id
    if draft.subject_id is not None and draft.subject_id != minted:
        return draft.subject_id
    return record.header("idv-subject") or draft.subject_id


def _environment(record: RawRecord) -> tuple[Environment | None, bool]:
    """What the publisher's header says, and whether it is a word that is no environment."""
    header = (record.header("idv-environment") or "").strip()
    found = Environment.__members__.get(header.upper())
    return found, bool(header) and found is None


def _received_at(record: RawRecord) -> int:
    """When the company received it: the publisher's header (a replay carries the original time),
    else the record's own timestamp. Never later than the record itself.
    """
    header = record.header("idv-received-at")
    received = millis(header) if header else None
    return record.timestamp if received is None else min(received, record.timestamp)


def _event_id(vendor: str, draft: Draft, digest: str | None, received_at: int) -> str:
    what = draft.vendor_event_id or digest or ""
    if draft.vendor_event_id is None and not draft.ordered:
        # A → B → A within one session stays three events, unless all within one hour.
        what = f"{what}\x1f{received_at // HOUR_MS}"
    return uuid5(EVENT_NAMESPACE, f"{vendor}\x1f{draft.session_id}\x1f{what}")


# Signed links expire, and every delivery signs them anew. The pattern begins with what is rare and
# looks back from there: a search for `h` in either case takes five times as long. It matches links
# without a query too, so that no part of a text is read twice: `https://https://…` is one link.
_URL_QUERY = re.compile(
    rb'(://(?:(?<=http://)|(?<=https://))[^"?#\s\\]*)(?:[?#][^"\s\\]*)?', re.IGNORECASE
)
_BEFORE_QUERY = itemgetter(1)


_CANONICAL = msgspec.json.Encoder(order="deterministic")


def content_digest(payload: dict[str, Any], volatile: frozenset[str]) -> str:
    """SHA-256 (hex) of what a payload says: keys sorted, URL queries and volatile fields cut."""
    said = _without(payload, volatile) if volatile else payload
    canonical = _CANONICAL.encode(said)
    return hashlib.sha256(_URL_QUERY.sub(_BEFORE_QUERY, canonical)).hexdigest()


_CONTAINERS = frozenset({dict, list})


def _without(value: Any, names: frozenset[str]) -> Any:
    kind = value.__class__
    if kind is dict:
        return {
            k: _without(v, names) if v.__class__ in _CONTAINERS else v
            for k, v in value.items()
            if k not in names
        }
    if kind is list:
        return [_without(v, names) for v in value]
    return value


def _vendor_duplicates(draft: Draft) -> list[Duplicate]:
    found = []
    for reported in draft.vendor_duplicates:
        subjects = {linked.subject_id for linked in reported.linked if linked.subject_id}
        subjects -= {draft.subject_id}
        found.append(
            Duplicate(
                link=reported.link,
                subjects_count=1 + max(1, len(subjects)),
                sessions_count=1 + max(1, len({x.session_id for x in reported.linked})),
                source=Source.VENDOR,
                linked=reported.linked[:20],
            )
        )
    return found
