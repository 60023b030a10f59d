"""Feature reports → canonical checks.

The feature's own status decides its main check. Warnings add checks for what they are about;
their `log_type` is the customer's configuration and decides the outcome. Facts without a warning
(a disposable number, a VPN) ask for review, never fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct, field

from streams.draft import check
from streams.model import Check, Outcome
from streams.reader import Reader
from streams.values import boolean, fraction, number, word
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

_RANK = {Outcome.NOT_APPLICABLE: 0, Outcome.PASS: 1, Outcome.REVIEW: 2, Outcome.FAIL: 3}


class Finding(Struct):
    """A check in the making. A `settled` outcome is the feature's own: warnings only explain it."""

    name: str
    outcome: Outcome
    vendor_key: str
    raw: Any = None
    score: float | None = None
    derive: bool = True
    settled: bool = False
    reasons: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome, reason: str) -> None:
        if not self.settled and _RANK[outcome] > _RANK[self.outcome]:
            self.outcome = outcome
        self.reasons.append(reason)


def checks_of(entry: Entry, reader: Reader) -> list[Check]:
    """The checks of one report, all with the report's instance."""
    found = {f.name: f for f in _findings(entry, reader)}
    for warning in entry.warnings:
        risk = risk_of(warning)
        if risk is None:
            continue
        if entry.status.reason is not None:
            # Not decided yet: the warnings are worth keeping, but judge nothing.
            for finding in found.values():
                finding.add(Outcome.NOT_APPLICABLE, risk)
            continue
        _judge(entry, warning, risk, found)
    return [
        check(
            f.name,
            f.outcome,
            score=f.score,
            derive=f.derive,
            instance=entry.instance,
            vendor_key=f.vendor_key,
            raw_value=f.raw,
            reasons=list(dict.fromkeys(f.reasons)),
        )
        for f in found.values()
    ]


def risk_of(warning: p.Warning) -> str | None:
    """The warning's risk code, in upper case; None where it has none."""
    return (warning.risk or "").strip().upper() or None


def canonical(feature: Feature, risk: str) -> str | None:
    """The check a risk is about; None for a risk that no table has."""
    return FEATURE_RISKS.get((feature.array, risk)) or RISKS.get(risk)


def _judge(entry: Entry, warning: p.Warning, risk: str, found: dict[str, Finding]) -> None:
    outcome = LOG_TYPES.get(word(warning.log_type), Outcome.NOT_APPLICABLE)
    name = canonical(entry.feature, risk) or entry.feature.check or f"vendor.didit.{risk.lower()}"
    if name in found:
        found[name].add(outcome, risk)
    else:
        found[name] = Finding(name, outcome, risk, warning.log_type, reasons=[risk])
    if risk in NOT_PERFORMED:
        # The service did not answer: neither for nor against the applicant.
        found[name].outcome = Outcome.NOT_APPLICABLE


def _findings(entry: Entry, reader: Reader) -> Iterator[Finding]:
    status, report = entry.status, entry.report
    if entry.feature.check is not None:
        main = Finding(entry.feature.check, status.outcome, entry.key, report.status, settled=True)
        if status.reason is not None:
            main.reasons.append(status.reason)
        elif entry.unmapped:
            main.reasons.append("unmapped")
        elif entry.feature.array in _MAIN:
            _MAIN[entry.feature.array](main, entry, reader)
        yield main
    elif status.outcome in (Outcome.FAIL, Outcome.REVIEW) or entry.unmapped:
        # IP analysis has no check of its own: its status is kept as the vendor's.
        reasons = ["unmapped"] if entry.unmapped else []
        yield Finding(
            f"vendor.didit.{entry.feature.array}", status.outcome, entry.key, report.status,
            settled=True, reasons=reasons,
        )  # fmt: skip
    if status.reason is None or isinstance(report, p.IpAnalysis):
        yield from _facts(entry, reader)


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
        if main.outcome is Outcome.PASS:
            # An approval of a chip whose seal is broken contradicts itself.
            main.outcome = Outcome.REVIEW
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


def _facts(entry: Entry, reader: Reader) -> Iterator[Finding]:
    kind = type(entry.report)
    for name, fields in _RISKY.get(kind, {}).items():
        values = {f: boolean(getattr(entry.report, f)) for f in fields}
        if any(v is not None for v in values.values()) or kind is p.IpAnalysis:
            yield _risky(name, values, entry)
    for name, source in _MEASURED.get(kind, {}).items():
        value = getattr(entry.report, source)
        if (score := fraction(value)) is not None:
            # No threshold is published: an approved report vouches for the score, no other does.
            passed = entry.status.outcome is Outcome.PASS
            outcome = Outcome.PASS if passed else Outcome.NOT_APPLICABLE
            yield Finding(name, outcome, f"{entry.key}.{source}", value, score)


def _risky(name: str, values: dict[str, bool | None], entry: Entry) -> Finding:
    key = f"{entry.key}.{next(iter(values))}" if len(values) == 1 else entry.key
    raw = next(iter(values.values())) if len(values) == 1 else None
    if entry.status.reason is not None:
        return Finding(name, Outcome.NOT_APPLICABLE, key, raw, reasons=[entry.status.reason])
    true = [f for f, value in values.items() if value]
    if true:
        return Finding(name, Outcome.REVIEW, key, raw, reasons=true)
    known = any(value is False for value in values.values())
    return Finding(name, Outcome.PASS if known else Outcome.NOT_APPLICABLE, key, raw)


# -- the decision's checks as a whole ----------------------------------------------------------


def not_run_check(feature: Feature) -> list[Check]:
    """What stands for a feature of the workflow that has no report."""
    names = [feature.check] if feature.check else ["ip_not_anonymous", "ip_not_hosting"]
    return [
        check(name, Outcome.NOT_APPLICABLE, vendor_key=feature.array, reasons=["not_run"])
        for name in names
    ]


def unique(checks: list[Check]) -> list[Check]:
    """The checks with instances that tell equal names apart."""
    seen: set[tuple[str, str | None]] = set()
    for c in checks:
        given, count = c.instance, 1
        while (c.name, c.instance) in seen:
            count += 1
            c.instance = f"{given or ''}#{count}"
        seen.add((c.name, c.instance))
    return checks
