"""Results of Didit's one-shot APIs, which belong to no session: `request_id` identifies them.

Sources: Didit, "Face search" and "Age estimation" report objects; the other standalone APIs
return one V2 report object under its V2 key.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Check, Decision, LinkKind, Outcome
from streams.vendors.base.draft import Draft, VendorDuplicate, check
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import fraction, number
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks import checks_of
from streams.vendors.didit.links import linked_of
from streams.vendors.didit.reports import Entry
from streams.vendors.didit.tables import UNMAPPED, Feature, status_of

AGE_ESTIMATION = Feature("age_estimation", (), (), "minimum_age")
FACE_SEARCH = Feature("face_search", (), (), "face_not_duplicate")


def face_search(body: dict[str, Any], draft: Draft, reader: Reader) -> Entry:
    """A look-up, not a verdict: its `Approved` means that a face *was* found."""
    draft.decision = Decision.UNDETERMINED
    draft.flags.append("not_a_decision")
    report = reader.part(body["face_search"], p.FaceSearch, "face_search") or p.FaceSearch()
    matches = reader.parts(report.matches, p.Match, "face_search.matches")
    entry = _entry(FACE_SEARCH, report, reader)
    # The main check is inverted here; warnings stay what they say.
    draft.checks = [_searched(report, matches, entry)]
    draft.checks += [c for c in checks_of(entry, reader) if c.name != "face_not_duplicate"]
    linked = [found for m in matches if (found := linked_of(m)) is not None]
    others = [x for x in linked if x.subject_id and x.subject_id != draft.subject_id]
    if draft.subject_id is not None and others:
        draft.vendor_duplicates = [VendorDuplicate(LinkKind.FACE, others, "face_search")]
    return entry


def _searched(report: p.FaceSearch, matches: list[p.Match], entry: Entry) -> Check:
    status = entry.status
    found = status.outcome is Outcome.PASS or bool(matches or number(report.total_matches))
    reasons = [status.reason] if status.reason else []
    if status.reason or status is UNMAPPED:
        outcome = Outcome.NOT_APPLICABLE
    elif found or status.outcome is Outcome.REVIEW:
        outcome = Outcome.REVIEW
    else:
        outcome = Outcome.PASS
    similarities = [
        value
        for m in matches
        if (value := number(m.similarity if m.similarity is not None else m.similarity_percentage))
        is not None
    ]
    return check(
        "face_not_duplicate",
        outcome,
        vendor_key="face_search",
        raw_value=max(similarities, default=report.status),
        reasons=reasons,
    )


def age_estimation(body: dict[str, Any], draft: Draft, reader: Reader) -> Entry:
    """The status is about the age; the liveness score beside it counts where it was approved."""
    report = reader.part(body["age_estimation"], p.Face, "age_estimation") or p.Face()
    entry = _entry(AGE_ESTIMATION, report, reader)
    draft.checks = checks_of(entry, reader)
    score = fraction(report.score)
    if entry.status.outcome is Outcome.PASS and score is not None:
        draft.checks.append(
            check(
                "liveness",
                Outcome.PASS,
                score=score,
                vendor_key="age_estimation.score",
                raw_value=report.score,
            )
        )
    return entry


def _entry(feature: Feature, report: p.Report, reader: Reader) -> Entry:
    return Entry(
        feature=feature,
        key=feature.array,
        path=feature.array,
        report=report,
        status=status_of(report.status),
        instance=None,
        warnings=reader.parts(report.warnings, p.Warning, f"{feature.array}.warnings"),
    )


SPECIAL = {"face_search": face_search, "age_estimation": age_estimation}
"""Results with a reading of their own; the others are V2 report objects."""
