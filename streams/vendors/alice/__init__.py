"""Alice: the onboarding report (Alice Onboarding, "Report", "Checks", "Report V0").

A report is a snapshot of one user: the verdict is `summary.state.value`, the session is the
user's onboarding (`user_id`), the report's `id` is new with every report. Alice publishes no
schema of its webhooks, so an object that holds the report under `report` or `data` is unwrapped.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Check, Decision, Drop, Lifecycle, Rejection
from streams.vendors.alice import checks, parts
from streams.vendors.alice.fields import FIELDS
from streams.vendors.alice.payload import (
    Document,
    DocumentMeta,
    Event,
    ExternalUserData,
    Head,
    Selfie,
    Summary,
    find_report,
    listed,
    report_fields,
)
from streams.vendors.alice.tables import STATES
from streams.vendors.base.draft import Draft, raw_text
from streams.vendors.base.reader import Reader, read_strictly
from streams.vendors.base.values import identifier, word

__all__ = ["FIELDS", "normalize"]


def normalize(payload: dict[str, Any]) -> Draft | Rejection | Drop:
    """The decision of one report, bare or in a webhook's object."""
    report = find_report(payload)
    if report is None:
        return Rejection("unknown_shape", "no Alice report: neither bare nor under report or data")
    head = read_strictly(report, Head)
    if isinstance(head, Rejection):
        return head
    user_id = identifier(head.user_id)
    if user_id is None:
        return Rejection("missing_identity", "user_id: absent or blank")
    reader = Reader()
    draft = _decided(head, user_id, report, reader)
    draft.occurred_at = reader.time(report.get("created_at"), "created_at")
    draft.ordered = draft.occurred_at is not None
    # Each report is a snapshot with a time of its own: the latest is right, whatever it takes back.
    draft.may_regress = draft.ordered
    _read_parts(reader, report, draft)
    return reader.finish(draft)


def _decided(head: Head, user_id: str, report: dict[str, Any], reader: Reader) -> Draft:
    decision, lifecycle = Decision.UNDETERMINED, Lifecycle.UNKNOWN
    reasons = []
    if head.state is None:
        reasons.append("missing:summary.state.value")
        if all(report.get(name) in ([], {}) for name in ("selfies", "documents")):
            decision = Decision.PENDING
    elif (known := STATES.get(word(head.state))) is not None:
        decision, lifecycle = known
    else:
        reader.unmapped("summary.state.value")
    return Draft(
        session_id=user_id,
        decision=decision,
        lifecycle=lifecycle,
        vendor_version=raw_text(report.get("version")),
        vendor_event_id=reader.identifier(report.get("id"), "id"),
        subject_id=user_id,
        vendor_subject_id=user_id,
        vendor_status={"state": head.state} if head.state else {},
        reasons=reasons,
        volatile=frozenset({"media"}),
    )


def _read_parts(reader: Reader, report: dict[str, Any], draft: Draft) -> None:
    summary = reader.part(report.get("summary"), Summary, "summary") or Summary()
    voided: set[str | None] = set()
    of_selfies = _read_selfies(reader, report.get("selfies"), voided)
    if summary.face_liveness is not None:
        # The third place of liveness speaks only where no selfie says anything itself.
        of_selfies = [c for c in of_selfies if c.name != "liveness" or c.raw_value is not None]
    of_documents, fields = _read_documents(reader, report.get("documents"), voided, draft)
    at = "summary.user_data"
    user_data = report_fields(reader, summary.user_data, at, of_checks=at)
    # The best-read fields of all documents stand here again; only what no document says is new.
    of_user = checks.field_checks(user_data)
    if of_user:
        told = {(c.name, c.instance) for c in of_documents}
        of_documents += [c for c in of_user if (c.name, c.instance) not in told]
    told_live = any(c.name == "liveness" for c in of_selfies)
    of_summary = checks.summary_checks(reader, summary, voided, told_live)
    draft.checks = of_summary + of_selfies + of_documents
    _read_duplicates(reader, report.get("duplicates"), draft)

    external = reader.part(
        summary.external_user_data, ExternalUserData, "summary.external_user_data"
    )
    user = parts.by_name(user_data)
    draft.person = parts.person(reader, user, fields, external)
    if not draft.addresses and (address := parts.address(reader, user, None)) is not None:
        draft.addresses.append(address)
    draft.contacts = parts.contacts(reader, external)
    draft.documents += parts.trusted_documents(reader, report.get("other_trusted_documents"))

    events = reader.parts(listed(report.get("events"), "id"), Event, "events")
    times = [reader.time(e.occurred_on, f"events[{i}].occurred_on") for i, e in enumerate(events)]
    draft.started_at = min((t for t in times if t is not None), default=None)
    devices = parts.report_devices(reader, summary.devices, events)
    draft.devices = parts.drafts_of_devices(devices)
    draft.networks = parts.networks(reader, devices)


def _read_selfies(reader: Reader, value: Any, voided: set[str | None]) -> list[Check]:
    found: list[Check] = []
    for i, selfie in enumerate(reader.parts(listed(value, "id"), Selfie, "selfies")):
        if reader.boolean(selfie.voided, f"selfies[{i}].voided"):
            voided |= {identifier(selfie.id)} - {None}
        else:
            found += checks.selfie_checks(reader, selfie, f"selfies[{i}]")
    return found


def _read_documents(
    reader: Reader, value: Any, voided: set[str | None], draft: Draft
) -> tuple[list[Check], parts.Fields]:
    """The checks and the fields of all documents that are not voided; the documents themselves
    and the addresses printed on them go into the draft.
    """
    found: list[Check] = []
    all_fields: parts.Fields = {}
    for i, item in enumerate(reader.parts(listed(value, "id"), Document, "documents")):
        path = f"documents[{i}]"
        meta = reader.part(item.meta, DocumentMeta, f"{path}.meta") or DocumentMeta()
        if checks.is_voided(reader, meta, path):
            voided |= {identifier(item.id)} - {None}
            continue
        fields = checks.document_fields(reader, item, path)
        by_name = parts.by_name(fields)
        drafted = parts.document(reader, item, meta, by_name, path)
        draft.documents.append(drafted)
        address = parts.address(reader, by_name, drafted.document.issuing_country)
        if address is not None:
            draft.addresses.append(address)
        found += checks.document_checks(reader, item, fields, path)
        all_fields = by_name | all_fields
    return found, all_fields


def _read_duplicates(reader: Reader, value: Any, draft: Draft) -> None:
    is_over = draft.lifecycle is Lifecycle.COMPLETED
    if (found := checks.duplicate_check(value, is_over=is_over)) is not None:
        draft.checks.append(found)
        draft.vendor_duplicates = parts.vendor_duplicates(value, draft.session_id)
    elif value is not None:
        reader.note("duplicates")
