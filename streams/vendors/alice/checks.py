"""Alice's numbers and words → canonical checks (Alice Onboarding, "Checks")."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from streams.contracts.model import Check, Outcome, ScoreKind
from streams.vendors.alice.payload import (
    Document,
    DocumentMeta,
    FaceMatching,
    FaceMatchingMeta,
    ReportCheck,
    ReportField,
    Selfie,
    Side,
    Summary,
    report_checks,
    report_fields,
)
from streams.vendors.alice.tables import (
    DOCUMENT_CHECKS,
    FIELD_CHECKS,
    PASS_FROM,
    RESULTS,
    SELFIE_CHECKS,
    SIDES,
    SUMMARY_CHECKS,
    SUMMARY_RESULTS,
)
from streams.vendors.base.draft import check, raw_text
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import fraction, identifier, number, word

_NO_EVIDENCE = Outcome.NOT_APPLICABLE
_NUMBERS = frozenset({int, float})

Grade = tuple[Outcome, float, ScoreKind, str | None]
"""Outcome, score (0–1), who made the score, and the number as text."""


def _grade(value: Any) -> Grade | None:
    """None for what is no number from 0 to 100."""
    given, score = number(value), fraction(value)
    if given is None or score is None:
        return None
    outcome = Outcome.PASS if given >= PASS_FROM else Outcome.FAIL
    return outcome, score, ScoreKind.VENDOR, raw_text(value)


# A report has some forty of them, nearly all whole.
_grade_again = lru_cache(maxsize=1024, typed=True)(_grade)


def graded(name: str, value: Any, *, key: str, instance: str | None = None) -> Check:
    """A check of a 0–100 number. Null means that Alice had not enough evidence: never a failure."""
    if value is None:
        return Check(name, _NO_EVIDENCE, instance=instance, vendor_key=key)
    grade = _grade_again(value) if value.__class__ in _NUMBERS else _grade(value)
    if grade is None:
        return check(
            name,
            _NO_EVIDENCE,
            instance=instance,
            vendor_key=key,
            raw_value=value,
            reasons=["invalid_value"],
        )
    outcome, score, kind, raw_value = grade
    return Check(name, outcome, score, kind, instance, key, raw_value)


def worded(
    reader: Reader, name: str, value: Any, within: str, *, key: str, instance: str | None = None
) -> Check:
    """A check of `ok`, `ko` or `n/a` at `within`.`key`; null and blank are `n/a`."""
    known = RESULTS.get(word(value)) if value is None or isinstance(value, str) else None
    if known is None:
        reader.unmapped(f"{within}.{key}")
    return check(
        name,
        known or Outcome.NOT_APPLICABLE,
        instance=instance,
        vendor_key=key,
        raw_value=value,
        reasons=None if known else ["unmapped"],
    )


def listed_checks(
    items: list[ReportCheck], table: Mapping[str, str], instance: str | None = None
) -> list[Check]:
    """Keys that no table knows pass through."""
    found = []
    for item in items:
        key = (item.key or "").strip()
        if key:
            name = table.get(word(key)) or f"vendor.alice.{key}"
            found.append(graded(name, item.value, key=key, instance=instance))
    return found


def summary_checks(
    reader: Reader, summary: Summary, voided: set[str | None], told_live: bool
) -> list[Check]:
    """User-level checks. `face_liveness` speaks only where no selfie has a liveness of its own,
    face matches of voided selfies and documents not at all.
    """
    found = []
    if isinstance(summary.result, dict):
        for key, name in SUMMARY_RESULTS.items():
            given = summary.result.get(key)
            found.append(worded(reader, name, given, "summary.result", key=key))
    elif summary.result is not None:
        reader.note("summary.result")
    if not told_live and summary.face_liveness is not None:
        found.append(graded("liveness", summary.face_liveness, key="face_liveness"))
    path = "summary.face_matching"
    for i, match in enumerate(reader.parts(summary.face_matching, FaceMatching, path)):
        meta = reader.part(match.meta, FaceMatchingMeta, f"{path}[{i}].meta")
        meta = meta or FaceMatchingMeta()
        document, selfie = identifier(meta.document_id), identifier(meta.selfie_id)
        if document not in voided and selfie not in voided:
            instance = ":".join(filter(None, (document, (meta.side or "").strip()))) or None
            found.append(graded("face_match", match.score, key="face_matching", instance=instance))
    listed = report_checks(reader, summary.checks, "summary.checks")
    return found + listed_checks(listed, SUMMARY_CHECKS)


def selfie_checks(reader: Reader, selfie: Selfie, path: str) -> list[Check]:
    """One selfie's checks. Liveness and the face count stand in two places: the list of checks
    goes before the selfie's own fields, a number before null.
    """
    instance = identifier(selfie.id)
    listed = report_checks(reader, selfie.checks, f"{path}.checks")
    found = listed_checks(listed, SELFIE_CHECKS, instance)
    told = {c.name for c in found if c.raw_value is not None}
    fallbacks = []
    if selfie.liveness is not None and "liveness" not in told:
        fallbacks.append(graded("liveness", selfie.liveness, key="liveness", instance=instance))
    faces = _single_face(reader, selfie, path, instance)
    if faces is not None and "single_face" not in told:
        fallbacks.append(faces)
    for fallback in fallbacks:
        found = [*(c for c in found if c.name != fallback.name), fallback]
    if selfie.result is not None:
        found.append(
            worded(
                reader, "biometric_security", selfie.result, path, key="result", instance=instance
            )
        )
    return found


def _single_face(reader: Reader, selfie: Selfie, path: str, instance: str | None) -> Check | None:
    faces = number(selfie.number_of_faces)
    if faces is None:
        if selfie.number_of_faces is not None:
            reader.note(f"{path}.number_of_faces")
        return None
    return check(
        "single_face",
        Outcome.PASS if faces == 1 else Outcome.FAIL,
        instance=instance,
        vendor_key="number_of_faces",
        raw_value=selfie.number_of_faces,
    )


def document_checks(
    reader: Reader, document: Document, fields: list[ReportField], path: str
) -> list[Check]:
    """One document's checks and those of its fields. The expiry date's check stands for the
    document's where Alice gives none.
    """
    instance = identifier(document.id)
    listed = report_checks(reader, document.checks, f"{path}.checks")
    found = listed_checks(listed, DOCUMENT_CHECKS, instance)
    of_fields = field_checks(fields)
    expiry = _named("field_date_not_expired", of_fields)
    if expiry and not _named("document_not_expired", found):
        of_fields.append(
            check(
                "document_not_expired",
                expiry.outcome,
                score=expiry.score,
                instance=instance,
                vendor_key=expiry.vendor_key,
                raw_value=expiry.raw_value,
                reasons=expiry.reasons,
            )
        )
    return found + of_fields


def _named(name: str, checks: list[Check]) -> Check | None:
    for known in checks:
        if known.name == name:
            return known
    return None


def field_checks(fields: list[ReportField]) -> list[Check]:
    """The checks of OCR fields; the instance is the field's name."""
    found = []
    for field in fields:
        if field.checks:
            found += listed_checks(field.checks, FIELD_CHECKS, field.name)
    return found


