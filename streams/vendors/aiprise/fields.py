"""What a response or a callback of AiPrise holds, and which documented fields are left aside and
why (AiPrise docs, "User Verification Response", "Callbacks").
"""

from __future__ import annotations

from streams.vendors.aiprise import payload as p
from streams.vendors.base.fields import Fields

_PROSE = "prose, which may name the person; the code says it"
_BROKERS = "what data brokers know of someone at some time, not this applicant"
_READINGS = "raw readings; the section's own fields are what AiPrise made of them"
_SOURCES = "where a hit came from; the number and kinds of hits are kept"
_DOCUMENT = {
    "info_indicators": "the result and the warnings sum them up",
    "risk_indicators": "the result and the warnings sum them up",
    "trust_indicators": "the result and the warnings sum them up",
    "document_metadata": "of the file; the result and the warnings sum it up",
    "document_class_id": "AiPrise's own numbering of document classes",
    "document_class_type": "AiPrise's own numbering of document classes",
    "document_class_variant": "AiPrise's own numbering of document classes",
}

FIELDS = Fields(
    root=(p.Response, p.Callback),
    unused={
        p.Warning: {
            "message": _PROSE,
            "warning_id": "names the warning, not what it is about",
            "resolution_status": "the result already tells what a reviewer made of it",
        },
        p.Reason: {"message": _PROSE},
        p.IdInfo: {
            "personal_number": "a second number; the document's own identifies it",
            "document_details": _READINGS,
        },
        p.Lookup: {
            "issuer_country_code": "the document's own issuer is kept",
            "lookup_data": _READINGS,
        },
        p.Liveness: {"source": "on whose screens it was captured"},
        p.Aml: {"search_criteria": "what was searched for, not what was found"},
        p.EntityHit: dict.fromkeys(
            (
                "entity_type", "name", "name_match_score", "date_of_birth",
                "date_of_birth_match_score", "also_known_as", "fields", "media",
            ),
            "about the person on a list, who may be someone else",
        ),
        p.AmlHit: dict.fromkeys(("source_details", "aml_types", "country_codes"), _SOURCES),
        p.AddressVerification: {
            **dict.fromkeys(
                ("first_name", "middle_name", "last_name", "full_name"),
                "the identity document names the person; name_match tells whether they agree",
            ),
            **_DOCUMENT,
        },
        p.DocumentInsights: _DOCUMENT,
        p.Location: {
            "geo_name_id": "city and coordinates say where",
            "postal_code": "city and coordinates say where",
        },
        p.DeviceInsights: dict.fromkeys(
            ("browser_full_version", "browser_major_version", "user_agent"),
            "changes with every update of the same browser",
        ),
        p.EmailInsights: {
            **dict.fromkeys(
                ("breaches", "first_breach", "last_breach", "no_of_breaches"),
                "is_breached says whether there was one",
            ),
            "email_tenure": "the result sums it up",
            **dict.fromkeys(("persons", "social_profiles"), _BROKERS),
        },
        p.DomainInfo: dict.fromkeys(
            ("company_name", "domain_name", "free_provider", "registered", "top_level_domain"),
            "about the provider; the result sums it up",
        ),
        p.PhoneInsights: {
            **dict.fromkeys(
                ("current_carrier", "original_carrier"), "the kind of number is kept, not whose"
            ),
            **dict.fromkeys(("persons", "social_profiles"), _BROKERS),
        },
        p.Geolocation: dict.fromkeys(
            ("altitude", "altitude_accuracy", "heading", "speed"), "distances are on the ground"
        ),
        p.Summary: dict.fromkeys(("notes", "tags", "reasons"), _PROSE),
        p.Response: {
            **dict.fromkeys(("author", "author_id"), "a reviewer is an employee"),
            "comment": _PROSE,
            "client_reference_data": "the customer's own notes",
        },
    },
)  # fmt: skip
