"""The feature reports of a decision, read and ready: one `Entry` per report object, whichever of
V3's arrays or V2's single objects held it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec import Struct

from streams.draft import Reader
from streams.values import word
from streams.vendors.didit import payload as p
from streams.vendors.didit.tables import (
    FEATURE_KEYS,
    FEATURES,
    RESUBMITTED,
    STATUSES,
    UNMAPPED,
    Feature,
    Status,
)


class Entry(Struct):
    """One report object. `key` is its key in the payload, `path` its place there, `instance`
    the workflow node that made it, unique within the feature.
    """

    feature: Feature
    key: str
    path: str
    report: p.Report
    status: Status
    instance: str | None
    warnings: list[p.Warning]

    @property
    def unmapped(self) -> bool:
        """True where the status is a word that no table has."""
        return self.status is UNMAPPED and bool(word(self.report.status))


def entries(decision: dict[str, Any], reader: Reader) -> list[Entry]:
    """All reports that count, in the tables' order; superseded (`Resubmitted`) ones left out."""
    return [entry for feature in FEATURES for entry in _of(feature, decision, reader)]


def _of(feature: Feature, decision: dict[str, Any], reader: Reader) -> list[Entry]:
    found: list[Entry] = []
    nodes: Counter[str | None] = Counter()
    kind = p.REPORTS.get(feature.array, p.Report)
    key = next((k for k in (feature.array, *feature.singles) if decision.get(k)), None)
    for path, report in _reports(decision.get(key), kind, key, reader) if key else ():
        assert key is not None
        if word(report.status) == RESUBMITTED:
            continue
        node = None if report.node_id is None else str(report.node_id).strip() or None
        nodes[node] += 1
        found.append(
            Entry(
                feature=feature,
                key=key,
                path=path,
                report=report,
                status=STATUSES.get(word(report.status), UNMAPPED),
                instance=node if nodes[node] == 1 else f"{node or feature.array}#{nodes[node]}",
                warnings=reader.parts(report.warnings, p.Warning, f"{path}.warnings"),
            )
        )
    return found


def _reports(
    value: Any, kind: type[p.Report], key: str, reader: Reader
) -> list[tuple[str, p.Report]]:
    if isinstance(value, dict):
        report = reader.part(value, kind, key)
        return [(key, report)] if report is not None else []
    if not isinstance(value, list):
        reader.note(key)
        return []
    paths = [f"{key}[{i}]" for i in range(len(value))]
    read = [(path, reader.part(item, kind, path)) for path, item in zip(paths, value, strict=True)]
    return [(path, report) for path, report in read if report is not None]


def not_run(decision: dict[str, Any]) -> list[Feature]:
    """Features that the workflow has (`features`) and whose report is there but empty."""
    listed = _listed(decision.get("features"))
    return [
        feature
        for feature in FEATURES
        if listed.intersection(feature.names)
        and any(key in decision for key in (feature.array, *feature.singles))
        and not any(decision.get(key) for key in (feature.array, *feature.singles))
    ]


def _listed(features: Any) -> set[str]:
    """V3 lists names or objects; V2 writes one text, `OCR + FACE`."""
    if isinstance(features, str):
        features = features.split("+")
    if not isinstance(features, list):
        return set()
    return {word(f.get("feature") if isinstance(f, dict) else f) for f in features}


def unknown_reports(decision: dict[str, Any], reader: Reader) -> list[Entry]:
    """Reports under keys that no table has, so that a new feature is never lost."""
    found: list[Entry] = []
    for key in sorted(decision.keys() - FEATURE_KEYS):
        items = decision[key]
        if isinstance(items, list) and items and all(_is_report(item) for item in items):
            feature = Feature(key, (), (), f"vendor.didit.{key}")
            found += _of(feature, decision, reader)
    return found


def _is_report(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("status"), str)
        and ("node_id" in item or "warnings" in item)
    )
