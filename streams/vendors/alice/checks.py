"""Alice's numbers and words → canonical checks (Alice Onboarding, "Checks")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streams.draft import check
from streams.model import Check, Outcome
from streams.reader import Reader
from streams.values import fraction, identifier, number, word
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
    listed,
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


def graded(name: str, value: Any, *, key: str, instance: str | None = None) -> Check:
    """A check of a 0–100 number. Null means that Alice had not enough evidence: never a failure."""
    score = None if isinstance(value, bool) else fraction(value)
    if score is None:
        return check(
            name,
            Outcome.NOT_APPLICABLE,
            instance=instance,
            vendor_key=key,
            raw_value=value,
            reasons=[] if value is None else ["invalid_value"],
        )
    passed = (number(value) or 0.0) >= PASS_FROM
    outcome = Outcome.PASS if passed else Outcome.FAIL
    return check(name, outcome, score=score, instance=instance, vendor_key=key, raw_value=value)


def worded(
    reader: Reader, name: str, value: Any, path: str, *, key: str, instance: str | None = None
) -> Check:
    """A check of `ok`, `ko` or `n/a`; null and blank are `n/a`."""
    known = RESULTS.get(word(value)) if value is None or isinstance(value, str) else None
    if known is None:
        reader.unmapped(path)
    return check(
        name,
        known or Outcome.NOT_APPLICABLE,
        instance=instance,
        vendor_key=key,
        raw_value=value,
        reasons=[] if known else ["unmapped"],
    )


def listed_checks(
    reader: Reader, value: Any, table: Mapping[str, str], path: str, instance: str | None = None
) -> list[Check]:
    """`[{key, value, detail}]` (or `{key: value}`); keys that no table knows pass through."""
    found = []
    for item in reader.parts(listed(value, "key"), ReportCheck, path):
        key = (item.key or "").strip()
        if key:
            name = table.get(word(key), f"vendor.alice.{key}")
            found.append(graded(name, item.value, key=key, instance=instance))
    return found


def summary_checks(
    reader: Reader, summary: Summary, voided: frozenset[str | None], told_live: bool
) -> Iterator[Check]:
    """User-level checks. `face_liveness` speaks only where no selfie has a liveness of its own,
    face matches of voided selfies and documents not at all.
    """
    if isinstance(summary.result, dict):
        for key, name in SUMMARY_RESULTS.items():
            yield worded(reader, name, summary.result.get(key), f"summary.result.{key}", key=key)
    elif summary.result is not None:
        reader.note("summary.result")
    if not told_live and summary.face_liveness is not None:
        yield graded("liveness", summary.face_liveness, key="face_liveness")
    path = "summary.face_matching"
    for i, match in enumerate(reader.parts(summary.face_matching, FaceMatching, path)):
        meta = reader.part(match.meta, FaceMatchingMeta, f"{path}[{i}].meta")
        meta = meta or FaceMatchingMeta()
        document, selfie = identifier(meta.document_id), identifier(meta.selfie_id)
        if voided.isdisjoint({document, selfie}):
            instance = ":".join(filter(None, (document, (meta.side or "").strip()))) or None
            yield graded("face_match", match.score, key="face_matching", instance=instance)
    yield from listed_checks(reader, summary.checks, SUMMARY_CHECKS, "summary.checks")


def selfie_checks(reader: Reader, selfie: Selfie, path: str) -> Iterator[Check]:
    """One selfie's checks. Liveness and the face count stand in two places: the list of checks
    goes before the selfie's own fields, a number before null.
    """
    instance = identifier(selfie.id)
    found = listed_checks(reader, selfie.checks, SELFIE_CHECKS, f"{path}.checks", instance)
    own = {
        "liveness": _liveness(selfie, instance),
        "single_face": _single_face(reader, selfie, path, instance),
    }
    for name, fallback in own.items():
        if fallback and not any(c.name == name and c.raw_value is not None for c in found):
            found = [c for c in found if c.name != name] + [fallback]
    yield from found
    if selfie.result is not None:
        at = f"{path}.result"
        yield worded(
            reader, "biometric_security", selfie.result, at, key="result", instance=instance
        )


def _liveness(selfie: Selfie, instance: str | None) -> Check | None:
    if selfie.liveness is None:
        return None
    return graded("liveness", selfie.liveness, key="liveness", instance=instance)


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
) -> Iterator[Check]:
    """One document's checks and those of its fields. The expiry date's check stands for the
    document's where Alice gives none.
    """
    instance = identifier(document.id)
    found = listed_checks(reader, document.checks, DOCUMENT_CHECKS, f"{path}.checks", instance)
    yield from found
    of_fields = list(field_checks(reader, fields, f"{path}.fields"))
    yield from of_fields
    if not any(c.name == "document_not_expired" for c in found):
        for c in of_fields:
            if c.name == "field_date_not_expired":
                yield check(
                    "document_not_expired",
                    c.outcome,
                    score=c.score,
                    instance=instance,
                    vendor_key=c.vendor_key,
                    raw_value=c.raw_value,
                    reasons=c.reasons,
                )
                break


def field_checks(reader: Reader, fields: list[ReportField], path: str) -> Iterator[Check]:
    """The checks of OCR fields; the instance is the field's name."""
    for field in fields:
        yield from listed_checks(reader, field.checks, FIELD_CHECKS, path, field.name)


def document_fields(reader: Reader, document: Document, path: str) -> list[ReportField]:
    """The best-read fields of a document, else those of its sides: one place, never both."""
    best = reader.parts(
        listed(document.summary_fields, "name"), ReportField, f"{path}.summary_fields"
    )
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
            found += reader.parts(listed(side.fields, "name"), ReportField, f"{at}.fields")
    return found


def is_voided(reader: Reader, document: Document, path: str) -> bool:
    meta = reader.part(document.meta, DocumentMeta, f"{path}.meta")
    if meta is None:
        return False
    flag = meta.sides if meta.voided is None else meta.voided
    return reader.boolean(flag, f"{path}.meta.voided") is True


def duplicate_check(value: Any) -> Check | None:
    """`duplicates`: any entry is worth a look, an empty list is good news, none says nothing."""
    if not isinstance(value, list | dict):
        return None
    count = len(value)
    return check(
        "subject_not_duplicate",
        Outcome.REVIEW if count else Outcome.PASS,
        vendor_key="duplicates",
        raw_value=count,
    )
