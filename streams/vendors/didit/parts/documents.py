"""Identity documents, proofs of address and company documents.

Sources: Didit, Decision V3 report objects: ID verification, NFC verification, proof of address,
KYB document.
"""

from __future__ import annotations

from streams.contracts.model import Document, DocumentType
from streams.vendors.base.draft import DraftDocument
from streams.vendors.base.people import document_type
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import identifier, text
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks.reports import ByKind, Entry
from streams.vendors.didit.parts.person import read_chip
from streams.vendors.didit.tables import UNMAPPED, status_of


def read_documents(reader: Reader, kinds: ByKind) -> list[DraftDocument]:
    """Identity documents, proofs of address and company documents. A chip belongs to a document
    that is reported by itself, so it counts only where that report is missing.
    """
    found = [_id_document(reader, e) for e in kinds.get(p.IdVerification, ())]
    for entry in kinds.get(p.NfcVerification, ()):
        if not found:
            found += _chip_document(reader, entry)
    found += [_poa_document(reader, e) for e in kinds.get(p.PoaVerification, ())]
    for entry in kinds.get(p.KybDocuments, ()):
        found += _business_documents(reader, entry)
    return found


def _id_document(reader: Reader, entry: Entry) -> DraftDocument:
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


def _chip_document(reader: Reader, entry: Entry) -> list[DraftDocument]:
    chip, path = read_chip(reader, entry), f"{entry.path}.chip_data"
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


def _poa_document(reader: Reader, entry: Entry) -> DraftDocument:
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


def _business_documents(reader: Reader, entry: Entry) -> list[DraftDocument]:
    assert isinstance(entry.report, p.KybDocuments)
    path = f"{entry.path}.items"
    items = reader.parts(entry.report.items, p.KybDocument, path)
    return [_business_document(reader, item, f"{path}[{i}]") for i, item in enumerate(items)]


def _business_document(reader: Reader, item: p.KybDocument, path: str) -> DraftDocument:
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
