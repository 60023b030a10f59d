"""The applicant and the documents of an IDWise result."""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Check, Person
from streams.contracts.model import Document as CanonicalDocument
from streams.vendors.base.draft import DraftDocument
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import document_type, identifier, text, word
from streams.vendors.idwise import tables
from streams.vendors.idwise.checks import validation_checks
from streams.vendors.idwise.payload import Applicant, Document, snake


def person(reader: Reader, applicant: Applicant | None, path: str) -> Person | None:
    """The applicant. Their `personal_number` is left out: without its country it names nobody."""
    if applicant is None:
        return None
    found = Person(
        first_name=text(applicant.first_name),
        last_name=text(applicant.last_name),
        full_name=text(applicant.full_name),
        birth_date=reader.date(applicant.birth_date, f"{path}.birth_date"),
        gender=reader.gender(applicant.gender or applicant.sex, f"{path}.gender"),
        nationality=reader.country3(applicant.nationality, f"{path}.nationality"),
    )
    return None if found == Person() else found


def documents(reader: Reader, value: Any) -> tuple[list[DraftDocument], list[Check]]:
    """`documents{document_id: …}` of a journey, and the checks inside them."""
    found: list[DraftDocument] = []
    checks: list[Check] = []
    for name, given in reader.entries(value, "documents"):
        path = f"documents.{name}"
        item = reader.part(snake(given), Document, path)
        if item is None:
            continue
        status = tables.DOCUMENT_STATUSES.get(word(item.status)) if item.status else None
        if item.status and status is None:
            reader.unmapped(f"{path}.status")
        found.append(
            DraftDocument(
                CanonicalDocument(
                    type=document_type(item.document_type or item.type),
                    issuing_country=reader.country3(
                        item.issuing_country_code or item.issuing_country,
                        f"{path}.issuing_country_code",
                    ),
                    issue_date=reader.date(item.issue_date, f"{path}.issue_date"),
                    expiry_date=reader.date(
                        item.expiry_date or item.expiration_date, f"{path}.expiry_date"
                    ),
                    status=status,
                    instance=name,
                ),
                number=identifier(item.document_number),
            )
        )
        checks += validation_checks(
            reader, item.validation_checks, name, f"{path}.validation_checks"
        )
    return found, checks
