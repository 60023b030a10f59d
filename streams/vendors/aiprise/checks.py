"""What all sections share: a run status, a result, warnings; and the sections that are one check
each: face match, liveness, AML, business registry.

Source: AiPrise docs, "User Verification Response". A section's `result` decides the outcome of
its checks, a run that is not over makes them NOT_APPLICABLE, a run that failed is technical and
never FAIL. Each warning is a reason on the check that its code is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from streams.contracts.model import Check, Outcome
from streams.vendors.aiprise import payload as p
from streams.vendors.aiprise import tables
from streams.vendors.base.draft import (
    NOT_APPLICABLE,
    PASS,
    REVIEW,
    Part,
    VendorDuplicate,
    check,
)
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import fraction, identifier, number, token, word


def read_checks(reader: Reader, fields: dict[str, Any]) -> list[Part]:
    """The sections that are one check each."""
    return [
        *_face_match(reader, fields.get("face_match_info"), "face_match_info"),
        *_plain(reader, "liveness", fields.get("face_liveness_info"), "face_liveness_info"),
        *_aml(reader, fields.get("aml_info"), "aml_info"),
        *_plain(reader, "business_registry", fields.get("business_info"), "business_info"),
    ]


def _plain(reader: Reader, name: str, value: Any, path: str) -> Sequence[Part]:
    """A section that has only what all sections have."""
    info = reader.part(value, p.Section, path)
    return section_checks(reader, name, info, path) if info else ()


def _face_match(reader: Reader, value: Any, path: str) -> Sequence[Part]:
    info = reader.part(value, p.FaceMatch, path)
    if info is None:
        return ()
    given = info.face_match_score
    score = fraction(given)
    invalid = ["invalid_value"] if given is not None and score is None else []
    return section_checks(
        reader, "face_match", info, path, score=score, raw_value=given, reasons=invalid
    )


def _aml(reader: Reader, value: Any, path: str) -> Sequence[Part]:
    """Hits are risk, not confidence: no score, the number of hits is the raw value. Hits beside
    APPROVED were judged to be someone else.
    """
    info = reader.part(value, p.Aml, path)
    if info is None:
        return ()
    hits_path = f"{path}.entity_hits"
    types: list[str] = []
    for entity in reader.parts(info.entity_hits, p.EntityHit, hits_path):
        for hit in reader.parts(entity.aml_hits, p.AmlHit, f"{hits_path}[].aml_hits"):
            kind = (token(hit.hit_type) or "").upper()
            if kind and kind not in tables.HIT_TYPES:
                reader.unmapped(f"{hits_path}.aml_hits.hit_type")
            if kind and kind not in types:
                types.append(kind)
    reasons = ["aml_hits", *types] if (number(info.num_hits) or 0) > 0 or types else []
    return section_checks(
        reader, "aml", info, path, derive=False, raw_value=info.num_hits, reasons=reasons
    )


def read_unknown(
    reader: Reader, fields: dict[str, Any], known: frozenset[str], path: str
) -> Iterator[Part]:
    """Sections under names that no table has, so that a new one and its warnings are never lost."""
    for name in sorted(fields.keys() - known):
        sections = fields[name] if isinstance(fields[name], list) else [fields[name]]
        key = token(name)
        if key and any(map(_is_section, sections)):
            for section in reader.parts(sections, p.Section, f"{path}{name}"):
                of_section = f"vendor.aiprise.{key.lower()}"
                yield from section_checks(reader, of_section, section, f"{path}{name}")


def _is_section(value: Any) -> bool:
    return isinstance(value, dict) and (
        bool(value.get("warnings")) or ("result" in value and "status" in value)
    )


# -- any section -------------------------------------------------------------------------------


def codes(entries: list[Any] | None) -> list[str]:
    """The codes of `warnings` or `status_reasons`, in upper case: objects with a `code`, or bare
    codes.
    """
    if not entries:
        return []
    given = [token(e.get("code") if isinstance(e, dict) else e) for e in entries]
    return list(dict.fromkeys([code.upper() for code in given if code]))


def outcome_of(reader: Reader, section: p.Section, path: str) -> tuple[Outcome, list[str]]:
    """The outcome that a section's run status and result make, with its reasons."""
    status = word(section.status)
    if status not in tables.SECTION_STATUSES:
        reader.unmapped(f"{path}.status")
        return NOT_APPLICABLE, ["unmapped"]
    if status in tables.SECTION_PENDING:
        return NOT_APPLICABLE, ["pending"]
    if status == "failed":
        given = reader.items(section.status_reasons or [], f"{path}.status_reasons")
        return REVIEW, codes(given) or ["failed"]
    result = tables.SECTION_RESULTS.get(word(section.result))
    if result is None:
        reader.unmapped(f"{path}.result")
        return NOT_APPLICABLE, ["unmapped"]
    outcome, reasons = result
    return outcome, list(reasons)


