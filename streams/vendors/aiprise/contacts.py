"""`email_insights[]` and `phone_insights[]`.

Source: AiPrise docs, "User Verification Response"; OpenAPI description: PhoneInsights.

`persons`, `social_profiles` and `breaches` come from data brokers: they tell who used the e-mail
or number at some time, somewhere. Their addresses, IPs and names are not this applicant's and are
not read. That AiPrise found data on a contact does not make the contact verified.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streams.contracts.model import ContactKind
from streams.vendors.aiprise.payload import DomainInfo, EmailInsights, PhoneInsights, Section
from streams.vendors.aiprise.sections import Findings, add_checks, with_concerns
from streams.vendors.aiprise.tables import REAL_PHONES, VIRTUAL_PHONES
from streams.vendors.base.draft import DraftContact
from streams.vendors.base.values import boolean, identifier, word


def read_emails(value: Any, path: str, found: Findings) -> None:
    insights = found.reader.parts(value, EmailInsights, path)
    for i, insight in enumerate(insights):
        domain_path = f"{path}.domain_info"
        domain = found.reader.part(insight.domain_info, DomainInfo, domain_path) or DomainInfo()
        disposable = boolean(domain.disposable)
        concerns = ["disposable"] if disposable else []
        reasons = [*concerns, "breached"] if boolean(insight.is_breached) else concerns
        add_checks(
            "email_risk",
            insight,
            path,
            found,
            instance=_instance(insight, i, insights),
            outcome=with_concerns(insight, path, found, concerns),
            reasons=reasons,
        )
        address = found.reader.email(insight.email, f"{path}[{i}].email")
        if address is not None:
            found.contacts.append(
                DraftContact(ContactKind.EMAIL, address, is_disposable=disposable)
            )


def read_phones(value: Any, path: str, found: Findings) -> None:
    insights = found.reader.parts(value, PhoneInsights, path)
    for i, insight in enumerate(insights):
        disposable = boolean(insight.phone_disposable)
        kind = word(insight.phone_type)
        is_virtual = True if kind in VIRTUAL_PHONES else False if kind in REAL_PHONES else None
        if kind and is_virtual is None:
            found.reader.unmapped(f"{path}[{i}].phone_type")
        concerns = ["disposable"] if disposable else []
        if boolean(insight.phone_is_spam):
            concerns.append("spam")
        absences = ["invalid_number"] if boolean(insight.phone_valid) is False else []
        if boolean(insight.phone_active) is False:
            absences.append("inactive")
        add_checks(
            "phone_risk",
            insight,
            path,
            found,
            instance=_instance(insight, i, insights),
            outcome=with_concerns(insight, path, found, concerns),
            reasons=concerns + absences,
        )
        region = found.reader.country2(insight.country, f"{path}[{i}].country")
        given = identifier(insight.phone_number)
        parsed = found.reader.phone(given, region, f"{path}[{i}].phone_number")
        if parsed is not None:
            e164, country = parsed
            found.contacts.append(
                DraftContact(
                    ContactKind.PHONE,
                    e164,
                    country=country,
                    is_disposable=disposable,
                    is_virtual=is_virtual,
                )
            )


def _instance(insight: Section, i: int, insights: Sequence[Section]) -> str | None:
    """The place in the list tells several apart; the contact itself would be personal data."""
    return identifier(insight.section_id) or (str(i) if len(insights) > 1 else None)
