"""Identity documents, lookups and additional documents: `id_info` and `additional_info[]`.

Source: AiPrise docs, "User Verification Response": id_info, lookup_details, field_info,
additional_info; OpenAPI description: LookupInfo.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from streams.contracts.model import AddressRole, Check, Document, Outcome
from streams.vendors.aiprise import payload as p
from streams.vendors.aiprise import tables
from streams.vendors.aiprise.checks import section_checks
from streams.vendors.aiprise.parts.addresses import read_address
from streams.vendors.aiprise.parts.person import read_person
from streams.vendors.base.draft import NOT_APPLICABLE, PASS, REVIEW, DraftDocument, Part, check
from streams.vendors.base.people import document_type
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import boolean, identifier, text, token, word

_NO_DOCUMENT = Document()


def read_id(reader: Reader, value: Any, path: str, kind: str | None = None) -> Sequence[Part]:
    """`id_info`; `kind` is the `additional_info_type` where it is one of the additional ones."""
    info = reader.part(value, p.IdInfo, path)
    if info is None:
        return ()
    checks = section_checks(reader, "document_authentic", info, path, instance=kind)
    return [
        *checks,
        *read_person(reader, info, path),
        *_id_document(reader, info, path, checks[0].outcome, kind),
        *read_address(reader, info.address, AddressRole.ID_DOCUMENT, f"{path}.address"),
        *_lookup_details(reader, info.lookup_details, f"{path}.lookup_details"),
        *_crosschecks(reader, info.field_info, f"{path}.field_info"),
    ]


def _id_document(
    reader: Reader, info: p.IdInfo, path: str, outcome: Outcome, kind: str | None
) -> Sequence[DraftDocument]:
    number = identifier(info.id_number)
    document = Document(
        type=document_type(info.id_type) or document_type(kind),
        issuing_country=reader.country3(info.issue_country_code, f"{path}.issue_country_code")
        or reader.country3(info.issue_country, f"{path}.issue_country"),
        issue_date=reader.date(info.id_issue_date, f"{path}.id_issue_date"),
        expiry_date=reader.date(info.id_expiry_date, f"{path}.id_expiry_date"),
    )
    if number is None and document == _NO_DOCUMENT:
        return ()
    document.status = outcome
    document.instance = kind or identifier(info.section_id)
    return (DraftDocument(document, number=number),)


def _lookup_details(reader: Reader, value: Any, path: str) -> Sequence[Part]:
    details = reader.part(value, p.LookupDetails, path)
    return _lookups(reader, details.lookup_list, f"{path}.lookup_list") if details else ()


def _lookups(reader: Reader, value: Any, path: str) -> list[Part]:
    found: list[Part] = []
    for lookup in reader.parts(value, p.Lookup, path):
        named = [lookup.lookup_source or lookup.database_name, lookup.lookup_type or lookup.title]
        instance = "/".join(n for n in map(text, named) if n) or None
        found += section_checks(reader, "document_database_match", lookup, path, instance=instance)
    return found


# -- crosschecked fields -----------------------------------------------------------------------


def _crosschecks(reader: Reader, value: Any, path: str) -> Iterator[Check]:
    for key, crosscheck in reader.entries(value, path):
        name = token(key)
        field_path = f"{path}.{name or '*'}"
        if crosscheck is None:
            continue
        if not isinstance(crosscheck, dict | bool):
            reader.note(field_path)
            continue
        if isinstance(crosscheck, bool):
            crosscheck = {"matched": crosscheck}
        outcome, reasons = _crosscheck(crosscheck)
        of_field = tables.FIELD_CHECKS.get(word(key)) or f"vendor.aiprise.{name or 'field'}"
        yield check(of_field, outcome, instance=name, vendor_key=field_path, reasons=reasons)


def _crosscheck(value: dict[str, Any]) -> tuple[Outcome, list[str]]:
    """`matched` and `unmatched` are lists of sources, or booleans; all else counts for nothing."""
    sources = value.get("unmatched")
    matched, unmatched = _flag(value.get("matched")), _flag(sources)
    if unmatched or (unmatched is None and value.get("matched") is False):
        named = sources if isinstance(sources, list) else []
        return REVIEW, ["unmatched", *(f"unmatched:{s}" for s in map(token, named) if s)]
    if matched:
        return PASS, []
    return NOT_APPLICABLE, ["not_run"]


def _flag(value: Any) -> bool | None:
    return bool(value) if isinstance(value, list) else boolean(value)


# -- additional information --------------------------------------------------------------------


def read_additional(reader: Reader, value: Any, path: str) -> Iterator[Part]:
    for i, item in enumerate(reader.parts(value, p.AdditionalInfo, path)):
        kind, data_path = token(item.additional_info_type), f"{path}[{i}].data"
        response = word(item.additional_info_response_type)
        if response == "id_info":
            yield from read_id(reader, item.data, data_path, kind)
        elif response == "address_verification":
            yield from _address_verification(reader, item.data, data_path, kind)
        elif response == "document_insights":
            yield from _document_insights(reader, item.data, data_path, kind)
        elif response == "lookup_data":
            yield from _lookups(reader, item.data, data_path)
        else:
            yield from _other(reader, item, kind, data_path)


def _other(reader: Reader, item: p.AdditionalInfo, kind: str | None, path: str) -> Sequence[Part]:
    response = token(item.additional_info_response_type)
    if response is not None:
        reader.unmapped(path.removesuffix("data") + "additional_info_response_type")
    section = reader.part(item.data, p.Section, path)
    if section is None:
        return ()
    name = f"vendor.aiprise.{(response or kind or 'additional_info').lower()}"
    return section_checks(reader, name, section, path, instance=kind)


def _address_verification(
    reader: Reader, value: Any, path: str, kind: str | None
) -> Iterator[Part]:
    info = reader.part(value, p.AddressVerification, path)
    if info is None:
        return
    checks = section_checks(reader, "address_document_valid", info, path, instance=kind)
    yield from checks
    for name, key in (("address_name_match", "name_match"), ("address_match", "address_match")):
        given = getattr(info, key)
        if (matched := boolean(given)) is not None:
            outcome, at = PASS if matched else REVIEW, f"{path}.{key}"
            yield check(name, outcome, instance=kind, vendor_key=at, raw_value=given)
    document = Document(
        type=document_type(info.document_type) or document_type(kind),
        issue_date=reader.date(info.document_issue_date, f"{path}.document_issue_date"),
        expiry_date=reader.date(info.document_expiry_date, f"{path}.document_expiry_date"),
        status=checks[0].outcome,
        instance=kind or identifier(info.section_id),
    )
    yield DraftDocument(document, identifies=False)
    role, at = AddressRole.PROOF_OF_ADDRESS, f"{path}.extracted_address"
    yield from read_address(reader, info.extracted_address, role, at)


def _document_insights(reader: Reader, value: Any, path: str, kind: str | None) -> Iterator[Part]:
    info = reader.part(value, p.DocumentInsights, path)
    if info is None:
        return
    proves_address = word(kind) == "address_proof_document"
    name = "address_document_valid" if proves_address else "document_not_synthetic"
    yield from section_checks(reader, name, info, path, instance=kind)
    at = f"{path}.address_verification_info"
    yield from _address_verification(reader, info.address_verification_info, at, kind)
