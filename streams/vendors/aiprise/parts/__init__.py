"""All parts of an AiPrise response, section by section.

Source: AiPrise docs, "User Verification Response".
"""

from __future__ import annotations

from typing import Any

from streams.vendors.aiprise import payload as p
from streams.vendors.aiprise.checks import read_checks, read_unknown, with_warnings
from streams.vendors.aiprise.parts.addresses import read_geolocation
from streams.vendors.aiprise.parts.contacts import read_emails, read_phones
from streams.vendors.aiprise.parts.documents import read_additional, read_id
from streams.vendors.aiprise.parts.duplicates import with_related
from streams.vendors.aiprise.parts.networks import with_networks
from streams.vendors.base.draft import Part
from streams.vendors.base.reader import Reader

# What is read or left aside by name; wrappers are unwrapped by now.
_KNOWN = frozenset(
    (*p.Response.__struct_fields__, *p.Callback.__struct_fields__, "aiprise_summary")
)
_INSIGHTS, _KNOWN_INSIGHTS = "fraud_insights", frozenset(p.FraudInsights.__struct_fields__)


def read_parts(reader: Reader, fields: dict[str, Any]) -> list[Part]:
    """All parts of a response; several duplicates of one kind are one after `duplicates.merged`."""
    parts = [
        *read_id(reader, fields.get("id_info"), "id_info"),
        *read_checks(reader, fields),
        *read_additional(reader, fields.get("additional_info"), "additional_info"),
    ]
    parts = _with_insights(reader, fields.get(_INSIGHTS), parts)
    return [*parts, *read_unknown(reader, fields, _KNOWN, "")]


def _with_insights(reader: Reader, value: Any, parts: list[Part]) -> list[Part]:
    """`fraud_insights` roll up other sections: their warnings join the checks of these."""
    path = _INSIGHTS
    insights = reader.part(value, p.FraudInsights, path)
    if insights is None:
        return parts
    parts = with_networks(reader, insights, path, parts)
    parts += read_emails(reader, insights.email_insights, f"{path}.email_insights")
    parts += read_phones(reader, insights.phone_insights, f"{path}.phone_insights")
    parts += read_geolocation(reader, insights.geolocation_insights, f"{path}.geolocation_insights")
    at = f"{path}.related_session_insights"
    parts = with_related(reader, insights.related_session_insights, at, parts)
    parts += read_unknown(reader, value, _KNOWN_INSIGHTS, f"{path}.")
    return with_warnings(reader, insights, path, parts)
