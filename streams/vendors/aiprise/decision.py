"""The decision: AiPrise's run status × its result, which are two axes; and what is beside them.

Sources: AiPrise docs, "User Verification Response" (status, aiprise_summary, status_reasons),
"Case - Event Callbacks" (reason, aml_monitoring_update).
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Decision, Environment, Lifecycle
from streams.vendors.aiprise import tables
from streams.vendors.aiprise.checks import codes
from streams.vendors.base.draft import SessionDecision
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import text, token, word

# Attributes of an enum class are slow to read.
_PENDING, _UNDETERMINED = Decision.PENDING, Decision.UNDETERMINED


def decide(
    reader: Reader, status: str | None, result: str | None, event: str = ""
) -> SessionDecision:
    """The decision of a run status and a result, both as AiPrise wrote them.

    `event` is the callback's event type in `word` form: it replaces a status that is
    missing. A case update is what a reviewer decided, which holds whatever the run does.
    """
    ran, concluded = word(status), word(result)
    # Not `ran`: of a word of dashes it holds nothing, and that is no missing status.
    if ran not in tables.LIFECYCLES and text(status):
        reader.unmapped("status")
        return SessionDecision(_UNDETERMINED, Lifecycle.UNKNOWN)
    ran = "" if event == tables.CASE_STATUS_UPDATE else ran or tables.EVENT_STATUS.get(event, "")
    row = tables.DECISIONS.get(ran)
    decision = _PENDING if row is None else row.get(concluded, _UNDETERMINED)
    reasons = []
    if concluded not in tables.RESULTS and text(result):
        reader.unmapped("verification_result")
    elif decision is _UNDETERMINED and not concluded:
        reasons.append("missing:verification_result")
    elif decision is _UNDETERMINED or (ran == "completed" and concluded == "unknown"):
        reasons.append("vendor_result_unknown")
    conflict = row is None and concluded in tables.CONCLUSIVE
    flags = ["status_result_conflict"] if conflict else []
    return SessionDecision(
        decision, _lifecycle(ran, concluded, decision), reasons=reasons, flags=flags
    )


def _lifecycle(ran: str, concluded: str, decision: Decision) -> Lifecycle:
    if concluded == "update_required" and decision is _PENDING and ran in tables.DECISIONS:
        return Lifecycle.AWAITING_USER
    if ran:
        return tables.LIFECYCLES[ran]
    return Lifecycle.UNKNOWN if decision is _UNDETERMINED else Lifecycle.COMPLETED


def read_reasons(reader: Reader, fields: dict[str, Any]) -> list[str]:
    """Why, in codes: of a run that failed, of the reviewer, of monitored AML lists."""
    reasons: list[str] = []
    status_reasons = fields.get("status_reasons")
    if isinstance(status_reasons, list):
        reasons += codes(reader.items(status_reasons, "status_reasons"))
    elif status_reasons is not None:
        reader.note("status_reasons")
    if (reason := fields.get("reason")) is not None:
        reasons += codes([reason])
    update = fields.get("aml_monitoring_update")
    if isinstance(update, dict):
        reasons += [reason for name, reason in tables.AML_LISTS if update.get(name)]
    return reasons


def read_time(reader: Reader, fields: dict[str, Any]) -> int | None:
    """`created_at` in epoch ms; of an AML update, its own."""
    update = fields.get("aml_monitoring_update")
    times = {"created_at": fields.get("created_at")}
    if isinstance(update, dict):
        times["aml_monitoring_update.created_at"] = update.get("created_at")
    for path, value in times.items():
        if value is None:
            continue
        if isinstance(value, bool | list | dict):
            reader.note(path)
        elif (moment := reader.time(value, path)) is not None:
            return moment
    return None


def read_environment(reader: Reader, value: Any) -> Environment | None:
    """SANDBOX, or None: in production the field is absent, and thin events never have it."""
    if value is not None and not isinstance(value, str):
        reader.note("environment")
    return reader.mapped(tables.ENVIRONMENTS, value, "environment")


def read_risk_level(fields: dict[str, Any]) -> str | None:
    """`risk_info.scoring.risk_level` as AiPrise wrote it; it decides nothing here."""
    risk = fields.get("risk_info")
    scoring = risk.get("scoring") if isinstance(risk, dict) else None
    return token(scoring.get("risk_level")) if isinstance(scoring, dict) else None
