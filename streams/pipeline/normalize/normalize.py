"""One raw record → one canonical event: parse it, read it with the vendor's module, seal it.

This module adds the parts that do not depend on the vendor: the deterministic event id, HMACs
instead of secrets, the person key, and the fields of the Kafka record.
"""

from __future__ import annotations

import hashlib
from operator import attrgetter
from typing import Any

from msgspec import Struct

from streams.contracts import headers
from streams.contracts.model import (
    Drop,
    Duplicate,
    Enrichment,
    Environment,
    RawRecord,
    RawRef,
    Rejection,
    Source,
    Verification,
)
from streams.pipeline.normalize.digest import content_digest, event_id
from streams.pipeline.normalize.keyring import Keyring
from streams.pipeline.normalize.parse import parse, readable
from streams.pipeline.normalize.seal import Sealer, document_number
from streams.vendors import VENDORS
from streams.vendors.base.draft import Draft, VendorDistance
from streams.vendors.base.times import millis

# Ids are keys of records and of state, and parts of the states of other sessions. Real ones have
# some 36 characters; without a bound one payload could exceed every later limit.
ID_MAX = 512
FETCHED_FLAG = "fetched"

_IDS = (
    "session_id",
    "vendor_event_id",
    "subject_id",
    "vendor_subject_id",
    "tenant_id",
    "workflow_id",
)
_ID_NAMES = (*_IDS, f"header {headers.SUBJECT}")
_ids = attrgetter(*_IDS)


class Normalized(Struct, frozen=True):
    """An event, and the fields that only the later stages read."""

    event: Verification
    digest: str | None = None
    """Of the payload, where no vendor field orders equal states (see `Draft.ordered`)."""
    may_regress: bool = False
    status_only: bool = False
    vendor_distances: list[VendorDistance] = []
    older_hashes: dict[str, list[str]] = {}
    """A hash in the event → the same value's hashes under keys that no longer write."""
    fetched_for: str | None = None
    """Of a fetched result: the event whose result was wanted."""


def normalize(
    vendor: str,
    record: RawRecord,
    keyring: Keyring,
    default_environment: Environment = Environment.LIVE,
    latest: int | None = None,
) -> Normalized | Rejection | Drop:
    """The event of a raw record. Any bytes give one of the three results.

    `latest` (epoch ms) is the upper bound of the time of receipt: a publisher's clock that is fast
    must not move windows. Only a bug in a vendor module raises; the caller rejects the record as
    `internal_error`.
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
    ids = (*_ids(draft), record.header(headers.SUBJECT))
    for name, value in zip(_ID_NAMES, ids, strict=True):
        if value is not None and len(value) > ID_MAX:
            return Rejection("invalid_type", f"{name} is longer than {ID_MAX} characters")
    return _event(vendor, record, payload, draft, keyring, default_environment, latest)


def _event(
    vendor: str,
    record: RawRecord,
    payload: dict[str, Any],
    draft: Draft,
    keyring: Keyring,
    default_environment: Environment,
    latest: int | None,
) -> Normalized:
    assert record.value is not None
    sealer = Sealer(vendor, keyring)
    numbers = [document_number(d.document.issuing_country, d.number) for d in draft.documents]
    environment, unmapped = _environment(record)
    if unmapped:
        draft.reasons.append(f"unmapped:header {headers.ENVIRONMENT}")
        draft.flags = list(dict.fromkeys([*draft.flags, "unmapped_value"]))
    received_at = _received_at(record)
    ingested_at = received_at if latest is None or 0 < received_at <= latest else latest
    fetched_for = record.header(headers.FETCHED_FOR)
    flags = [*draft.flags, FETCHED_FLAG] if fetched_for else draft.flags
    digest = None if draft.vendor_event_id else content_digest(payload, draft.volatile)
    event = Verification(
        event_id=event_id(vendor, draft, digest, received_at),
        event_type=f"verification.{draft.decision.lower()}",
        vendor=vendor,
        vendor_version=draft.vendor_version,
        vendor_event_id=draft.vendor_event_id,
        session_id=draft.session_id,
        session_kind=draft.session_kind,
        subject_id=_subject_id(draft, record),
        vendor_subject_id=draft.vendor_subject_id,
        person_key=sealer.person_key(draft.person, draft.documents, numbers),
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
        devices=[sealer.device(d) for d in draft.devices],
        contacts=[sealer.contact(c) for c in draft.contacts],
        enrichment=Enrichment(duplicates=_vendor_duplicates(draft)),
        flags=flags,
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
        status_only="thin" in draft.flags,
        vendor_distances=draft.vendor_distances,
        older_hashes=sealer.older_hashes,
        fetched_for=fetched_for,
    )


def _subject_id(draft: Draft, record: RawRecord) -> str | None:
    """The company's id: the vendor's field, else the header; a vendor-minted id comes last."""
    minted = draft.vendor_subject_id
    if draft.subject_id is not None and draft.subject_id != minted:
        return draft.subject_id
    return record.header(headers.SUBJECT) or draft.subject_id


def _environment(record: RawRecord) -> tuple[Environment | None, bool]:
    """The environment in the publisher's header, and True where the header is not a valid one."""
    header = (record.header(headers.ENVIRONMENT) or "").strip()
    found = Environment.__members__.get(header.upper())
    return found, bool(header) and found is None


def _received_at(record: RawRecord) -> int:
    """The time of receipt (epoch ms): the publisher's header (a replay carries the original time),
    else the record's timestamp. Never later than the record's timestamp.
    """
    header = record.header(headers.RECEIVED_AT)
    received = millis(header) if header else None
    return record.timestamp if received is None else min(received, record.timestamp)


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
