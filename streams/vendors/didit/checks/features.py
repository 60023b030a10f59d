"""Feature reports → checks.

The feature's own status decides its main check; `checks.warnings` adds what its warnings are
about. Facts without a warning (a disposable number, a VPN) ask for review, never fail.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from streams.contracts.model import Check
from streams.vendors.base.draft import FAIL, NOT_APPLICABLE, PASS, REVIEW, check
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import boolean, fraction, number, word
from streams.vendors.didit import payload as p
from streams.vendors.didit import tables
from streams.vendors.didit.checks.reports import Entry
from streams.vendors.didit.checks.warnings import DraftCheck, with_warnings


def checks_of(reader: Reader, entry: Entry) -> list[Check]:
    """The checks of one report, all with the report's instance."""
    found = _main(reader, entry)
    kind, reason = type(entry.report), entry.status.reason
    if kind in _RISKY and (reason is None or kind is p.IpAnalysis):
        found += _risks(entry, _RISKY[kind])
    if kind in _MEASURED and reason is None:
        found += _measures(entry, _MEASURED[kind])
    return [
        check(
            c.name,
            c.outcome,
            score=c.score,
            derive=c.derive,
            instance=entry.instance,
            vendor_key=c.vendor_key,
            raw_value=c.raw,
            reasons=list(dict.fromkeys(c.reasons)) if c.reasons else None,
        )
        for c in (with_warnings(entry, found) if entry.warnings else found)
    ]


def not_run_checks(feature: tables.Feature) -> list[Check]:
    """The checks of a feature of the workflow that has no report."""
    names = [feature.check] if feature.check else ["ip_not_anonymous", "ip_not_hosting"]
    return [
        check(name, NOT_APPLICABLE, vendor_key=feature.array, reasons=["not_run"]) for name in names
    ]


def unique(checks: list[Check]) -> list[Check]:
    """The checks, no two of one name with the same instance."""
    if len({(c.name, c.instance) for c in checks}) == len(checks):
        return checks
    found: dict[tuple[str, str | None], Check] = {}
    counts: dict[tuple[str, str | None], int] = {}
    for c in checks:
        given = key = c.name, c.instance
        while key in found:
            counts[given] = counts.get(given, 1) + 1
            key = c.name, f"{c.instance or ''}#{counts[given]}"
        found[key] = c if key is given else replace(c, instance=key[1])
    return list(found.values())


# -- the feature's own status ------------------------------------------------------------------


def _main(reader: Reader, entry: Entry) -> list[DraftCheck]:
    status, array = entry.status, entry.feature.array
    name, reasons = entry.feature.check, ("unmapped",) if entry.unmapped else ()
    if name is None:
        # IP analysis has no check of its own: its status is kept as the vendor's.
        if not (status.outcome is FAIL or status.outcome is REVIEW or entry.unmapped):
            return []
        name = f"vendor.didit.{array}"
    elif status.reason is not None:
        reasons = (status.reason,)
    main = DraftCheck(
        name, status.outcome, entry.key, entry.report.status, settled=True, reasons=reasons
    )
    return [main if reasons or array not in _MAIN else _MAIN[array](reader, entry, main)]


def _confidence(reader: Reader, entry: Entry, main: DraftCheck) -> DraftCheck:
    assert isinstance(entry.report, p.Face)
    given = entry.report.score
    if given is None:
        return main
    score = fraction(given)
    return replace(
        main, raw=given, score=score, reasons=("invalid_value",) if score is None else ()
    )


def _risk_score(reader: Reader, entry: Entry, main: DraftCheck) -> DraftCheck:
    # The provider's scale, where more is worse: no confidence of ours.
    assert isinstance(entry.report, p.AmlScreening)
    hits = number(entry.report.total_hits)
    reasons = (f"hits:{hits:.0f}",) if hits else ()
    return replace(main, derive=False, raw=entry.report.score, reasons=reasons)


def _chip(reader: Reader, entry: Entry, main: DraftCheck) -> DraftCheck:
    assert isinstance(entry.report, p.NfcVerification)
    chip = reader.part(entry.report.authenticity, p.Authenticity, f"{entry.path}.authenticity")
    seals = {name: boolean(getattr(chip, name, None)) for name in ("sod_integrity", "dg_integrity")}
    broken = tuple(f"{name}:false" for name, intact in seals.items() if intact is False)
    if broken:
        # An approval of a chip whose seal is broken contradicts itself.
        outcome = REVIEW if main.outcome is PASS else main.outcome
        return replace(main, score=0.0, outcome=outcome, reasons=broken)
    return replace(main, score=1.0) if all(seals.values()) else main


def _match_type(reader: Reader, entry: Entry, main: DraftCheck) -> DraftCheck:
    assert isinstance(entry.report, p.DatabaseValidation)
    given = entry.report.match_type
    if given is None:
        return main
    return replace(main, raw=given, score=tables.MATCH_TYPES.get(word(given)))


def _registry(reader: Reader, entry: Entry, main: DraftCheck) -> DraftCheck:
    assert isinstance(entry.report, p.RegistryCheck)
    company = reader.part(entry.report.company, p.Company, f"{entry.path}.company")
    status = word(company.registry_status) if company else ""
    return replace(main, reasons=(f"registry_status:{status}",)) if status else main


_MAIN: dict[str, Callable[[Reader, Entry, DraftCheck], DraftCheck]] = {
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


def _risks(entry: Entry, risky: dict[str, tuple[str, ...]]) -> list[DraftCheck]:
    report, pending = entry.report, entry.status.reason
    found = []
    for name, fields in risky.items():
        flags = {f: boolean(getattr(report, f)) for f in fields}
        key, raw = entry.key, None
        if len(fields) == 1:
            key, raw = f"{key}.{fields[0]}", flags[fields[0]]
        if pending is not None:
            found.append(DraftCheck(name, NOT_APPLICABLE, key, raw, reasons=(pending,)))
        elif true := tuple(f for f, flag in flags.items() if flag):
            found.append(DraftCheck(name, REVIEW, key, raw, reasons=true))
        elif False in flags.values():
            found.append(DraftCheck(name, PASS, key, raw))
        elif type(report) is p.IpAnalysis:
            found.append(DraftCheck(name, NOT_APPLICABLE, key, raw))
    return found


def _measures(entry: Entry, measured: dict[str, str]) -> list[DraftCheck]:
    found = []
    # No threshold is published: an approved report vouches for the score, no other does.
    outcome = PASS if entry.status.outcome is PASS else NOT_APPLICABLE
    for name, source in measured.items():
        value = getattr(entry.report, source)
        if (score := fraction(value)) is not None:
            found.append(DraftCheck(name, outcome, f"{entry.key}.{source}", value, score))
    return found
