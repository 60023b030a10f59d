"""Phones and e-mail addresses.

Sources: Didit, Decision V3 report objects: phone and e-mail verification.
"""

from __future__ import annotations

from streams.contracts.model import ContactKind
from streams.vendors.base.draft import FAIL, PASS, DraftContact
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import boolean, identifier
from streams.vendors.didit import payload as p
from streams.vendors.didit.checks.reports import ByKind, Entry

_VERIFIED = {PASS: True, FAIL: False}


def read_contacts(reader: Reader, kinds: ByKind) -> list[DraftContact]:
    """Phones and e-mail addresses that can be read; the others are left out."""
    found = [_phone(reader, e) for e in kinds.get(p.PhoneVerification, ())]
    found += [_email(reader, e) for e in kinds.get(p.EmailVerification, ())]
    return [contact for contact in found if contact is not None]


def _phone(reader: Reader, entry: Entry) -> DraftContact | None:
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


def _email(reader: Reader, entry: Entry) -> DraftContact | None:
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
    """The status decides; without one, a time of verification proves it."""
    return _VERIFIED.get(entry.status.outcome, True if verified_at else None)
