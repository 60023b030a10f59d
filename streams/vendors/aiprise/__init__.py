"""AiPrise: verification responses, pulled or called back, and event callbacks.

Public documents (docs.aiprise.com): "User Verification Response", "Callbacks", "Case - Event
Callbacks", "User Profile Events Callback", "Warning Codes", "Status Error Codes", and the API's
OpenAPI description.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import DecidedBy, Drop, Environment, Rejection, SessionKind
from streams.vendors.aiprise.basis import read_basis
from streams.vendors.aiprise.callbacks import Response, recognise
from streams.vendors.aiprise.checks import read_aml, read_business, read_face_match, read_liveness
from streams.vendors.aiprise.decision import decide
from streams.vendors.aiprise.documents import read_additional, read_id
from streams.vendors.aiprise.fields import FIELDS
from streams.vendors.aiprise.insights import read_insights
from streams.vendors.aiprise.payload import Callback
from streams.vendors.aiprise.payload import Response as Fields
from streams.vendors.aiprise.sections import Findings, codes, read_unknown
from streams.vendors.aiprise.tables import (
    AML_LISTS,
    BUSINESS_FIELDS,
    CASE_STATUS_UPDATE,
    ENVIRONMENTS,
    HIGH_RISKS,
)
from streams.vendors.base.draft import Draft
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import token, word

__all__ = ["FIELDS", "normalize"]


def normalize(payload: dict[str, Any]) -> Draft | Rejection | Drop:
    """The draft of a response or an event callback."""
    response = recognise(payload)
    if not isinstance(response, Response):
        return response
    fields = response.fields
    basis = read_basis(response)
    if isinstance(basis, Rejection):
        return basis

    found = Findings(Reader())
    verdict = decide(basis.status, basis.result, response.event)
    found.reasons += [*verdict.reasons, *_reasons(fields, found)]
    found.flags.extend(verdict.flags)
    for axis in verdict.unmapped:
        found.reader.unmapped(axis)
    _read_sections(fields, found)
    occurred_at = _time(fields, found)
    environment = _environment(fields, found)
    axes = {
        "status": basis.status,
        "verification_result": basis.result,
        **_other_axes(fields, found),
    }
    event_id = _id(fields, "callback_uuid", found)
    if response.thin:
        found.flags.append("thin")
    manual = response.event == CASE_STATUS_UPDATE
    draft = Draft(
        session_id=basis.session_id,
        decision=verdict.decision,
        lifecycle=verdict.lifecycle,
        vendor_event_id=event_id,
        session_kind=_session_kind(fields),
        subject_id=_id(fields, "client_reference_id", found),
        vendor_subject_id=_id(fields, "user_profile_id", found),
        workflow_id=_id(fields, "template_id", found),
        environment=environment,
        decided_by=DecidedBy.MANUAL if manual else DecidedBy.UNKNOWN,
        vendor_status={name: value for name, value in axes.items() if value is not None},
        reasons=found.reasons,
        checks=found.checks,
        occurred_at=occurred_at,
        person=found.person,
        documents=found.documents,
        addresses=found.addresses,
        networks=found.networks,
        devices=found.devices,
        contacts=found.contacts,
        vendor_duplicates=found.duplicates(),
        flags=found.flags,
        may_regress=manual,
        # Two documents of AiPrise disagree on whether `created_at` is the time of the response or
        # of the session; if it is the session's, it orders no two states of it.
        ordered=event_id is not None,
    )
    return found.reader.finish(draft)


# What is read or left aside by name; wrappers are unwrapped by now.
KNOWN = frozenset((*Fields.__struct_fields__, *Callback.__struct_fields__, "aiprise_summary"))


def _session_kind(fields: dict[str, Any]) -> SessionKind:
    for name in BUSINESS_FIELDS:
        if fields.get(name) is not None:
            return SessionKind.BUSINESS
    return SessionKind.PERSON


def _read_sections(fields: dict[str, Any], found: Findings) -> None:
    read_id(fields.get("id_info"), "id_info", found)
    read_face_match(fields.get("face_match_info"), "face_match_info", found)
    read_liveness(fields.get("face_liveness_info"), "face_liveness_info", found)
    read_aml(fields.get("aml_info"), "aml_info", found)
    read_business(fields.get("business_info"), "business_info", found)
    read_additional(fields.get("additional_info"), "additional_info", found)
    read_insights(fields.get("fraud_insights"), found)
    read_unknown(fields, KNOWN, "", found)


def _id(fields: dict[str, Any], name: str, found: Findings) -> str | None:
    return found.reader.identifier(fields.get(name), name)


def _reasons(fields: dict[str, Any], found: Findings) -> list[str]:
    """Why, in codes: of a run that failed, of the reviewer, of monitored AML lists."""
    reasons: list[str] = []
    status_reasons = fields.get("status_reasons")
    if isinstance(status_reasons, list):
        reasons.extend(codes(found.reader.items(status_reasons, "status_reasons")))
    elif status_reasons is not None:
        found.reader.note("status_reasons")
    if (reason := fields.get("reason")) is not None:
        reasons.extend(codes([reason]))
    update = fields.get("aml_monitoring_update")
    if isinstance(update, dict):
        reasons.extend(reason for name, reason in AML_LISTS if update.get(name))
    return reasons


def _time(fields: dict[str, Any], found: Findings) -> int | None:
    """`created_at` in epoch ms; of an AML update, its own."""
    update = fields.get("aml_monitoring_update")
    times = {"created_at": fields.get("created_at")}
    if isinstance(update, dict):
        times["aml_monitoring_update.created_at"] = update.get("created_at")
    for path, value in times.items():
        if value is None:
            continue
        if isinstance(value, bool | list | dict):
            found.reader.note(path)
        elif (moment := found.reader.time(value, path)) is not None:
            return moment
    return None


def _environment(fields: dict[str, Any], found: Findings) -> Environment | None:
    """SANDBOX, or None: in production the field is absent, and thin events never have it."""
    value = fields.get("environment")
    if value is None:
        return None
    if not isinstance(value, str):
        found.reader.note("environment")
        return None
    known = ENVIRONMENTS.get(word(value))
    if known is None and word(value):
        found.reader.unmapped("environment")
    return None if known is None else Environment(known)


def _other_axes(fields: dict[str, Any], found: Findings) -> dict[str, str | None]:
    """Axes that are kept as AiPrise wrote them and decide nothing here."""
    risk = fields.get("risk_info")
    scoring = risk.get("scoring") if isinstance(risk, dict) else None
    level = token(scoring.get("risk_level")) if isinstance(scoring, dict) else None
    if word(level) in HIGH_RISKS:
        found.reasons.append(f"risk_level:{level}")
    return {"event_type": token(fields.get("event_type")), "risk_level": level}
