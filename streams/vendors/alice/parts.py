"""People, documents, addresses, devices, networks and contacts of an Alice report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, json

from streams.contracts.model import (
    Address,
    AddressRole,
    Check,
    ContactKind,
    Device,
    Document,
    Lifecycle,
    Linked,
    LinkKind,
    Network,
    Person,
    Strength,
)  # fmt: skip
from streams.vendors.alice import payload as p
from streams.vendors.alice import tables
from streams.vendors.alice.checks import (
    document_checks,
    duplicate_check,
    field_checks,
    selfie_checks,
    summary_checks,
)
from streams.vendors.base.countries import country2
from streams.vendors.base.draft import (
    DraftContact,
    DraftDevice,
    DraftDocument,
    Part,
    VendorDuplicate,
)
from streams.vendors.base.people import document_type
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import identifier, text, word

_NOBODY = Person()
_JSON = json.Encoder()

Fields = dict[str, str]
"""The texts of OCR fields, by their names in `word` form."""


class Documents(Struct, frozen=True):
    """All documents that are not voided: what is printed on them, and their checks."""

    documents: list[DraftDocument]
    addresses: list[Address]
    checks: list[Check]
    fields: Fields
    voided: set[str | None]
    """The ids of the others."""


def read_parts(
    reader: Reader, report: dict[str, Any], summary: p.Summary, user_id: str, lifecycle: Lifecycle
) -> Iterator[Part | list[Check]]:
    """All parts of a report but its devices, which events hold as well."""
    selfies, voided = selfie_checks(reader, report.get("selfies"))
    if summary.face_liveness is not None:
        # The third liveness counts only where no selfie has a number of its own.
        selfies = [c for c in selfies if c.name != "liveness" or c.raw_value is not None]
    read = _documents(reader, report.get("documents"))
    at = "summary.user_data"
    user_data = p.report_fields(reader, summary.user_data, at, of_checks=at)
    is_live_known = any(c.name == "liveness" for c in selfies)
    checks = [*summary_checks(reader, summary, voided | read.voided, is_live_known), *selfies]
    checks += read.checks
    # The best-read fields of all documents are here again; only what no document has is new.
    if of_user := field_checks(user_data):
        known = {(c.name, c.instance) for c in read.checks}
        checks += [c for c in of_user if (c.name, c.instance) not in known]
    yield checks
    yield from _duplicates(reader, report.get("duplicates"), user_id, lifecycle)
    at = "summary.external_user_data"
    external = reader.part(summary.external_user_data, p.ExternalUserData, at)
    user = _by_name(user_data)
    if (person := _person(reader, user, read.fields, external)) != _NOBODY:
        yield person
    yield from read.addresses
    if not read.addresses and (address := _address(reader, user, None)) is not None:
        yield address
    # The e-mail that the company gave when it created the user; nobody verified it.
    if external and (email := reader.email(external.email, f"{at}.email")):
        yield DraftContact(ContactKind.EMAIL, email)
    yield from read.documents
    yield from _trusted_documents(reader, report.get("other_trusted_documents"))


def read_devices(reader: Reader, devices: Any, events: Iterable[p.Event]) -> list[Part]:
    """The devices of the summary and of the user's events, and their networks."""
    found = _report_devices(reader, devices, events)
    return [*_drafts(found), *_networks(reader, found)]


def _by_name(fields: Iterable[p.ReportField]) -> Fields:
    """Of fields of one name, the first that is not blank wins."""
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


def _plain(value: p.Text) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, float) else identifier(value)


def _person(
    reader: Reader, user: Fields, document: Fields, external: p.ExternalUserData | None
) -> Person:
    """The best-read person. The company's own data fills a name in only where none was read."""

    def read(*names: str) -> str | None:
        return _first(user, names) or _first(document, names)

    first, last = read("first_name"), read("last_name")
    full = read(*tables.FULL_NAME_FIELDS)
    if external and not (first or last or full):
        first, last = text(external.first_name), text(external.last_name)
    return Person(
        first_name=first,
        middle_name=read("middle_name"),
        last_name=last,
        full_name=full,
        birth_date=reader.date(read("birth_date"), "fields.birth_date"),
        gender=reader.gender(read(*tables.GENDER_FIELDS), "fields.gender"),
        nationality=reader.country3(read("nationality"), "fields.nationality"),
    )


def _documents(reader: Reader, value: Any) -> Documents:
    documents: list[DraftDocument] = []
    addresses: list[Address] = []
    checks: list[Check] = []
    voided: set[str | None] = set()
    fields: Fields = {}
    for i, item in enumerate(reader.parts(p.listed(value, "id"), p.Document, "documents")):
        instance, path = identifier(item.id), f"documents[{i}]"
        meta = reader.part(item.meta, p.DocumentMeta, f"{path}.meta") or p.DocumentMeta()
        flag = meta.sides if meta.voided is None else meta.voided
        if reader.boolean(flag, f"{path}.meta.voided"):
            voided |= {instance} - {None}
            continue
        own_fields = _document_fields(reader, item, path)
        printed = _by_name(own_fields)
        document = _document(reader, instance, meta, printed, path)
        documents.append(document)
        issuer = document.document.issuing_country
        if (address := _address(reader, printed, issuer)) is not None:
            addresses.append(address)
        checks += document_checks(reader, item, own_fields, path)
        fields = printed | fields
    return Documents(documents, addresses, checks, fields, voided)


