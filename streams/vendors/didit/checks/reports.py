"""The feature reports of a decision, read and ready: one `Entry` per report object, whichever of
V3's arrays or V2's single objects held it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from streams.vendors.base.reader import Reader
from streams.vendors.base.values import identifier, token, word
from streams.vendors.didit import payload as p
from streams.vendors.didit.tables import (
    FEATURE_OF,
    SUPERSEDED,
    UNMAPPED,
    Feature,
    Status,
    feature_named,
    status_of,
)


class Entry(Struct, frozen=True):
    """One report object. `key` is its key in the payload, `path` where that is, `instance`
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


ByKind = dict[type[p.Report], list[Entry]]


def entries(reader: Reader, decision: dict[str, Any]) -> list[Entry]:
    """All reports that count, in the tables' order; superseded (`Resubmitted`) ones left out."""
    found: list[Entry] = []
    last = None
    for key, feature in FEATURE_OF.items():
        # Where V2's and V3's keys are both there, the array holds more and comes first.
        if feature is not last and (value := decision.get(key)):
            found += _of(reader, feature, key, value)
            last = feature
    return found


def by_kind(found: list[Entry]) -> ByKind:
    """The entries by the struct of their report, in the order they have."""
    kinds: ByKind = {}
    for entry in found:
        kinds.setdefault(type(entry.report), []).append(entry)
    return kinds


def _of(reader: Reader, feature: Feature, key: str, value: Any) -> list[Entry]:
    found: list[Entry] = []
    nodes: dict[str | None, int] = {}
    kind = p.REPORTS.get(feature.array, p.Report)
    for path, item in _items(reader, key, value):
        report = reader.part(item, kind, path)
        if report is None:
            continue
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
                warnings=_warnings(reader, report, path),
            )
        )
    return found


def _warnings(reader: Reader, report: p.Report, path: str) -> list[p.Warning]:
    """A report's own, and those of the documents that a company's report holds."""
    found = []
    if report.warnings:
        found += reader.parts(report.warnings, p.Warning, f"{path}.warnings")
    if isinstance(report, p.KybDocuments):
        for item in reader.parts(report.items, p.KybDocument, f"{path}.items"):
            found += reader.parts(item.warnings, p.Warning, f"{path}.items.warnings")
    return found


def _items(reader: Reader, key: str, value: Any) -> list[tuple[str, Any]]:
    """`(path, report object)`, of an array or of a single object."""
    if isinstance(value, list):
        return [(f"{key}[{i}]", item) for i, item in enumerate(reader.items(value, key))]
    if isinstance(value, dict):
        return [(key, value)]
    reader.note(key)
    return []


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
        if feature is None or decision.get(feature.array) or feature in found:
            continue
        keys = (feature.array, *feature.singles)
        given = [decision[key] for key in keys if key in decision]
        if given and not any(given):
            found.append(feature)
    return found


def unknown_reports(reader: Reader, decision: dict[str, Any]) -> list[Entry]:
    """Reports under keys that no table has, however deep, so that a new feature and its warnings
    are never lost.
    """
    found: list[Entry] = []
    for key in sorted(decision.keys() - FEATURE_OF.keys()):
        if (reports := list(_reports_in(decision[key]))) and (name := token(key)):
            feature = Feature(name, (), (), f"vendor.didit.{name}")
            found += _of(reader, feature, name, reports)
    # Warnings about the session as a whole, beside its reports.
    if isinstance(decision.get("warnings"), list):
        whole = Feature("warnings", (), (), None)
        found += _of(reader, whole, "warnings", {"warnings": decision["warnings"]})
    return found


def _reports_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _reports_in(item)
    elif isinstance(value, dict):
        if _is_report(value):
            yield value
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from _reports_in(inner)


def _is_report(item: dict[str, Any]) -> bool:
    """Has warnings, or a status and the workflow's node."""
    warnings = item.get("warnings")
    warned = isinstance(warnings, list) and any(isinstance(w, dict) for w in warnings)
    return warned or (
        isinstance(item.get("status"), str) and ("node_id" in item or "warnings" in item)
    )
