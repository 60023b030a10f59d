"""Warnings → checks and reasons. A warning's `log_type` is the customer's configuration and decides
the outcome; what it is about is a table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from streams.contracts.model import Outcome
from streams.vendors.base.draft import NOT_APPLICABLE, RANK, Reason
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import word
from streams.vendors.didit import payload as p
from streams.vendors.didit import tables
from streams.vendors.didit.checks.reports import Entry


class DraftCheck(Struct, frozen=True):
    """A check in the making. A `settled` outcome is the feature's own: warnings only explain it."""

    name: str
    outcome: Outcome
    vendor_key: str
    raw: Any = None
    score: float | None = None
    derive: bool = True
    settled: bool = False
    reasons: tuple[str, ...] = ()


def risk_of(warning: p.Warning) -> str | None:
    """The warning's risk code, in upper case; None where it has none."""
    return (warning.risk or "").strip().upper() or None


def with_warnings(entry: Entry, checks: list[DraftCheck]) -> Iterable[DraftCheck]:
    """The checks of a report, and what its warnings add to them."""
    found = {check.name: check for check in checks}
    for warning in entry.warnings:
        risk = risk_of(warning)
        if risk is None:
            continue
        if entry.status.reason is not None:
            # Not decided yet: the warnings are worth keeping, but judge nothing.
            for check in found.values():
                found[check.name] = replace(check, reasons=(*check.reasons, risk))
            continue
        name = _check_of(entry, risk) or entry.feature.check or f"vendor.didit.{risk.lower()}"
        found[name] = _judged(found.get(name), warning, risk, name)
    return found.values()


def _judged(known: DraftCheck | None, warning: p.Warning, risk: str, name: str) -> DraftCheck:
    outcome = tables.LOG_TYPES.get(word(warning.log_type), NOT_APPLICABLE)
    if known is None:
        known = DraftCheck(name, outcome, risk, warning.log_type)
    elif known.settled or RANK[outcome] <= RANK[known.outcome]:
        outcome = known.outcome
    if risk in tables.NOT_PERFORMED:
        # The service did not answer: neither for nor against the applicant.
        outcome = NOT_APPLICABLE
    return replace(known, outcome=outcome, reasons=(*known.reasons, risk))


def _check_of(entry: Entry, risk: str) -> str | None:
    """The check a risk is about; None for a risk that no table has."""
    return tables.FEATURE_RISKS.get((entry.feature.array, risk)) or tables.RISKS.get(risk)


def read_reasons(reader: Reader, entries: Iterable[Entry]) -> Iterable[Reason]:
    """The risk codes of all reports; the words that no table has are unmapped."""
    found: dict[Reason, None] = {}
    for entry in entries:
        if entry.unmapped:
            reader.unmapped(f"{entry.key}.status")
        for warning in entry.warnings:
            if (risk := risk_of(warning)) is not None:
                found[risk] = None
                if _check_of(entry, risk) is None:
                    reader.unmapped(f"{entry.key}.warnings.risk")
            log_type = word(warning.log_type)
            if log_type and log_type not in tables.LOG_TYPES:
                reader.unmapped(f"{entry.key}.warnings.log_type")
    return found
