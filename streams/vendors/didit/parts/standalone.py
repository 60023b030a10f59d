"""Results of Didit's one-shot APIs, which belong to no session: `request_id` identifies them.

Sources: Didit, "Face search" and "Age estimation" report objects; the other standalone APIs
return one V2 report object under its V2 key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from streams.contracts.model import Check, LinkKind
from streams.vendors.base.draft import NOT_APPLICABLE, PASS, REVIEW, Part, VendorDuplicate, check
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import fraction, number
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks.features import checks_of
from streams.vendors.didit.checks.reports import Entry
from streams.vendors.didit.checks.warnings import read_reasons
from streams.vendors.didit.parts.duplicates import linked_of
from streams.vendors.didit.tables import UNMAPPED, Feature, status_of

LOOK_UP = "face_search"
"""The result that is no decision."""

_AGE_ESTIMATION = Feature("age_estimation", (), (), "minimum_age")
_FACE_SEARCH = Feature("face_search", (), (), "face_not_duplicate")


def _face_search(reader: Reader, body: dict[str, Any], subject_id: str | None) -> Iterator[Part]:
    """A look-up, not a decision: its `Approved` means that a face *was* found."""
    report = reader.part(body["face_search"], p.FaceSearch, "face_search") or p.FaceSearch()
    matches = reader.parts(report.matches, p.Match, "face_search.matches")
    entry = _entry(reader, _FACE_SEARCH, report)
    # The main check is inverted here; warnings keep their outcomes.
    yield _searched(report, matches, entry)
    yield from (c for c in checks_of(reader, entry) if c.name != "face_not_duplicate")
    linked = [found for m in matches if (found := linked_of(m)) is not None]
    others = [x for x in linked if x.subject_id and x.subject_id != subject_id]
    if subject_id is not None and others:
        yield VendorDuplicate(LinkKind.FACE, others, "face_search")
    yield from read_reasons(reader, [entry])


def _searched(report: p.FaceSearch, matches: list[p.Match], entry: Entry) -> Check:
    status, reason, outcome = entry.status, entry.status.reason, PASS
    if reason or status is UNMAPPED:
        outcome = NOT_APPLICABLE
    elif status.outcome in (PASS, REVIEW) or matches or number(report.total_matches):
        outcome = REVIEW
    given = (m.similarity_percentage if m.similarity is None else m.similarity for m in matches)
    similarities = [value for value in map(number, given) if value is not None]
    return check(
        "face_not_duplicate",
        outcome,
        vendor_key="face_search",
        raw_value=max(similarities, default=report.status),
        reasons=[reason] if reason else [],
    )


def _age_estimation(reader: Reader, body: dict[str, Any], subject_id: str | None) -> Iterator[Part]:
    """The status is about the age; the liveness score beside it counts where it was approved."""
    report = reader.part(body["age_estimation"], p.Face, "age_estimation") or p.Face()
    entry = _entry(reader, _AGE_ESTIMATION, report)
    yield from checks_of(reader, entry)
    score = fraction(report.score)
    if entry.status.outcome is PASS and score is not None:
        yield check(
            "liveness",
            PASS,
            score=score,
            vendor_key="age_estimation.score",
            raw_value=report.score,
        )
    yield from read_reasons(reader, [entry])


def _entry(reader: Reader, feature: Feature, report: p.Report) -> Entry:
    return Entry(
        feature=feature,
        key=feature.array,
        path=feature.array,
        report=report,
        status=status_of(report.status),
        instance=None,
        warnings=reader.parts(report.warnings, p.Warning, f"{feature.array}.warnings"),
    )


SPECIAL: dict[str, Callable[[Reader, dict[str, Any], str | None], Iterator[Part]]] = {
    LOOK_UP: _face_search,
    "age_estimation": _age_estimation,
}
"""Results with a reading of their own; the others are V2 report objects."""
