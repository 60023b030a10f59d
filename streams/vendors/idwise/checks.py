"""IDWise's rules, selfie, face match, documents and AML → canonical checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streams.contracts.model import Check, Outcome
from streams.vendors.base.draft import FAIL, NOT_APPLICABLE, PASS, RANK, REVIEW, check
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import boolean, fraction, token, word
from streams.vendors.idwise import payload as p
from streams.vendors.idwise import tables


def read_checks(reader: Reader, context: p.Context) -> list[Check]:
    """All checks of one result. The liveness of the selfie and that of its rule become one."""
    rules = rule_checks(reader, context.rule_results)
    selfie = reader.part(p.snake(context.selfie), p.Selfie, "selfie")
    found = list(_selfie_checks(reader, selfie, rules.pop(tables.LIVENESS_RULE, None)))
    found += rules.values()
    found += _spot_checks(reader, context.spot_checks)
    if context.aml is not None and not _judges_aml(found):
        found += _aml_check(reader, context.aml)
    return found


def _judges_aml(found: list[Check]) -> bool:
    return any(c.name == "aml" and c.outcome is not NOT_APPLICABLE for c in found)


def rule_checks(reader: Reader, value: Any) -> dict[str, Check]:
    """Rule key → its check. The rule's own result decides; a worse detail is a reason."""
    found = {}
    for key, given in reader.entries(value, "rule_results"):
        path = f"rule_results.{key}"
        item = {"result": given} if isinstance(given, str) else p.snake(given)
        rule = reader.part(item, p.RuleResult, path)
        if rule is None or not key.strip():
            continue
        outcome, reasons = reader.outcome(tables.RESULTS, rule.result, f"{path}.result")
        name = word(key)
        found[name or key] = check(
            tables.RULES.get(name) or f"vendor.idwise.{key.strip()}",
            outcome,
            vendor_key=key,
            raw_value=rule.result,
            reasons=reasons + _worse_details(reader, rule.details, outcome, f"{path}.details"),
        )
    return found


def _named(code: Any) -> list[str]:
    """A code that no table has, so that the event has it somewhere; free text is left out."""
    named = token(code)
    return [named.upper()] if named else []


def _worse_details(reader: Reader, value: Any, outcome: Outcome, path: str) -> list[str]:
    reasons: dict[str, None] = {}
    for i, detail in enumerate(reader.parts(value, p.RuleDetail, path)):
        of_detail = tables.RESULTS.get(word(detail.result))
        if of_detail is None:
            reader.unmapped(f"{path}[{i}].result")
        elif of_detail is FAIL and outcome is not FAIL:
            at = f"{path}[{i}].reference_object"
            about = reader.part(p.snake(detail.reference_object), p.ReferenceObject, at)
            what = word(about.object_key if about else None)
            reasons[f"detail_failed:{what}".rstrip(":")] = None
    return list(reasons)


def _selfie_checks(reader: Reader, selfie: p.Selfie | None, rule: Check | None) -> Iterator[Check]:
    """Liveness from the code, else `is_live`, never better than the rule `selfie_liveness`; the
    check that a quality code names; and the status as the roll-up.
    """
    if selfie is None:
        if rule is not None:
            yield rule
        return
    code = word(selfie.liveness_status_code)
    is_live = reader.boolean(selfie.is_live, "selfie.is_live")
    reasons = [code.upper()] if code in tables.LIVENESS_CODES else []
    beside: str | None = None
    if code in tables.LIVENESS_CODES:
        outcome, beside = tables.LIVENESS_CODES[code]
    elif code:
        reader.unmapped("selfie.liveness_status_code")
        outcome, reasons = REVIEW, [*_named(selfie.liveness_status_code), "unmapped"]
    elif is_live is None:
        not_started = word(selfie.status) == "not_started"
        outcome, reasons = NOT_APPLICABLE, ["not_run"] if not_started else []
    else:
        outcome = PASS if is_live else FAIL
    given = selfie.liveness_status_code if code else is_live
    own = check("liveness", outcome, vendor_key="selfie.is_live", raw_value=given, reasons=reasons)
    yield _worse(own, rule) if rule else own
    if beside:
        yield check(
            beside,
            FAIL,
            vendor_key="selfie.liveness_status_code",
            raw_value=selfie.liveness_status_code,
            reasons=[*reasons, "retryable"] if beside == "face_quality" else reasons,
        )
    if selfie.status is not None:
        yield _status_check(reader, selfie, is_live)