def _document_fields(reader: Reader, document: p.Document, path: str) -> list[p.ReportField]:
    """The best-read fields of a document, else those of its sides: of one of them, never both."""
    of_checks = f"{path}.fields"
    best = p.report_fields(reader, document.summary_fields, f"{path}.summary_fields", of_checks)
    if best or document.sides is None:
        return best
    if not isinstance(document.sides, dict):
        reader.note(f"{path}.sides")
        return []
    found: list[p.ReportField] = []
    for name in tables.SIDES:
        at = f"{path}.sides.{name}"
        if side := reader.part(document.sides.get(name), p.Side, at):
            found += p.report_fields(reader, side.fields, f"{at}.fields", of_checks)
    return found


def _document(
    reader: Reader, instance: str | None, meta: p.DocumentMeta, printed: Fields, path: str
) -> DraftDocument:
    issuer = reader.country3(meta.issuing_country, f"{path}.meta.issuing_country")
    document = Document(
        type=document_type(meta.type),
        issuing_country=issuer,
        issue_date=reader.date(_first(printed, tables.ISSUE_FIELDS), f"{path}.issue_date"),
        expiry_date=reader.date(_first(printed, tables.EXPIRY_FIELDS), f"{path}.expiry_date"),
        instance=instance,
    )
    return DraftDocument(document, number=_first(printed, tables.NUMBER_FIELDS))


def _trusted_documents(reader: Reader, value: Any) -> Iterator[DraftDocument]:
    """Invoices, payrolls and the like; they identify nobody. Voided ones are left out."""
    path = "other_trusted_documents"
    for i, item in enumerate(reader.parts(p.listed(value, "id"), p.TrustedDocument, path)):
        meta = reader.part(item.meta, p.TrustedDocumentMeta, f"{path}[{i}].meta")
        meta = meta or p.TrustedDocumentMeta()
        if not reader.boolean(meta.voided, f"{path}[{i}].meta.voided"):
            document = Document(type=document_type(meta.category), instance=identifier(item.id))
            yield DraftDocument(document, identifies=False)


def _address(reader: Reader, fields: Fields, issuing_country: str | None) -> Address | None:
    """The address printed on a document. Documents leave out their own country, so the issuing
    one is used.
    """
    lines: dict[str, Any] = {
        part: _first(fields, names) for part, names in tables.ADDRESS_FIELDS.items()
    }
    if not any(lines.values()):
        return None
    own = reader.country2(_first(fields, tables.ADDRESS_COUNTRY_FIELDS), "fields.country")
    return Address(AddressRole.ID_DOCUMENT, **lines, country=own or country2(issuing_country))


def _report_devices(
    reader: Reader, devices: Any, events: Iterable[p.Event]
) -> list[tuple[str, p.ReportDevice]]:
    """`(path, device)` of the summary and of each event, each distinct device once."""
    found: dict[bytes, tuple[str, p.ReportDevice]] = {}
    for i, device in enumerate(reader.parts(devices, p.ReportDevice, "summary.devices")):
        found.setdefault(_JSON.encode(device), (f"summary.devices[{i}]", device))
    for i, event in enumerate(events):
        path = f"events[{i}].device"
        if (of_event := reader.part(event.device, p.ReportDevice, path)) is not None:
            found.setdefault(_JSON.encode(of_event), (path, of_event))
    return list(found.values())


def _drafts(devices: Iterable[tuple[str, p.ReportDevice]]) -> Iterable[DraftDevice]:
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
    return found.values()


def _networks(reader: Reader, devices: Iterable[tuple[str, p.ReportDevice]]) -> Iterable[Network]:
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
    return found.values()


def _duplicates(
    reader: Reader, value: Any, user_id: str, lifecycle: Lifecycle
) -> Iterator[Check | VendorDuplicate]:
    """`duplicates`: users that Alice holds for the same person. Entries whose shape holds no user
    id still count.
    """
    if not isinstance(value, list | dict):
        if value is not None:
            reader.note("duplicates")
        return
    yield duplicate_check(len(value), lifecycle)
    if value:
        # What Alice leaves open is not wrong, so nothing is noted.
        entries = Reader().parts(p.listed(value, "user_id"), p.DuplicateUser, "duplicates")
        users = dict.fromkeys(identifier(entry.user_id) for entry in entries)
        linked = [Linked("alice", u, subject_id=u) for u in users if u and u != user_id]
        yield VendorDuplicate(LinkKind.SUBJECT, linked, reason="duplicates")