def outcome_with_concerns(
    reader: Reader, section: p.Section, path: str, concerns: list[str]
) -> Outcome | None:
    """REVIEW where the section came to no result of its own although something is of concern."""
    if not concerns:
        return None
    outcome, reasons = outcome_of(reader, section, path)
    return REVIEW if outcome is NOT_APPLICABLE and not reasons else None


def section_checks(
    reader: Reader,
    name: str,
    section: p.Section,
    path: str,
    *,
    instance: str | None = None,
    outcome: Outcome | None = None,
    score: float | None = None,
    derive: bool = True,
    raw_value: Any = None,
    reasons: Sequence[str] = (),
) -> tuple[Check, *tuple[Part, ...]]:
    """A section's own check `name`, one for each other check that its warnings are about, and the
    duplicates that they report.

    `outcome` overrides the section's, `raw_value` its raw result; `reasons` come after its own.
    """
    decided, why = outcome_of(reader, section, path)
    instance = instance or identifier(section.section_id)
    warnings = _warnings(reader, section, path)
    by_check = _by_check(warnings, name) if warnings else {}
    own = by_check.pop(name, [])
    all_reasons = why + own
    if reasons:
        all_reasons += [r for r in reasons if r not in own]
    main = check(
        name,
        outcome or decided,
        score=score,
        derive=derive,
        instance=instance,
        vendor_key=path,
        raw_value=section.result if raw_value is None else raw_value,
        reasons=all_reasons,
    )
    if not warnings:
        return (main,)
    more: tuple[Part, ...] = (
        *_warned(by_check, decided, why, path, instance),
        *_duplicates(warnings),
    )
    return main, *more


def with_warnings(reader: Reader, section: p.Section, path: str, parts: list[Part]) -> list[Part]:
    """The parts, and the warnings of a section that is no check itself: reasons on the checks
    there are, else checks of their own; what is about no check is a reason of the event.
    """
    decided, why = outcome_of(reader, section, path)
    warnings = _warnings(reader, section, path)
    by_check = _by_check(warnings, "")
    added: list[Part] = [*by_check.pop("", ()), *_duplicates(warnings)]
    if word(section.status) == "failed":
        added += why
    if by_check:
        parts = [
            replace(part, reasons=list(dict.fromkeys([*part.reasons, *more])))
            if isinstance(part, Check) and (more := by_check.pop(part.name, None))
            else part
            for part in parts
        ]
        added += _warned(by_check, decided, why, path, identifier(section.section_id))
    return parts + added


def _warnings(reader: Reader, section: p.Section, path: str) -> list[str]:
    given = section.warnings
    return codes(reader.items(given, f"{path}.warnings")) if given else []


def _by_check(warnings: list[str], main: str) -> dict[str, list[str]]:
    """Check → its codes; those that are about no check belong to `main`."""
    by_check: dict[str, list[str]] = {}
    for code in warnings:
        by_check.setdefault(tables.check_of(code) or main, []).append(code)
    return by_check


def _warned(
    by_check: dict[str, list[str]],
    decided: Outcome,
    why: list[str],
    path: str,
    instance: str | None,
) -> Iterator[Check]:
    # "data_found" and the codes of a failed run are about the section, not about a warning.
    shared = [reason for reason in why if reason in ("pending", "unmapped")]
    for name, own in by_check.items():
        outcome = PASS if tables.POSITIVE.issuperset(own) else decided
        reasons = own if outcome is not decided else [*shared, *own]
        yield check(name, outcome, instance=instance, vendor_key=path, reasons=reasons)


def _duplicates(warnings: list[str]) -> list[VendorDuplicate]:
    """AiPrise has met something of this session before, in sessions that it does not name here."""
    return [VendorDuplicate(tables.DUPLICATES[c]) for c in warnings if c in tables.DUPLICATES]
