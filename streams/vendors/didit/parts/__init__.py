"""All parts of a decision's reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streams.contracts.model import Check
from streams.vendors.base.draft import Part
from streams.vendors.base.reader import Reader
from streams.vendors.didit.checks.features import checks_of, not_run_checks
from streams.vendors.didit.checks.reports import by_kind, entries, not_run, unknown_reports
from streams.vendors.didit.checks.warnings import read_reasons
from streams.vendors.didit.parts.addresses import read_addresses, with_points
from streams.vendors.didit.parts.contacts import read_contacts
from streams.vendors.didit.parts.documents import read_documents
from streams.vendors.didit.parts.duplicates import read_duplicates
from streams.vendors.didit.parts.networks import read_networks
from streams.vendors.didit.parts.person import read_person


def read_parts(
    reader: Reader, body: dict[str, Any], session_id: str, subject_id: str | None
) -> Iterator[Part | list[Check]]:
    """The parts of all reports in `body`, an object of V3's arrays or V2's single objects."""
    found = entries(reader, body)
    checks: list[Check] = []
    for entry in found:
        checks += checks_of(reader, entry)
    for feature in not_run(body):
        checks += not_run_checks(feature)
    unknown = unknown_reports(reader, body)
    for entry in unknown:
        checks += checks_of(reader, entry)
    yield checks
    kinds = by_kind(found)
    yield from read_person(reader, kinds)
    yield from read_documents(reader, kinds)
    yield from read_contacts(reader, kinds)
    addresses = read_addresses(reader, kinds)
    parts, points = read_networks(reader, kinds)
    yield from parts
    yield from with_points(addresses, points)
    yield from read_duplicates(reader, found, session_id, subject_id)
    yield from read_reasons(reader, [*found, *unknown])