def document_fields(reader: Reader, document: Document, path: str) -> list[ReportField]:
    """The best-read fields of a document, else those of its sides: one place, never both."""
    of_checks = f"{path}.fields"
    best = report_fields(reader, document.summary_fields, f"{path}.summary_fields", of_checks)
    if best or document.sides is None:
        return best
    if not isinstance(document.sides, dict):
        reader.note(f"{path}.sides")
        return []
    found: list[ReportField] = []
    for name in SIDES:
        at = f"{path}.sides.{name}"
        side = reader.part(document.sides.get(name), Side, at)
        if side:
            found += report_fields(reader, side.fields, f"{at}.fields", of_checks)
    return found


def is_voided(reader: Reader, meta: DocumentMeta, path: str) -> bool:
    flag = meta.sides if meta.voided is None else meta.voided
    return reader.boolean(flag, f"{path}.meta.voided") is True


def duplicate_check(value: Any, *, is_over: bool) -> Check | None:
    """`duplicates`: any entry is worth a look, none says nothing. An empty list is good news once
    the report's checks are over: before, nobody has looked.
    """
    if not isinstance(value, list | dict):
        return None
    count = len(value)
    empty = Outcome.PASS if is_over else Outcome.NOT_APPLICABLE
    return check(
        "subject_not_duplicate",
        Outcome.REVIEW if count else empty,
        vendor_key="duplicates",
        raw_value=count,
        reasons=None if count or is_over else ["pending"],
    )
