"""The applicant, as identity documents and their chips name them.

Sources: Didit, Decision V3 report objects: ID verification, NFC verification.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.contracts.model import Person
from streams.vendors.base.draft import PASS
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import text
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks.reports import ByKind, Entry

_NOBODY = Person()


def read_person(reader: Reader, kinds: ByKind) -> Sequence[Person]:
    """Persons of the documents, of approved ones first, then of chips; the first is the draft's."""
    known = [_identity(reader, e) for e in _approved_first(kinds, p.IdVerification)]
    known += [_chip_identity(reader, e) for e in _approved_first(kinds, p.NfcVerification)]
    return [person for person in known if person != _NOBODY]


def _approved_first(kinds: ByKind, kind: type[p.Report]) -> Sequence[Entry]:
    own = kinds.get(kind, ())
    if len(own) < 2:
        return own
    return sorted(own, key=lambda e: e.status.outcome is not PASS)


def _identity(reader: Reader, entry: Entry) -> Person:
    report, path = entry.report, entry.path
    assert isinstance(report, p.IdVerification)
    return Person(
        first_name=text(report.first_name),
        last_name=text(report.last_name),
        full_name=text(report.full_name),
        birth_date=reader.date(report.date_of_birth, f"{path}.date_of_birth"),
        gender=reader.gender(report.gender, f"{path}.gender"),
        nationality=reader.country3(report.nationality, f"{path}.nationality"),
    )


def read_chip(reader: Reader, entry: Entry) -> p.ChipData:
    """What the chip holds: the first data group where there is one."""
    assert isinstance(entry.report, p.NfcVerification)
    path = f"{entry.path}.chip_data"
    chip = reader.part(entry.report.chip_data, p.ChipData, path) or p.ChipData()
    return reader.part(chip.DG1, p.ChipData, f"{path}.DG1") or chip


def _chip_identity(reader: Reader, entry: Entry) -> Person:
    chip, path = read_chip(reader, entry), f"{entry.path}.chip_data"
    return Person(
        first_name=text(chip.name) or text(chip.given_names),
        last_name=text(chip.surname),
        birth_date=reader.date(chip.birth_date, f"{path}.birth_date"),
        gender=reader.gender(chip.sex, f"{path}.sex"),
        nationality=reader.country3(chip.nationality, f"{path}.nationality"),
    )
