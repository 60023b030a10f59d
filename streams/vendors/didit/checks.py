"""Feature reports → canonical checks.

The feature's own status decides its main check. Warnings add checks for what they are about;
their `log_type` is the customer's configuration and decides the outcome. Facts without a warning
(a disposable number, a VPN) ask for review, never fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from streams.contracts.model import Check, Outcome
from streams.vendors.base.draft import check
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import boolean, fraction, number, word
from streams.vendors.didit import payload as p
from streams.vendors.didit.reports import Entry
from streams.vendors.didit.tables import (
    FEATURE_RISKS,
    LOG_TYPES,
    MATCH_TYPES,
    NOT_PERFORMED,
    RISKS,
    Feature,
)

# Attributes of an enum class are slow to read.
_NOT_APPLICABLE, _PASS = Outcome.NOT_APPLICABLE, Outcome.PASS
_REVIEW, _FAIL = Outcome.REVIEW, Outcome.FAIL
_RANK = {_NOT_APPLICABLE: 0, _PASS: 1, _REVIEW: 2, _FAIL: 3}


class Finding(Struct):
    """A check in the making. A `settled` outcome is the feature's own: warnings only explain it."""

    name: str
    outcome: Outcome
    vendor_key: str
    raw: Any = None
    score: float | None = None
    derive: bool = True
    settled: bool = False
    reasons: list[str] = []

    def add(self, outcome: Outcome, reason: str) -> None:
        if not self.settled and _RANK[outcome] > _RANK[self.outcome]:
            self.outcome = outcome
        self.reasons.append(reason)


def checks_of(entry: Entry, reader: Reader) -> list[Check]:
    """The checks of one report, all with the report's instance."""
    findings = _findings(entry, reader)
    if entry.warnings:
        findings = _judged(entry, findings)
    return [
        check(
            f.name,
            f.outcome,
            score=f.score,
            derive=f.derive,
            instance=entry.instance,
            vendor_key=f.vendor_key,
            raw_value=f.raw,
            reasons=list(dict.fromkeys(f.reasons)) if f.reasons else None,
        )
        for f in findings
    ]


def _judged(entry: Entry, findings: list[Finding]) -> list[Finding]:
    """The findings, and what the report's warnings add to them."""
    found = {f.name: f for f in findings}
    for warning in entry.warnings:
        risk = risk_of(warning)
        if risk is None:
            continue
        if entry.status.reason is not None:
            # Not decided yet: the warnings are worth keeping, but judge nothing.
            for finding in findings:
                finding.add(_NOT_APPLICABLE, risk)
            continue
        _judge(entry, warning, risk, found)
    return list(found.values())


def risk_of(warning: p.Warning) -> str | None:
    """The warning's risk code, in upper case; None where it has none."""
    return (warning.risk or "").strip().upper() or None


def canonical(feature: Feature, risk: str) -> str | None:
    """The check a risk is about; None for a risk that no table has."""
    return FEATURE_RISKS.get((feature.array, risk)) or RISKS.get(risk)


def _judge(entry: Entry, warning: p.Warning, risk: str, found: dict[str, Finding]) -> None:
    outcome = LOG_TYPES.get(word(warning.log_type), _NOT_APPLICABLE)
    name = canonical(entry.feature, risk) or entry.feature.check or f"vendor.didit.{risk.lower()}"
    if name in found:
        found[name].add(outcome, risk)
    else:
        found[name] = Finding(name, outcome, risk, warning.log_type, reasons=[risk])
    if risk in NOT_PERFORMED:
        # The service did not answer: neither for nor against the applicant.
        found[name].outcome = _NOT_APPLICABLE


def _findings(entry: Entry, reader: Reader) -> list[Finding]:
    status, report, feature = entry.status, entry.report, entry.feature
    found: list[Finding] = []
    if feature.check is not None:
        main = Finding(feature.check, status.outcome, entry.key, report.status, settled=True)
        if status.reason is not None:
            main.reasons.append(status.reason)
        elif entry.unmapped:
            main.reasons.append("unmapped")
        elif feature.array in _MAIN:
            _MAIN[feature.array](main, entry, reader)
        found.append(main)
    elif status.outcome is _FAIL or status.outcome is _REVIEW or entry.unmapped:
        # IP analysis has no check of its own: its status is kept as the vendor's.
        found.append(
            Finding(
                f"vendor.didit.{feature.array}", status.outcome, entry.key, report.status,
                settled=True, reasons=["unmapped"] if entry.unmapped else [],
            )
        )  # fmt: skip
    kind = type(report)
    if kind in _RISKY and (status.reason is None or kind is p.IpAnalysis):
        found += _risks(entry, _RISKY[kind])
    if kind in _MEASURED and status.reason is None:
        found += _measures(entry, _MEASURED[kind])
    return found


# -- what a report's fields add to its main check ----------------------------------------------


def _confidence(main: Finding, entry: Entry, reader: Reader) -> None:
    assert isinstance(entry.report, p.Face)
    if entry.report.score is None:
        return
    main.raw, main.score = entry.report.score, fraction(entry.report.score)
    if main.score is None:
        main.reasons.append("invalid_value")


