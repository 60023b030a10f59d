"""Identity documents, lookups and additional documents: `id_info` and `additional_info[]`.

Source: AiPrise docs, "User Verification Response": id_info, lookup_details, field_info,
additional_info; OpenAPI description: LookupInfo.
"""

from __future__ import annotations

from typing import Any

from streams.contracts.model import Address, AddressRole, Document, Outcome, Person
from streams.vendors.aiprise.payload import (
    AdditionalInfo,
    AddressVerification,
    DocumentInsights,
    ExtractedAddress,
    IdInfo,
    Lookup,
    LookupDetails,
    ParsedAddress,
    Section,
)
from streams.vendors.aiprise.sections import Findings, add_checks
from streams.vendors.aiprise.tables import FIELD_CHECKS
from streams.vendors.base.draft import DraftDocument, check
from streams.vendors.base.values import boolean, document_type, identifier, text, token, word

_NOBODY, _NO_DOCUMENT = Person(), Document()


def read_id(value: Any, path: str, found: Findings, kind: str | None = None) -> None:
    """`id_info`; `kind` is the `additional_info_type` where it is one of the additional ones."""
    info = found.reader.part(value, IdInfo, path)
    if info is None:
        return
    outcome = add_checks("document_authentic", info, path, found, instance=kind)
    _add_person(info, path, found)
    _add_id_document(info, path, outcome, kind, found)
    _add_address(info.address, AddressRole.ID_DOCUMENT, f"{path}.address", found)
    details = found.reader.part(info.lookup_details, LookupDetails, f"{path}.lookup_details")
    if details is not None:
        list_path = f"{path}.lookup_details.lookup_list"
        for lookup in found.reader.parts(details.lookup_list, Lookup, list_path):
            _add_lookup(lookup, list_path, found)
    _add_fields(info.field_info, f"{path}.field_info", found)


def _add_person(info: IdInfo, path: str, found: Findings) -> None:
    reader = found.reader
    last_names = filter(None, (text(info.last_name), text(info.second_last_name)))
    person = Person(
        first_name=text(info.first_name),
        middle_name=text(info.middle_name),
        last_name=" ".join(last_names) or None,
        full_name=text(info.full_name),
        birth_date=reader.date(info.birth_date, f"{path}.birth_date"),
        gender=reader.gender(info.gender, f"{path}.gender"),
        nationality=reader.country3(info.nationality_code, f"{path}.nationality_code")
        or reader.country3(info.nationality, f"{path}.nationality"),
    )
    if found.person is None and person != _NOBODY:
        found.person = person


def _add_id_document(
    info: IdInfo, path: str, outcome: Outcome, kind: str | None, found: Findings
) -> None:
    reader = found.reader
    number = identifier(info.id_number)
    document = Document(
        type=document_type(info.id_type) or document_type(kind),
        issuing_country=reader.country3(info.issue_country_code, f"{path}.issue_country_code")
        or reader.country3(info.issue_country, f"{path}.issue_country"),
        issue_date=reader.date(info.id_issue_date, f"{path}.id_issue_date"),
        expiry_date=reader.date(info.id_expiry_date, f"{path}.id_expiry_date"),
    )
    if number is None and document == _NO_DOCUMENT:
        return
    document.status = outcome
    document.instance = kind or identifier(info.section_id)
    found.documents.append(DraftDocument(document, number=number))


def _add_lookup(lookup: Lookup, path: str, found: Findings) -> None:
    named = [lookup.lookup_source or lookup.database_name, lookup.lookup_type or lookup.title]
    instance = "/".join(n for n in map(text, named) if n) or None
    add_checks("document_database_match", lookup, path, found, instance=instance)


# -- crosschecked fields -----------------------------------------------------------------------


def _add_fields(value: Any, path: str, found: Findings) -> None:
    for key, crosscheck in found.reader.entries(value, path):
        field_path = f"{path}.{token(key) or '*'}"
        if crosscheck is None:
            continue
        if not isinstance(crosscheck, dict | bool):
            found.reader.note(field_path)
            continue
        if isinstance(crosscheck, bool):
            crosscheck = {"matched": crosscheck}
        outcome, reasons = _crosscheck(crosscheck)
        name = FIELD_CHECKS.get(word(key)) or f"vendor.aiprise.{token(key) or 'field'}"
        found.checks.append(
            check(name, outcome, instance=token(key), vendor_key=field_path, reasons=reasons)
        )


