"""`email_insights[]` and `phone_insights[]`.

Source: AiPrise docs, "User Verification Response"; OpenAPI description: PhoneInsights.

`persons`, `social_profiles` and `breaches` come from data brokers: they are about who used the
e-mail or number at some time, somewhere. Their addresses, IPs and names are not this applicant's
and are not read. That AiPrise found data on a contact does not make the contact verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from streams.contracts.model import ContactKind
from streams.vendors.aiprise import payload as p
from streams.vendors.aiprise import tables
from streams.vendors.aiprise.checks import outcome_with_concerns, section_checks
from streams.vendors.base.draft import DraftContact, Part
from streams.vendors.base.reader import Reader
from streams.vendors.base.values import boolean, identifier


def read_emails(reader: Reader, value: Any, path: str) -> Iterator[Part]:
    insights = reader.parts(value, p.EmailInsights, path)
    for i, insight in enumerate(insights):
        domain = reader.part(insight.domain_info, p.DomainInfo, f"{path}.domain_info")
        disposable = boolean(domain.disposable) if domain else None
        concerns = ["disposable"] if disposable else []
        yield from section_checks(
            reader,
            "email_risk",
            insight,
            path,
            instance=_instance(insight, i, insights),
            outcome=outcome_with_concerns(reader, insight, path, concerns),
            reasons=[*concerns, "breached"] if boolean(insight.is_breached) else concerns,
        )
        address = reader.email(insight.email, f"{path}[{i}].email")
        if address is not None:
            yield DraftContact(ContactKind.EMAIL, address, is_disposable=disposable)


def read_phones(reader: Reader, value: Any, path: str) -> Iterator[Part]:
    insights = reader.parts(value, p.PhoneInsights, path)
    for i, insight in enumerate(insights):
        at = f"{path}[{i}]"
        is_virtual = reader.mapped(tables.PHONES, insight.phone_type, f"{at}.phone_type")
        disposable = boolean(insight.phone_disposable)
        concerns = ["disposable"] if disposable else []
        if boolean(insight.phone_is_spam):
            concerns.append("spam")
        absences = ["invalid_number"] if boolean(insight.phone_valid) is False else []
        if boolean(insight.phone_active) is False:
            absences.append("inactive")
        yield from section_checks(
            reader,
            "phone_risk",
            insight,
            path,
            instance=_instance(insight, i, insights),
            outcome=outcome_with_concerns(reader, insight, path, concerns),
            reasons=concerns + absences,
        )
        region = reader.country2(insight.country, f"{at}.country")
        number = reader.phone(identifier(insight.phone_number), region, f"{at}.phone_number")
        if number is not None:
            e164, country = number
            yield DraftContact(ContactKind.PHONE, e164, country, disposable, is_virtual)


def _instance(insight: p.Section, i: int, insights: Sequence[p.Section]) -> str | None:
    """Its index in the list, where there are several; the contact itself would be personal data."""
    return identifier(insight.section_id) or (str(i) if len(insights) > 1 else None)
