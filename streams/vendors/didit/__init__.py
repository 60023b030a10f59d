"""Didit: sessions for people and companies, and one-shot results.

Public documents: Didit, "Decision V3 report objects" (every feature's report, the warning object
and the status enum), "Webhooks", "Business verification: webhooks", the warning pages of each
feature, "Face search" and "Age estimation". V2's single objects (`kyc`, `face`, `aml`, …) are
read as well; they hold the first report only.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Drop, Environment, Rejection, SessionKind
from streams.vendors.base.draft import Draft
from streams.vendors.base.reader import Reader, invalid_type
from streams.vendors.base.values import identifier, word
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks import canonical, checks_of, not_run_check, risk_of, unique
from streams.vendors.didit.fields import FIELDS
from streams.vendors.didit.links import duplicates_of
from streams.vendors.didit.parts import contacts_of, documents_of, person_of
from streams.vendors.didit.places import places_of
from streams.vendors.didit.reports import Entry, by_kind, entries, not_run, unknown_reports
from streams.vendors.didit.session import (
    decided_by,
    moments_of,
    review_of,
    verdict_from,
    verdict_of,
)
from streams.vendors.didit.shape import (
    Delivery,
    Standalone,
    identity,
    session_id,
    session_of,
    shape_of,
)
from streams.vendors.didit.standalone import SPECIAL
from streams.vendors.didit.tables import (
    BUSINESS_KEYS,
    DATA_EVENTS,
    ENVIRONMENTS,
    FEATURES,
    KINDS,
    LOG_TYPES,
)

__all__ = ["FIELDS", "normalize"]


def normalize(payload: dict[str, Any]) -> Draft | Rejection | Drop:
    """A webhook envelope, a pulled decision or a standalone result → its draft."""
    shape = shape_of(payload)
    if isinstance(shape, Standalone):
        return _standalone(shape)
    return _session(shape) if isinstance(shape, Delivery) else shape


def _session(delivery: Delivery) -> Draft | Rejection:
    identified = session_id(delivery)
    if isinstance(identified, Rejection):
        return identified
    verdict = verdict_of(delivery)
    if isinstance(verdict, Rejection):
        return verdict
    reader = Reader()
    for axis in verdict.unmapped:
        reader.unmapped(axis)
    envelope, decision = session_of(delivery, reader)
    body = delivery.decision or {}
    review = review_of(body, verdict, reader)
    moments = moments_of(delivery, envelope, decision, review, reader)
    event_id = identifier(envelope.event_id)
    draft = Draft(
        session_id=identified,
        decision=verdict.status.decision,
        lifecycle=verdict.status.lifecycle,
        vendor_version=_version(envelope, delivery),
        vendor_event_id=event_id,
        session_kind=_kind(envelope, decision, delivery, reader),
        subject_id=identifier(envelope.vendor_data) or identifier(decision.vendor_data),
        tenant_id=identifier(envelope.application_id) or identifier(decision.application_id),
        workflow_id=identifier(envelope.workflow_id) or identifier(decision.workflow_id),
        environment=_environment(envelope, reader) or _environment(decision, reader),
        decided_by=decided_by(body, verdict, review),
        vendor_status=verdict.vendor_status,
        reasons=verdict.reasons,
        flags=verdict.flags,
        occurred_at=moments.occurred_at,
        started_at=moments.started_at,
        may_regress=verdict.takes_back or review is not None or delivery.event in DATA_EVENTS,
        ordered=event_id is not None or moments.occurred_at is not None,
    )
    if delivery.decision is None:
        draft.flags.append("thin")
    _parts(draft, body, reader)
    return _finish(draft, reader)


def _standalone(shape: Standalone) -> Draft | Rejection:
    identified = identity(shape.body["request_id"], "request_id")
    if not isinstance(identified, str):
        return identified or Rejection("missing_identity", "no request_id")
    raw = shape.body[shape.result].get("status")
    if raw is not None and not isinstance(raw, str):
        return invalid_type(f"{shape.result}.status", "string", raw)
    verdict = verdict_from([("status", raw)] if raw and raw.strip() else [])
    reader = Reader()
    for axis in verdict.unmapped:
        reader.unmapped(axis)
    said = reader.part(shape.body, p.Session, "") or p.Session()
    occurred_at = reader.time(said.created_at, "created_at")
    draft = Draft(
        session_id=identified,
        decision=verdict.status.decision,
        lifecycle=verdict.status.lifecycle,
        vendor_version="v2",
        subject_id=identifier(said.vendor_data),
        environment=_environment(said, reader),
        vendor_status=verdict.vendor_status,
        reasons=verdict.reasons,
        flags=verdict.flags,
        occurred_at=occurred_at,
        may_regress=verdict.takes_back,
        ordered=occurred_at is not None,
    )
    if read := SPECIAL.get(shape.result):
        _explain(draft, [read(shape.body, draft, reader)], reader)
    else:
        _parts(draft, {shape.result: shape.body[shape.result]}, reader)
    return _finish(draft, reader)


def _parts(draft: Draft, body: dict[str, Any], reader: Reader) -> None:
    """Everything the reports say, put into the draft."""
    found = entries(body, reader)
    for entry in found:
        draft.checks += checks_of(entry, reader)
    for feature in not_run(body):
        draft.checks += not_run_check(feature)
    unknown = unknown_reports(body, reader)
    for entry in unknown:
        draft.checks += checks_of(entry, reader)
    kinds = by_kind(found)
    draft.person = person_of(kinds, reader)
    draft.documents = documents_of(kinds, reader)
    draft.contacts = contacts_of(kinds, reader)
    places = places_of(kinds, reader)
    draft.networks, draft.devices = places.networks, places.devices
    draft.addresses, draft.vendor_distances = places.addresses, places.distances
    draft.vendor_duplicates = duplicates_of(found, draft.session_id, draft.subject_id, reader)
    _explain(draft, [*found, *unknown], reader)


def _explain(draft: Draft, found: list[Entry], reader: Reader) -> None:
    """The risk codes of all reports as reasons, and the words that no table knows."""
    for entry in found:
        if entry.unmapped:
            reader.unmapped(f"{entry.key}.status")
        for warning in entry.warnings:
            risk = risk_of(warning)
            if risk is not None:
                draft.reasons.append(risk)  # each once: see `Reader.finish`
                if canonical(entry.feature, risk) is None:
                    reader.unmapped(f"{entry.key}.warnings.risk")
            if (log_type := word(warning.log_type)) and log_type not in LOG_TYPES:
                reader.unmapped(f"{entry.key}.warnings.log_type")


def _finish(draft: Draft, reader: Reader) -> Draft:
    draft.checks = unique(draft.checks)
    return reader.finish(draft)


def _version(envelope: p.Session, delivery: Delivery) -> str | None:
    """The webhook's version, else told by the keys of the reports."""
    if version := identifier(envelope.webhook_version):
        return version.lower()
    body = delivery.decision or {}
    if any(isinstance(body.get(f.array), list) for f in FEATURES):
        return "v3"
    return "v2" if any(isinstance(body.get(k), dict) for f in FEATURES for k in f.singles) else None


def _environment(said: p.Session, reader: Reader) -> Environment | None:
    name = word(said.environment)
    if name and name not in ENVIRONMENTS:
        reader.unmapped("environment")
    return ENVIRONMENTS.get(name)


def _kind(
    envelope: p.Session, decision: p.Session, delivery: Delivery, reader: Reader
) -> SessionKind:
    """As it is called; by what the payload holds where it is called nothing that a table knows."""
    for said in (envelope, decision):
        if (name := word(said.session_kind)) and (kind := KINDS.get(name)):
            return kind
        if name:
            reader.unmapped("session_kind")
    for body in (delivery.envelope, delivery.decision):
        if body and any(map(body.get, BUSINESS_KEYS)):
            return SessionKind.BUSINESS
    return SessionKind.PERSON
