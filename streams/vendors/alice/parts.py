"""People, documents, addresses, devices, networks and contacts of an Alice report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from streams.contracts.model import (
    Address,
    AddressRole,
    ContactKind,
    Device,
    Linked,
    LinkKind,
    Network,
    Person,
    Strength,
)
from streams.contracts.model import Document as CanonicalDocument
from streams.vendors.alice import tables
from streams.vendors.alice.payload import (
    Document,
    DocumentMeta,
    DuplicateUser,
    Event,
    ExternalUserData,
    ReportDevice,
    ReportField,
    Text,
    TrustedDocument,
    TrustedDocumentMeta,
    listed,
)
from streams.vendors.base.countries import country2
from streams.vendors.base.draft import DraftContact, DraftDevice, DraftDocument, VendorDuplicate
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import document_type, identifier, text, word

_JSON = msgspec.json.Encoder()


Fields = dict[str, str]
"""What OCR fields say, by their names in `word` form."""


def by_name(fields: Iterable[ReportField]) -> Fields:
    """Of fields of one name, the first that says something wins."""
    found: Fields = {}
    for field in fields:
        value = _plain(field.value)
        if field.name and value:
            found.setdefault(word(field.name), value)
    return found


def _first(fields: Fields, names: Iterable[str]) -> str | None:
    for name in names:
        if name in fields:
            return fields[name]
    return None


def _plain(value: Text) -> str | None:
    return str(value) if isinstance(value, float) else identifier(value)


def person(
    reader: Reader, user: Fields, document: Fields, external: ExternalUserData | None
) -> Person | None:
    """The best-read person. The company's own data fills a name in only where none was read."""

    def read(*names: str) -> str | None:
        return _first(user, names) or _first(document, names)

    first, last = read("first_name"), read("last_name")
    full = read(*tables.FULL_NAME_FIELDS)
    if external and not (first or last or full):
        first, last = text(external.first_name), text(external.last_name)
    found = Person(
        first_name=first,
        middle_name=read("middle_name"),
        last_name=last,
        full_name=full,
        birth_date=reader.date(read("birth_date"), "fields.birth_date"),
        gender=reader.gender(read(*tables.GENDER_FIELDS), "fields.gender"),
        nationality=reader.country3(read("nationality"), "fields.nationality"),
    )
    return None if found == Person() else found


def document(
    reader: Reader, item: Document, meta: DocumentMeta, fields: Fields, path: str
) -> DraftDocument:
    return DraftDocument(
        CanonicalDocument(
            type=document_type(meta.type),
            issuing_country=reader.country3(meta.issuing_country, f"{path}.meta.issuing_country"),
            issue_date=reader.date(_first(fields, tables.ISSUE_FIELDS), f"{path}.issue_date"),
            expiry_date=reader.date(_first(fields, tables.EXPIRY_FIELDS), f"{path}.expiry_date"),
            instance=identifier(item.id),
        ),
        number=_first(fields, tables.NUMBER_FIELDS),
    )


def trusted_documents(reader: Reader, value: Any) -> Iterator[DraftDocument]:
    """Invoices, payrolls and the like; they identify nobody. Voided ones are left out."""
    path = "other_trusted_documents"
    for i, item in enumerate(reader.parts(listed(value, "id"), TrustedDocument, path)):
        meta = reader.part(item.meta, TrustedDocumentMeta, f"{path}[{i}].meta")
        meta = meta or TrustedDocumentMeta()
        if not reader.boolean(meta.voided, f"{path}[{i}].meta.voided"):
            yield DraftDocument(
                CanonicalDocument(type=document_type(meta.category), instance=identifier(item.id)),
                identifies=False,
            )


def address(reader: Reader, fields: Fields, issuing_country: str | None) -> Address | None:
    """The address printed on a document. Documents leave out their own country, so the issuing
    one stands in.
    """
    told: dict[str, Any] = {
        part: _first(fields, names) for part, names in tables.ADDRESS_FIELDS.items()
    }
    if not any(told.values()):
        return None
    own = reader.country2(_first(fields, tables.ADDRESS_COUNTRY_FIELDS), "fields.country")
    return Address(AddressRole.ID_DOCUMENT, **told, country=own or country2(issuing_country))


def report_devices(
    reader: Reader, devices: Any, events: Iterable[Event]
) -> list[tuple[str, ReportDevice]]:
    """`(path, device)` of the summary and of each event, each distinct device once."""
    found: dict[bytes, tuple[str, ReportDevice]] = {}
    for i, device in enumerate(reader.parts(devices, ReportDevice, "summary.devices")):
        found.setdefault(_JSON.encode(device), (f"summary.devices[{i}]", device))
    for i, event in enumerate(events):
        path = f"events[{i}].device"
        if (of_event := reader.part(event.device, ReportDevice, path)) is not None:
            found.setdefault(_JSON.encode(of_event), (path, of_event))
    return list(found.values())


def drafts_of_devices(devices: Iterable[tuple[str, ReportDevice]]) -> list[DraftDevice]:
    """Alice gives no fingerprint. Platform, version and model together are a weak one: equal
    hardware shares it, so it counts only within one IP prefix.
    """
    found: dict[tuple[str | None, ...], DraftDevice] = {}
    for _, device in devices:
        platform, version = _plain(device.platform), _plain(device.platform_version)
        model = _plain(device.model)
        if model and word(model) in tables.UNKNOWN_MODELS:
            model = None
        if not (platform or model):
            continue
        os = tables.PLATFORM_OS.get(word(platform))
        os = f"{os} {version}" if os and version else os
        fingerprint = f"{platform or ''}|{version or ''}|{model}" if model else None
        if (platform, os, model, fingerprint) not in found:
            strength = Strength.WEAK if fingerprint else None
            found[platform, os, model, fingerprint] = DraftDevice(
                Device(strength=strength, model=model, os=os, platform=platform), fingerprint
            )
    return list(found.values())


def networks(reader: Reader, devices: Iterable[tuple[str, ReportDevice]]) -> list[Network]:
    """The IP of each device, once. Alice locates none of them."""
    found: dict[str, Network] = {}
    for path, device in devices:
        if device.ip is None:
            continue
        if not isinstance(device.ip, str):
            reader.note(f"{path}.ip")
            continue
        ip, is_global = reader.ip(device.ip, f"{path}.ip")
        if ip is not None:
            found.setdefault(ip, Network(ip=ip, is_global=is_global))
    return list(found.values())


def contacts(reader: Reader, external: ExternalUserData | None) -> list[DraftContact]:
    """The e-mail that the company gave when it created the user; nobody verified it."""
    path = "summary.external_user_data.email"
    address = reader.email(external.email, path) if external else None
    return [DraftContact(ContactKind.EMAIL, address)] if address else []


def vendor_duplicates(value: Any, user_id: str) -> list[VendorDuplicate]:
    """`duplicates`: users that Alice holds for the same person. Entries whose shape says no user
    id still count as a finding.
    """
    entries = listed(value, "user_id")
    if not isinstance(entries, list) or not entries:
        return []
    quiet = Reader()
    users = (identifier(d.user_id) for d in quiet.parts(entries, DuplicateUser, "duplicates"))
    linked = [
        Linked("alice", user, subject_id=user)
        for user in dict.fromkeys(users)
        if user and user != user_id
    ]
    return [VendorDuplicate(LinkKind.SUBJECT, linked, reason="duplicates")]