def _crosscheck(value: dict[str, Any]) -> tuple[Outcome, list[str]]:
    """`matched` and `unmatched` are lists of sources, or booleans; what is neither says nothing."""
    matched, unmatched = _says(value.get("matched")), _says(value.get("unmatched"))
    if unmatched or (matched is False and unmatched is None and value.get("matched") is False):
        sources = value.get("unmatched")
        named = sources if isinstance(sources, list) else []
        return Outcome.REVIEW, ["unmatched", *(f"unmatched:{s}" for s in map(token, named) if s)]
    if matched:
        return Outcome.PASS, []
    return Outcome.NOT_APPLICABLE, ["not_run"]


def _says(value: Any) -> bool | None:
    return bool(value) if isinstance(value, list) else boolean(value)


# -- addresses ---------------------------------------------------------------------------------


def _add_address(value: Any, role: AddressRole, path: str, found: Findings) -> None:
    extracted = found.reader.part(value, ExtractedAddress, path)
    if extracted is None:
        return
    parsed = found.reader.part(extracted.parsed_address, ParsedAddress, f"{path}.parsed_address")
    parsed = parsed or ParsedAddress()
    streets = (identifier(parsed.address_street_1), identifier(parsed.address_street_2))
    address = Address(
        role=role,
        formatted=identifier(extracted.full_address),
        street=", ".join(filter(None, streets)) or None,
        city=identifier(parsed.address_city),
        region=identifier(parsed.address_state),
        postal_code=identifier(parsed.address_zip_code),
        country=found.reader.country2(
            identifier(parsed.address_country), f"{path}.parsed_address.address_country"
        ),
    )
    if address != Address(role=role):
        found.addresses.append(address)


# -- additional information --------------------------------------------------------------------


def read_additional(value: Any, path: str, found: Findings) -> None:
    for i, item in enumerate(found.reader.parts(value, AdditionalInfo, path)):
        kind, data_path = token(item.additional_info_type), f"{path}[{i}].data"
        response = word(item.additional_info_response_type)
        if response == "id_info":
            read_id(item.data, data_path, found, kind)
        elif response == "address_verification":
            _read_address_verification(item.data, data_path, found, kind)
        elif response == "document_insights":
            _read_document_insights(item.data, data_path, found, kind)
        elif response == "lookup_data":
            for lookup in found.reader.parts(item.data, Lookup, data_path):
                _add_lookup(lookup, data_path, found)
        else:
            _read_other(item, kind, data_path, found)


def _read_other(item: AdditionalInfo, kind: str | None, path: str, found: Findings) -> None:
    response = token(item.additional_info_response_type)
    if response is not None:
        found.reader.unmapped(path.removesuffix("data") + "additional_info_response_type")
    section = found.reader.part(item.data, Section, path)
    if section is not None:
        name = (response or kind or "additional_info").lower()
        add_checks(f"vendor.aiprise.{name}", section, path, found, instance=kind)


def _read_address_verification(value: Any, path: str, found: Findings, kind: str | None) -> None:
    info = found.reader.part(value, AddressVerification, path)
    if info is None:
        return
    outcome = add_checks("address_document_valid", info, path, found, instance=kind)
    matches = (
        ("address_name_match", "name_match", info.name_match),
        ("address_match", "address_match", info.address_match),
    )
    for name, key, value in matches:
        matched = boolean(value)
        if matched is None:
            continue
        result = Outcome.PASS if matched else Outcome.REVIEW
        found.checks.append(
            check(name, result, instance=kind, vendor_key=f"{path}.{key}", raw_value=value)
        )
    document = Document(
        type=document_type(info.document_type) or document_type(kind),
        issue_date=found.reader.date(info.document_issue_date, f"{path}.document_issue_date"),
        expiry_date=found.reader.date(info.document_expiry_date, f"{path}.document_expiry_date"),
        status=outcome,
        instance=kind or identifier(info.section_id),
    )
    found.documents.append(DraftDocument(document, identifies=False))
    _add_address(
        info.extracted_address, AddressRole.PROOF_OF_ADDRESS, f"{path}.extracted_address", found
    )


def _read_document_insights(value: Any, path: str, found: Findings, kind: str | None) -> None:
    info = found.reader.part(value, DocumentInsights, path)
    if info is None:
        return
    proves_address = word(kind) == "address_proof_document"
    name = "address_document_valid" if proves_address else "document_not_synthetic"
    add_checks(name, info, path, found, instance=kind)
    _read_address_verification(
        info.address_verification_info, f"{path}.address_verification_info", found, kind
    )
