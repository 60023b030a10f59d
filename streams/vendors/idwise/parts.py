"""The applicant and the documents of an IDWise result."""

from __future__ import annotations

from typing import Any

from streams.draft import DraftDocument, Reader
from streams.model import Check, Person
from streams.model import Document as CanonicalDocument
from streams.values import country3, day, document_type, gender, text, word
from streams.vendors.idwise import tables
from streams.vendors.idwise.checks import validation_checks
from streams.vendors.idwise.payload import Applicant, Document, identifier, snake


def person(applicant: Applicant | None) -> Person | None:
    """The applicant. Their `personal_number` is left out: without its country it names nobody."""
    if applicant is None:
        return None
    found = Person(
        first_name=text(applicant.first_name),
        last_name=text(applicant.last_name),
        full_name=text(applicant.full_name),
        birth_date=day(applicant.birth_date),
        gender=gender(applicant.gender or applicant.sex),
        nationality=country3(applicant.nationality),
    )
    return None if found == Person() else found


def documents(reader: Reader, value: Any) -> tuple[list[DraftDocument], list[Check]]:
    """`documents{document_id: …}` of a journey, and the checks inside them."""
    found: list[DraftDocument] = []
    checks: list[Check] = []
    if value is None:
        return found, checks
    if not isinstance(value, dict):
        reader.note("documents")
        return found, checks
    for name, given in sorted(value.items()):
        path = f"documents.{name}"
        item = reader.part(snake(given), Document, path)
        if item is None:
            continue
        found.append(
            DraftDocument(
                CanonicalDocument(
                    type=document_type(item.document_type or item.type),
                    issuing_country=country3(item.issuing_country_code or item.issuing_country),
                    issue_date=day(item.issue_date),
                    expiry_date=day(item.expiry_date or item.expiration_date),
                    status=tables.DOCUMENT_STATUSES.get(word(item.status)) if item.status else None,
                    instance=name,
                ),
                number=identifier(item.document_number),
            )
        )
        checks += validation_checks(
            reader, item.validation_checks, name, f"{path}.validation_checks"
        )
    return found, checks