def _risk_score(main: Finding, entry: Entry, reader: Reader) -> None:
    # The provider's scale, where more is worse: no confidence of ours.
    assert isinstance(entry.report, p.AmlScreening)
    main.derive = False
    main.raw = entry.report.score
    if hits := number(entry.report.total_hits):
        main.reasons.append(f"hits:{hits:.0f}")


def _chip(main: Finding, entry: Entry, reader: Reader) -> None:
    assert isinstance(entry.report, p.NfcVerification)
    chip = reader.part(entry.report.authenticity, p.Authenticity, f"{entry.path}.authenticity")
    seals = {name: boolean(getattr(chip, name, None)) for name in ("sod_integrity", "dg_integrity")}
    broken = [name for name, intact in seals.items() if intact is False]
    main.reasons += [f"{name}:false" for name in broken]
    if broken:
        main.score = 0.0
        if main.outcome is _PASS:
            # An approval of a chip whose seal is broken contradicts itself.
            main.outcome = _REVIEW
    elif all(seals.values()):
        main.score = 1.0


def _match_type(main: Finding, entry: Entry, reader: Reader) -> None:
    assert isinstance(entry.report, p.DatabaseValidation)
    if entry.report.match_type is not None:
        main.raw = entry.report.match_type
        main.score = MATCH_TYPES.get(word(main.raw))


def _registry(main: Finding, entry: Entry, reader: Reader) -> None:
    assert isinstance(entry.report, p.RegistryCheck)
    company = reader.part(entry.report.company, p.Company, f"{entry.path}.company")
    if company and (standing := word(company.registry_status)):
        main.reasons.append(f"registry_status:{standing}")


_MAIN: dict[str, Callable[[Finding, Entry, Reader], None]] = {
    "liveness_checks": _confidence,
    "face_matches": _confidence,
    "aml_screenings": _risk_score,
    "nfc_verifications": _chip,
    "database_validations": _match_type,
    "registry_checks": _registry,
}


# -- facts beside the status -------------------------------------------------------------------

_RISKY: dict[type[p.Report], dict[str, tuple[str, ...]]] = {
    p.PhoneVerification: {"phone_risk": ("is_disposable", "is_virtual")},
    p.EmailVerification: {"email_risk": ("is_breached", "is_disposable", "is_undeliverable")},
    p.IpAnalysis: {
        "ip_not_anonymous": ("is_vpn_or_tor",),
        "ip_not_hosting": ("is_data_center",),
    },
}
_MEASURED: dict[type[p.Report], dict[str, str]] = {
    p.Face: {"face_quality": "face_quality"},
    p.PoaVerification: {
        "address_name_match": "name_match_score_id_verification",
        "name_match": "name_match_score_expected_details",
    },
}


def _risks(entry: Entry, risky: dict[str, tuple[str, ...]]) -> list[Finding]:
    report, pending = entry.report, entry.status.reason
    found = []
    for name, fields in risky.items():
        values = [boolean(getattr(report, f)) for f in fields]
        key, raw = (
            (f"{entry.key}.{fields[0]}", values[0]) if len(fields) == 1 else (entry.key, None)
        )
        if pending is not None:
            found.append(Finding(name, _NOT_APPLICABLE, key, raw, reasons=[pending]))
        elif True in values:
            true = [f for f, value in zip(fields, values, strict=True) if value]
            found.append(Finding(name, _REVIEW, key, raw, reasons=true))
        elif False in values:
            found.append(Finding(name, _PASS, key, raw))
        elif type(report) is p.IpAnalysis:
            found.append(Finding(name, _NOT_APPLICABLE, key, raw))
    return found


def _measures(entry: Entry, measured: dict[str, str]) -> list[Finding]:
    found = []
    # No threshold is published: an approved report vouches for the score, no other does.
    outcome = _PASS if entry.status.outcome is _PASS else _NOT_APPLICABLE
    for name, source in measured.items():
        value = getattr(entry.report, source)
        if (score := fraction(value)) is not None:
            found.append(Finding(name, outcome, f"{entry.key}.{source}", value, score))
    return found


# -- the decision's checks as a whole ----------------------------------------------------------


def not_run_check(feature: Feature) -> list[Check]:
    """What stands for a feature of the workflow that has no report."""
    names = [feature.check] if feature.check else ["ip_not_anonymous", "ip_not_hosting"]
    return [
        check(name, _NOT_APPLICABLE, vendor_key=feature.array, reasons=["not_run"])
        for name in names
    ]


def unique(checks: list[Check]) -> list[Check]:
    """The checks with instances that tell equal names apart."""
    seen: set[tuple[str, str | None]] = set()
    counts: dict[tuple[str, str | None], int] = {}
    for c in checks:
        given = c.name, c.instance
        while (key := (c.name, c.instance)) in seen:
            counts[given] = counts.get(given, 1) + 1
            c.instance = f"{given[1] or ''}#{counts[given]}"
        seen.add(key)
    return checks
