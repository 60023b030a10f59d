"""Who the applicant is: person, documents, contacts.

Sources: Didit, Decision V3 report objects: ID verification, NFC verification, proof of address,
phone and e-mail verification, KYB document.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.contracts.model import ContactKind, Document, DocumentType, Outcome, Person
from streams.vendors.base.draft import DraftContact, DraftDocument
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import boolean, document_type, identifier, text
from streams.vendors.didit import payload as p
from streams.vendors.didit.reports import ByKind, Entry
from streams.vendors.didit.tables import UNMAPPED, status_of


def person_of(kinds: ByKind, reader: Reader) -> Person | None:
    """The person of the first approved document that names one, else of any, else of a chip."""
    known = [_identity(e, reader) for e in _approved_first(kinds, p.IdVerification)]
    known += [_chip_identity(e, reader) for e in _approved_first(kinds, p.NfcVerification)]
    for person in known:
        if person != _NOBODY:
            return person
    return None


_NOBODY = Person()


def _approved_first(kinds: ByKind, kind: type[p.Report]) -> Sequence[Entry]:
    own = kinds.get(kind, ())
    if len(own) < 2:
        return own
    return sorted(own, key=lambda e: e.status.outcome is not Outcome.PASS)


def _identity(entry: Entry, reader: Reader) -> Person:
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


def _chip(entry: Entry, reader: Reader) -> p.ChipData:
    assert isinstance(entry.report, p.NfcVerification)
    path = f"{entry.path}.chip_data"
    chip = reader.part(entry.report.chip_data, p.ChipData, path) or p.ChipData()
    return reader.part(chip.DG1, p.ChipData, f"{path}.DG1") or chip


def _chip_identity(entry: Entry, reader: Reader) -> Person:
    chip, path = _chip(entry, reader), f"{entry.path}.chip_data"
    return Person(
        first_name=text(chip.name) or text(chip.given_names),
        last_name=text(chip.surname),
        birth_date=reader.date(chip.birth_date, f"{path}.birth_date"),
        gender=reader.gender(chip.sex, f"{path}.sex"),
        nationality=reader.country3(chip.nationality, f"{path}.nationality"),
    )


def documents_of(kinds: ByKind, reader: Reader) -> list[DraftDocument]:
    """Identity documents, proofs of address and company documents. A chip belongs to a document
    that is reported by itself, so it counts only where that report is missing.
    """
    found = [_id_document(e, reader) for e in kinds.get(p.IdVerification, ())]
    for entry in kinds.get(p.NfcVerification, ()):
        if not found:
            found += _chip_document(entry, reader)
    found += [_poa_document(e, reader) for e in kinds.get(p.PoaVerification, ())]
    for entry in kinds.get(p.KybDocuments, ()):
        found += _business_documents(entry, reader)
    return found


def _id_document(entry: Entry, reader: Reader) -> DraftDocument:
    report, path = entry.report, entry.path
    assert isinstance(report, p.IdVerification)
    return DraftDocument(
        Document(
            type=document_type(report.document_type),
            issuing_country=reader.country3(report.issuing_state, f"{path}.issuing_state"),
            issue_date=reader.date(report.date_of_issue, f"{path}.date_of_issue"),
            expiry_date=reader.date(report.expiration_date, f"{path}.expiration_date"),
            status=entry.status.outcome,
            instance=entry.instance,
        ),
        number=identifier(report.document_number),
    )


def _chip_document(entry: Entry, reader: Reader) -> list[DraftDocument]:
    chip, path = _chip(entry, reader), f"{entry.path}.chip_data"
    if chip.document_number is None:
        return []
    document = Document(
        type=document_type(chip.document_type),
        issuing_country=reader.country3(chip.country, f"{path}.country"),
        expiry_date=reader.date(chip.expiry_date, f"{path}.expiry_date"),
        status=entry.status.outcome,
        instance=entry.instance,
    )
    return [DraftDocument(document, number=identifier(chip.document_number))]


def _poa_document(entry: Entry, reader: Reader) -> DraftDocument:
    report, path = entry.report, entry.path
    assert isinstance(report, p.PoaVerification)
    return DraftDocument(
        Document(
            type=document_type(report.document_type),
            issuing_country=reader.country3(report.issuing_state, f"{path}.issuing_state"),
            issue_date=reader.date(report.issue_date, f"{path}.issue_date"),
            expiry_date=reader.date(report.expiration_date, f"{path}.expiration_date"),
            status=entry.status.outcome,
            instance=entry.instance,
        ),
        identifies=False,
    )


def _business_documents(entry: Entry, reader: Reader) -> list[DraftDocument]:
    assert isinstance(entry.report, p.KybDocuments)
    path = f"{entry.path}.items"
    items = reader.parts(entry.report.items, p.KybDocument, path)
    return [_business_document(item, f"{path}[{i}]", reader) for i, item in enumerate(items)]


def _business_document(item: p.KybDocument, path: str, reader: Reader) -> DraftDocument:
    kind = document_type(item.document_type)
    status = status_of(item.status)
    if status is UNMAPPED and text(item.status):
        reader.unmapped(f"{path}.status")
    return DraftDocument(
        Document(
            type=DocumentType.BUSINESS_DOCUMENT if kind is DocumentType.OTHER else kind,
            status=status.outcome,
            instance=identifier(item.uuid),
        ),
        identifies=False,
    )


# -- contacts ----------------------------------------------------------------------------------

_VERIFIED = {Outcome.PASS: True, Outcome.FAIL: False}


def contacts_of(kinds: ByKind, reader: Reader) -> list[DraftContact]:
    """Phones and e-mail addresses that can be read; the others are left out."""
    found = [_phone(e, reader) for e in kinds.get(p.PhoneVerification, ())]
    found += [_email(e, reader) for e in kinds.get(p.EmailVerification, ())]
    return [contact for contact in found if contact is not None]


def _phone(entry: Entry, reader: Reader) -> DraftContact | None:
    report = entry.report
    assert isinstance(report, p.PhoneVerification)
    region = reader.country2(report.country_code, f"{entry.path}.country_code")
    prefix, subscriber = identifier(report.phone_number_prefix), identifier(report.phone_number)
    full = identifier(report.full_number)
    if full is None and subscriber is not None:
        full = subscriber if subscriber.startswith("+") else f"{prefix or ''}{subscriber}"
    # A prefix that JSON made a number has lost its sign.
    if full and prefix and not full.startswith("+") and full.startswith(prefix.lstrip("+")):
        full = f"+{full}"
    read = reader.phone(full, region, f"{entry.path}.full_number")
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


def _email(entry: Entry, reader: Reader) -> DraftContact | None:
    report = entry.report
    assert isinstance(report, p.EmailVerification)
    read = reader.email(report.email, f"{entry.path}.email")
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
