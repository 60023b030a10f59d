"""Who the applicant is: person, documents, contacts.

Sources: Didit, Decision V3 report objects: ID verification, NFC verification, proof of address,
phone and e-mail verification, KYB document.
"""

from __future__ import annotations

from streams.draft import DraftContact, DraftDocument, Reader
from streams.model import ContactKind, Document, DocumentType, Outcome, Person
from streams.values import (
    boolean,
    country2,
    country3,
    day,
    document_type,
    email,
    gender,
    phone,
    text,
)
from streams.vendors.didit import payload as p
from streams.vendors.didit.reports import Entry
from streams.vendors.didit.tables import status_of


def person_of(entries: list[Entry], reader: Reader) -> Person | None:
    """The person of the first approved document that names one, else of any, else of a chip."""
    known = [_identity(e.report) for e in _approved_first(entries, p.IdVerification)]
    known += [_chip_identity(e, reader) for e in _approved_first(entries, p.NfcVerification)]
    return next((person for person in known if person != Person()), None)


def _approved_first(entries: list[Entry], kind: type[p.Report]) -> list[Entry]:
    own = [e for e in entries if isinstance(e.report, kind)]
    return sorted(own, key=lambda e: e.status.outcome is not Outcome.PASS)


def _identity(report: p.Report) -> Person:
    assert isinstance(report, p.IdVerification)
    return Person(
        first_name=text(report.first_name),
        last_name=text(report.last_name),
        full_name=text(report.full_name),
        birth_date=day(report.date_of_birth),
        gender=gender(report.gender),
        nationality=country3(report.nationality),
    )


def _chip(entry: Entry, reader: Reader) -> p.ChipData:
    assert isinstance(entry.report, p.NfcVerification)
    path = f"{entry.path}.chip_data"
    chip = reader.part(entry.report.chip_data, p.ChipData, path) or p.ChipData()
    return reader.part(chip.DG1, p.ChipData, f"{path}.DG1") or chip


def _chip_identity(entry: Entry, reader: Reader) -> Person:
    chip = _chip(entry, reader)
    return Person(
        first_name=text(chip.name) or text(chip.given_names),
        last_name=text(chip.surname),
        birth_date=day(chip.birth_date),
        gender=gender(chip.sex),
        nationality=country3(chip.nationality),
    )


def documents_of(entries: list[Entry], reader: Reader) -> list[DraftDocument]:
    """Identity documents, proofs of address and company documents. A chip belongs to a document
    that is reported by itself, so it counts only where that report is missing.
    """
    found: list[DraftDocument] = []
    for entry in entries:
        report = entry.report
        if isinstance(report, p.IdVerification):
            found.append(_id_document(entry, report))
        elif isinstance(report, p.NfcVerification) and not found:
            found += _chip_document(entry, reader)
        elif isinstance(report, p.PoaVerification):
            found.append(_poa_document(entry, report))
        elif isinstance(report, p.KybDocuments):
            items = reader.parts(report.items, p.KybDocument, f"{entry.path}.items")
            found += [_business_document(item) for item in items]
    return found


def _id_document(entry: Entry, report: p.IdVerification) -> DraftDocument:
    return DraftDocument(
        Document(
            type=document_type(report.document_type),
            issuing_country=country3(report.issuing_state),
            issue_date=day(report.date_of_issue),
            expiry_date=day(report.expiration_date),
            status=entry.status.outcome,
            instance=entry.instance,
        ),
        number=_id_text(report.document_number),
    )


def _chip_document(entry: Entry, reader: Reader) -> list[DraftDocument]:
    chip = _chip(entry, reader)
    if chip.document_number is None:
        return []
    document = Document(
        type=document_type(chip.document_type),
        issuing_country=country3(chip.country),
        expiry_date=day(chip.expiry_date),
        status=entry.status.outcome,
        instance=entry.instance,
    )
    return [DraftDocument(document, number=_id_text(chip.document_number))]


def _poa_document(entry: Entry, report: p.PoaVerification) -> DraftDocument:
    return DraftDocument(
        Document(
            type=document_type(report.document_type),
            issuing_country=country3(report.issuing_state),
            issue_date=day(report.issue_date),
            expiry_date=day(report.expiration_date),
            status=entry.status.outcome,
            instance=entry.instance,
        ),
        identifies=False,
    )


def _business_document(item: p.KybDocument) -> DraftDocument:
    kind = document_type(item.document_type)
    return DraftDocument(
        Document(
            type=DocumentType.BUSINESS_DOCUMENT if kind is DocumentType.OTHER else kind,
            status=status_of(item.status).outcome,
            instance=_id_text(item.uuid),
        ),
        identifies=False,
    )


def _id_text(value: str | int | None) -> str | None:
    return None if value is None else text(str(value))


# -- contacts ----------------------------------------------------------------------------------

_VERIFIED = {Outcome.PASS: True, Outcome.FAIL: False}


def contacts_of(entries: list[Entry]) -> list[DraftContact]:
    """Phones and e-mail addresses that can be read; the others are left out."""
    found: list[DraftContact | None] = []
    for entry in entries:
        if isinstance(entry.report, p.PhoneVerification):
            found.append(_phone(entry, entry.report))
        elif isinstance(entry.report, p.EmailVerification):
            found.append(_email(entry, entry.report))
    return [contact for contact in found if contact is not None]


def _phone(entry: Entry, report: p.PhoneVerification) -> DraftContact | None:
    region = country2(report.country_code)
    prefix, subscriber = _id_text(report.phone_number_prefix), _id_text(report.phone_number)
    full = _id_text(report.full_number)
    if full is None and subscriber is not None:
        full = subscriber if subscriber.startswith("+") else f"{prefix or ''}{subscriber}"
    # A prefix that JSON made a number has lost its sign.
    if full and prefix and not full.startswith("+") and full.startswith(prefix.lstrip("+")):
        full = f"+{full}"
    read = phone(full, region)
    if read is None:
        return None
    return DraftContact(
        kind=ContactKind.PHONE,
        value=read[0],
        country=region or read[1],
        is_disposable=boolean(report.is_disposable),
        is_virtual=boolean(report.is_virtual),
        verified=_verified(entry, report.verified_at),
    )


def _email(entry: Entry, report: p.EmailVerification) -> DraftContact | None:
    read = email(report.email)
    if read is None:
        return None
    return DraftContact(
        kind=ContactKind.EMAIL,
        value=read,
        is_disposable=boolean(report.is_disposable),
        verified=_verified(entry, report.verified_at),
    )


def _verified(entry: Entry, verified_at: p.Scalar) -> bool | None:
    """The status decides; without one, a time of verification says it took place."""
    return _VERIFIED.get(entry.status.outcome, True if verified_at else None)
