"""The applicant, the documents and the known duplicates of an IDWise result, beside its checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from streams.contracts.model import Check, Document, Person
from streams.vendors.base.draft import FAIL, DraftDocument, Part, VendorDuplicate
from streams.vendors.base.people import document_type
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import identifier, text, word
from streams.vendors.idwise import payload as p
from streams.vendors.idwise import tables
from streams.vendors.idwise.checks import read_checks, validation_checks

_NOBODY = Person()


def read_parts(
    reader: Reader, context: p.Context, applicant: p.Applicant | None, path: str
) -> Iterator[Part]:
    """All parts of one result; `path` is the applicant's."""
    parts: list[Part] = [*read_checks(reader, context), *_documents(reader, context.documents)]
    yield from parts
    yield from _duplicates(part for part in parts if isinstance(part, Check))
    if applicant and (person := _person(reader, applicant, path)) != _NOBODY:
        yield person


def _person(reader: Reader, applicant: p.Applicant, path: str) -> Person:
    """The applicant. Their `personal_number` is left out: without its country it names nobody."""
    return Person(
        first_name=text(applicant.first_name),
        last_name=text(applicant.last_name),
        full_name=text(applicant.full_name),
        birth_date=reader.date(applicant.birth_date, f"{path}.birth_date"),
        gender=reader.gender(applicant.gender or applicant.sex, f"{path}.gender"),
        nationality=reader.country3(applicant.nationality, f"{path}.nationality"),
    )


def _documents(reader: Reader, value: Any) -> Iterator[Part]:
    """`documents{document_id: …}` of a journey, each with the checks inside it."""
    for name, given in reader.entries(value, "documents"):
        path = f"documents.{name}"
        if (item := reader.part(p.snake(given), p.Document, path)) is None:
            continue
        table, issuer = tables.DOCUMENT_STATUSES, item.issuing_country_code or item.issuing_country
        document = Document(
            type=document_type(item.document_type or item.type),
            issuing_country=reader.country3(issuer, f"{path}.issuing_country_code"),
            issue_date=reader.date(item.issue_date, f"{path}.issue_date"),
            expiry_date=reader.date(
                item.expiry_date or item.expiration_date, f"{path}.expiry_date"
            ),
            status=reader.mapped(table, item.status, f"{path}.status") if item.status else None,
            instance=name,
        )
        yield DraftDocument(document, number=identifier(item.document_number))
        yield from validation_checks(
            reader, item.validation_checks, name, f"{path}.validation_checks"
        )


def _duplicates(checks: Iterable[Check]) -> Iterator[VendorDuplicate]:
    """Failed duplicate rules: IDWise has met the applicant or the document before."""
    for check in checks:
        if check.outcome is FAIL and (kind := tables.DUPLICATE_RULES.get(word(check.vendor_key))):
            yield VendorDuplicate(kind, reason=check.vendor_key)
