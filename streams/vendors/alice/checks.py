"""Alice's numbers and words → canonical checks (Alice Onboarding, "Checks")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from streams.contracts.model import Check, Lifecycle, Outcome, ScoreKind
from streams.vendors.alice import payload as p
from streams.vendors.alice import tables
from streams.vendors.base.draft import FAIL, NOT_APPLICABLE, PASS, REVIEW, check, raw_text
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import fraction, identifier, number, word

_NUMBERS = frozenset({int, float})

Grade = tuple[Outcome, float, ScoreKind, str | None]
"""Outcome, score (0–1), who made the score, and the number as text."""


def _grade(value: Any) -> Grade | None:
    """None for what is no number from 0 to 100."""
    given, score = number(value), fraction(value)
    if given is None or score is None:
        return None
    outcome = PASS if given >= tables.PASS_FROM else FAIL
    return outcome, score, ScoreKind.VENDOR, raw_text(value)


# A report has some forty of them, nearly all whole.
_grade_again = lru_cache(maxsize=1024, typed=True)(_grade)


def _graded(name: str, value: Any, key: str, instance: str | None = None) -> Check:
    """A check of a 0–100 number. Null means that Alice had not enough evidence: never a failure."""
    if value is None:
        return Check(name, NOT_APPLICABLE, instance=instance, vendor_key=key)
    grade = _grade_again(value) if value.__class__ in _NUMBERS else _grade(value)
    if grade is None:
        raw, reasons = raw_text(value), ["invalid_value"]
        return Check(name, NOT_APPLICABLE, None, None, instance, key, raw, reasons)
    outcome, score, kind, raw_value = grade
    return Check(name, outcome, score, kind, instance, key, raw_value)


def _worded(
    reader: Reader, name: str, value: Any, within: str, key: str, instance: str | None = None
) -> Check:
    """A check of `ok`, `ko` or `n/a` at `within`.`key`; null and blank are `n/a`."""
    outcome, reasons = reader.outcome(tables.RESULTS, value, f"{within}.{key}")
    return check(name, outcome, instance=instance, vendor_key=key, raw_value=value, reasons=reasons)


def _listed(
    items: list[p.ReportCheck], table: Mapping[str, str], instance: str | None = None
) -> list[Check]:
    """Keys that no table has pass through."""
    found = []
    for item in items:
        key = (item.key or "").strip()
        if key:
            name = table.get(word(key)) or f"vendor.alice.{key}"
            found.append(_graded(name, item.value, key, instance))
    return found


def summary_checks(
    reader: Reader, summary: p.Summary, voided: set[str | None], is_live_known: bool
) -> Iterator[Check]:
    """User-level checks. `face_liveness` counts only where no selfie has a liveness of its own,
    face matches of voided selfies and documents not at all.
    """
    if isinstance(summary.result, dict):
        for key, name in tables.SUMMARY_RESULTS.items():
            yield _worded(reader, name, summary.result.get(key), "summary.result", key)
    elif summary.result is not None:
        reader.note("summary.result")
    if not is_live_known and summary.face_liveness is not None:
        yield _graded("liveness", summary.face_liveness, "face_liveness")
    path = "summary.face_matching"
    for i, match in enumerate(reader.parts(summary.face_matching, p.FaceMatching, path)):
        meta = reader.part(match.meta, p.FaceMatchingMeta, f"{path}[{i}].meta")
        meta = meta or p.FaceMatchingMeta()
        document, selfie = identifier(meta.document_id), identifier(meta.selfie_id)
        if document not in voided and selfie not in voided:
            instance = ":".join(filter(None, (document, (meta.side or "").strip()))) or None
            yield _graded("face_match", match.score, "face_matching", instance)
    listed = p.report_checks(reader, summary.checks, "summary.checks")
    yield from _listed(listed, tables.SUMMARY_CHECKS)


def selfie_checks(reader: Reader, value: Any) -> tuple[list[Check], set[str | None]]:
    """The checks of all selfies that are not voided, and the ids of those that are."""
    found: list[Check] = []
    voided: set[str | None] = set()
    for i, selfie in enumerate(reader.parts(p.listed(value, "id"), p.Selfie, "selfies")):
        instance, path = identifier(selfie.id), f"selfies[{i}]"
        if not reader.boolean(selfie.voided, f"{path}.voided"):
            found += _of_selfie(reader, selfie, instance, path)
        else:
            voided |= {instance} - {None}
    return found, voided


def _of_selfie(reader: Reader, selfie: p.Selfie, instance: str | None, path: str) -> list[Check]:
    """One selfie's checks. Liveness and the face count are given twice: the list of checks goes
    before the selfie's own fields, a number before null.
    """
    listed = p.report_checks(reader, selfie.checks, f"{path}.checks")
    found = _listed(listed, tables.SELFIE_CHECKS, instance)
    fallbacks = []
    if selfie.liveness is not None:
        fallbacks.append(_graded("liveness", selfie.liveness, "liveness", instance))
    if (faces := _single_face(reader, selfie, instance, path)) is not None:
        fallbacks.append(faces)
    for own in fallbacks:
        others = [c for c in found if c.name != own.name or c.raw_value is not None]
        if not any(c.name == own.name for c in others):
            found = [*others, own]
    if selfie.result is not None:
        found.append(_worded(reader, "biometric_security", selfie.result, path, "result", instance))
    return found


def _single_face(reader: Reader, selfie: p.Selfie, instance: str | None, path: str) -> Check | None:
    given, key = selfie.number_of_faces, "number_of_faces"
    if (faces := number(given)) is None:
        if given is not None:
            reader.note(f"{path}.{key}")
        return None
    outcome = PASS if faces == 1 else FAIL
    return check("single_face", outcome, instance=instance, vendor_key=key, raw_value=given)


def document_checks(
    reader: Reader, document: p.Document, fields: list[p.ReportField], path: str
) -> list[Check]:
    """One document's checks and those of its fields. The expiry date's check becomes the
    document's where Alice gives none.
    """
    instance, name = identifier(document.id), "document_not_expired"
    listed = p.report_checks(reader, document.checks, f"{path}.checks")
    found = _listed(listed, tables.DOCUMENT_CHECKS, instance)
    of_fields = field_checks(fields)
    expiry = next((c for c in of_fields if c.name == "field_date_not_expired"), None)
    if expiry and all(c.name != name for c in found):
        of_fields.append(replace(expiry, name=name, instance=instance))
    return found + of_fields


def field_checks(fields: list[p.ReportField]) -> list[Check]:
    """The checks of OCR fields; the instance is the field's name."""
    found = []
    for field in fields:
        if field.checks:
            found += _listed(field.checks, tables.FIELD_CHECKS, field.name)
    return found


def duplicate_check(count: int, lifecycle: Lifecycle) -> Check:
    """`duplicates`: any entry is worth a look. An empty list is good news once
    the report's checks are over: before, nobody has looked.
    """
    name, key, over = "subject_not_duplicate", "duplicates", lifecycle is Lifecycle.COMPLETED
    if count or over:
        return check(name, REVIEW if count else PASS, vendor_key=key, raw_value=count)
    return check(name, NOT_APPLICABLE, vendor_key=key, raw_value=count, reasons=["pending"])