def _worse(own: Check, rule: Check) -> Check:
    """One check of two about the same fact: the worse outcome with both reasons."""
    worse = max(rule, own, key=lambda c: RANK[c.outcome])
    return check(
        worse.name,
        worse.outcome,
        vendor_key=worse.vendor_key,
        raw_value=worse.raw_value,
        reasons=list(dict.fromkeys(own.reasons + rule.reasons)),
    )


def _status_check(reader: Reader, selfie: p.Selfie, is_live: bool | None) -> Check:
    status = word(selfie.status)
    outcome = tables.SELFIE_STATUSES.get(status)
    if outcome is None:
        reader.unmapped("selfie.status")
    if outcome is REVIEW and is_live is False:
        outcome = FAIL
    not_run = ["not_run"] if status == "not_started" else []
    return check(
        "biometric_security",
        outcome or NOT_APPLICABLE,
        vendor_key="selfie.status",
        raw_value=selfie.status,
        reasons=not_run if outcome else ["unmapped"],
    )


def _spot_checks(reader: Reader, value: Any) -> Iterator[Check]:
    """The face match of a spot check: `is_matched` decides, a score of 0 is a score."""
    for key, given in reader.entries(p.snake(value), "spot_checks"):
        match = reader.part(p.snake(given), p.FaceMatch, f"spot_checks.{key}")
        if match is None:
            continue
        matched, score = boolean(match.is_matched), fraction(match.score)
        invalid = (match.score is not None and score is None) or (
            match.is_matched is not None and matched is None
        )
        outcome = NOT_APPLICABLE
        if matched is None:
            score = None
        else:
            outcome = PASS if matched else FAIL
        yield check(
            tables.FACE_MATCHES.get(key) or f"vendor.idwise.{key}",
            outcome,
            score=score,
            vendor_key=key,
            raw_value=match.is_matched if match.score is None else match.score,
            reasons=["invalid_value"] if invalid else [],
        )


def validation_checks(reader: Reader, value: Any, instance: str, path: str) -> Iterator[Check]:
    """A journey document's own checks; IDWise publishes no list of them."""
    for i, item in enumerate(reader.parts(value, p.ValidationCheck, path)):
        key = (item.key or item.name or "").strip()
        if key:
            outcome, reasons = reader.outcome(tables.RESULTS, item.result, f"{path}[{i}].result")
            yield check(
                tables.RULES.get(word(key), f"vendor.idwise.{word(key)}"),
                outcome,
                instance=instance,
                vendor_key=key,
                raw_value=item.result,
                reasons=reasons,
            )


def _aml_check(reader: Reader, value: Any) -> Iterator[Check]:
    aml = reader.part(p.snake(value), p.Aml, "aml")
    if aml is None:
        return
    applicability = word(aml.applicability)
    reasons: list[str] = []
    outcome = NOT_APPLICABLE
    if applicability in tables.AML_NOT_APPLICABLE:
        reasons = [tables.AML_NOT_APPLICABLE[applicability]]
    elif applicability == "applicable":
        outcome = REVIEW if aml.matches else PASS
    elif applicability:
        reader.unmapped("aml.applicability")
        reasons = ["unmapped"]
    yield check("aml", outcome, vendor_key="aml", raw_value=aml.applicability, reasons=reasons)
