"""The feature reports of a decision, read and ready: one `Entry` per report object, whichever of
V3's arrays or V2's single objects held it.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from streams.reader import Reader
from streams.values import identifier, word
from streams.vendors.didit import payload as p
from streams.vendors.didit.tables import (
    FEATURE_KEYS,
    FEATURE_OF,
    FEATURES,
    SUPERSEDED,
    UNMAPPED,
    Feature,
    Status,
    feature_named,
    status_of,
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
    # Where V2's and V3's keys stand together, the array holds more and comes first.
    present = {FEATURE_OF[key].array for key in FEATURE_KEYS & decision.keys() if decision[key]}
    return [e for f in FEATURES if f.array in present for e in _of(f, decision, reader)]


def _of(feature: Feature, decision: dict[str, Any], reader: Reader) -> list[Entry]:
    found: list[Entry] = []
    nodes: dict[str | None, int] = {}
    key = next(k for k in (feature.array, *feature.singles) if decision.get(k))
    for path, report in _reports(
        decision[key], p.REPORTS.get(feature.array, p.Report), key, reader
    ):
        status = status_of(report.status)
        if status is SUPERSEDED:
            continue
        node = identifier(report.node_id)
        count = nodes[node] = nodes.get(node, 0) + 1
        found.append(
            Entry(
                feature=feature,
                key=key,
                path=path,
                report=report,
                status=status,
                instance=node if count == 1 else f"{node or feature.array}#{count}",
                warnings=reader.parts(report.warnings, p.Warning, f"{path}.warnings")
                if report.warnings
                else [],
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
    found = []
    for i, item in enumerate(value):
        path = f"{key}[{i}]"
        report = reader.part(item, kind, path)
        if report is not None:
            found.append((path, report))
    return found


def not_run(decision: dict[str, Any]) -> list[Feature]:
    """Features that the workflow has (`features`) and whose report is there but empty."""
    features = decision.get("features")
    # V3 lists names or objects; V2 writes one text, `OCR + FACE`.
    listed = features.split("+") if isinstance(features, str) else features
    if not isinstance(listed, list):
        return []
    found = []
    for item in listed:
        feature = feature_named(item.get("feature") if isinstance(item, dict) else item)
        if feature is None or feature in found:
            continue
        keys = [key for key in (feature.array, *feature.singles) if key in decision]
        if keys and not any(decision[key] for key in keys):
            found.append(feature)
    return found


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
