"""What all sections share: a run status, a result, warnings; and where their findings gather.

Source: AiPrise docs, "User Verification Response". A section's `result` decides the outcome of
its checks, a run that is not over makes them NOT_APPLICABLE, a run that failed is technical and
never FAIL. Each warning is a reason on the check that its code speaks of.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from streams.contracts.model import Address, Check, Linked, LinkKind, Network, Outcome, Person
from streams.vendors.aiprise.codes import DUPLICATES, POSITIVE, check_of
from streams.vendors.aiprise.payload import Section
from streams.vendors.aiprise.tables import SECTION_PENDING, SECTION_RESULTS, SECTION_STATUSES
from streams.vendors.base.draft import (
    DraftContact,
    DraftDevice,
    DraftDocument,
    VendorDuplicate,
    check,
)
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import identifier, token, word


class Findings(Struct):
    """What the parts of one response add to its event."""

    reader: Reader
    person: Person | None = None
    checks: list[Check] = []
    documents: list[DraftDocument] = []
    addresses: list[Address] = []
    networks: list[Network] = []
    devices: list[DraftDevice] = []
    contacts: list[DraftContact] = []
    linked: dict[LinkKind, list[Linked]] = field(default_factory=dict)
    """Sessions that AiPrise says share something with this one; it may know of them unnamed."""
    reasons: list[str] = []
    flags: list[str] = []

    def duplicates(self) -> list[VendorDuplicate]:
        return [VendorDuplicate(link=kind, linked=found) for kind, found in self.linked.items()]


def codes(entries: list[Any] | None) -> list[str]:
    """The codes of `warnings` or `status_reasons`, in upper case: objects with a `code`, or bare
    codes.
    """
    if not entries:
        return []
    given = [token(e.get("code") if isinstance(e, dict) else e) for e in entries]
    return list(dict.fromkeys([code.upper() for code in given if code]))


def _codes(section: Section, name: str, path: str, found: Findings) -> list[str]:
    return codes(found.reader.items(getattr(section, name) or [], f"{path}.{name}"))


def verdict(section: Section, path: str, found: Findings) -> tuple[Outcome, list[str]]:
    """The outcome that a section's run status and result make, with its reasons."""
    status = word(section.status)
    if status not in SECTION_STATUSES:
        found.reader.unmapped(f"{path}.status")
        return Outcome.NOT_APPLICABLE, ["unmapped"]
    if status in SECTION_PENDING:
        return Outcome.NOT_APPLICABLE, ["pending"]
    if status == "failed":
        return Outcome.REVIEW, _codes(section, "status_reasons", path, found) or ["failed"]
    result = SECTION_RESULTS.get(word(section.result))
    if result is None:
        found.reader.unmapped(f"{path}.result")
        return Outcome.NOT_APPLICABLE, ["unmapped"]
    outcome, reasons = result
    return outcome, list(reasons)


def add_checks(
    name: str,
    section: Section,
    path: str,
    found: Findings,
    *,
    instance: str | None = None,
    outcome: Outcome | None = None,
    score: float | None = None,
    derive: bool = True,
    raw_value: Any = None,
    reasons: list[str] | None = None,
) -> Outcome:
    """Add a section's own check `name`, and one for each other check that its warnings speak of.

    `outcome` overrides the section's, `raw_value` its raw result; `reasons` come after its own.
    """
    decided, why = verdict(section, path, found)
    instance = instance or identifier(section.section_id)
    warned = _by_check(_codes(section, "warnings", path, found), name, found)
    own = warned.pop(name, [])
    told = why + own
    if reasons:
        told += [r for r in reasons if r not in own]
    found.checks.append(
        check(
            name,
            outcome or decided,
            score=score,
            derive=derive,
            instance=instance,
            vendor_key=path,
            raw_value=section.result if raw_value is None else raw_value,
            reasons=told,
        )
    )
    if warned:
        _add_warned(warned, decided, why, path, instance, found)
    return outcome or decided


def add_warnings(section: Section, path: str, found: Findings) -> None:
    """The warnings of a section that is no check itself: reasons on the checks there are, else on
    checks of their own; what speaks of no check is a reason of the event.
    """
    decided, why = verdict(section, path, found)
    warned = _by_check(_codes(section, "warnings", path, found), "", found)
    found.reasons += warned.pop("", [])
    if word(section.status) == "failed":
        found.reasons += why
    if warned:
        for known in found.checks:
            if reasons := warned.pop(known.name, None):
                known.reasons = list(dict.fromkeys([*known.reasons, *reasons]))
        _add_warned(warned, decided, why, path, identifier(section.section_id), found)


def _by_check(warnings: list[str], main: str, found: Findings) -> dict[str, list[str]]:
    """Check → its codes; those that speak of no check belong to `main`."""
    by_check: dict[str, list[str]] = {}
    for code in warnings:
        by_check.setdefault(check_of(code) or main, []).append(code)
        if code in DUPLICATES:
            found.linked.setdefault(DUPLICATES[code], [])
    return by_check


def _add_warned(
    warned: dict[str, list[str]],
    decided: Outcome,
    why: list[str],
    path: str,
    instance: str | None,
    found: Findings,
) -> None:
    # "data_found" and the codes of a failed run tell about the section, not about a warning.
    shared = [reason for reason in why if reason in ("pending", "unmapped")]
    for name, reasons in warned.items():
        outcome = Outcome.PASS if POSITIVE.issuperset(reasons) else decided
        own = reasons if outcome is not decided else [*shared, *reasons]
        found.checks.append(check(name, outcome, instance=instance, vendor_key=path, reasons=own))


def read_unknown(fields: dict[str, Any], known: frozenset[str], path: str, found: Findings) -> None:
    """Sections under names that no table has, so that a new one and its warnings are never lost."""
    for name in sorted(fields.keys() - known):
        sections = fields[name] if isinstance(fields[name], list) else [fields[name]]
        key = token(name)
        if key and any(map(_is_section, sections)):
            for section in found.reader.parts(sections, Section, f"{path}{name}"):
                add_checks(f"vendor.aiprise.{key.lower()}", section, f"{path}{name}", found)


def _is_section(value: Any) -> bool:
    return isinstance(value, dict) and (
        bool(value.get("warnings")) or ("result" in value and "status" in value)
    )


def with_concerns(
    section: Section, path: str, found: Findings, concerns: list[str]
) -> Outcome | None:
    """REVIEW where the section came to no result of its own although something is of concern."""
    if not concerns:
        return None
    outcome, reasons = verdict(section, path, found)
    silent = outcome is Outcome.NOT_APPLICABLE and not reasons
    return Outcome.REVIEW if silent else None
