"""What a webhook, a decision or a one-shot result of Didit holds, and which documented fields are
left aside and why (Didit, "Decision V3 report objects", "Webhooks").
"""

from __future__ import annotations

from streams.vendors.base.fields import OPEN, Fields
from streams.vendors.didit import payload as p

_LINKS = "links to pictures and files never leave the raw record"
_PROSE = "prose about the code beside it"
_READINGS = "raw readings; the report's own fields are what Didit made of them"
_CAPTURE = "how it was captured; status and warnings judge it"
_PERSON = "not needed to tell one person from another"
_REGISTRY = "the company's register entry; its status and address are kept"
_HISTORY = "how it came about; status and warnings are the outcome"
_SETUP = "the customer's own set-up"

FIELDS = Fields(
    root=(p.Envelope, *p.DECISION),
    unused={
        p.Warning: {
            "feature": "the report that holds the warning is the feature",
            "short_description": _PROSE,
            "long_description": _PROSE,
            "node_id": "the report's own node is kept",
        },
        p.AdditionalData: {OPEN: "figures of the risk, whose shape depends on it"},
        p.ParsedAddress: {OPEN: "the formatted address has all parts"},
        p.Match: {
            **dict.fromkeys(("match_image_url", "front_image_url", "image_url"), _LINKS),
            **dict.fromkeys(
                (
                    "user_details", "document_number", "session_number", "ip_address",
                    "phone_number", "email",
                ),
                "about the other session's person",
            ),
        },
        p.IdVerification: {
            **dict.fromkeys(
                (
                    "portrait_image", "front_image", "front_video", "back_image", "back_video",
                    "full_front_image", "full_back_image", "front_image_camera_front",
                    "back_image_camera_front", "extra_files",
                ),
                _LINKS,
            ),
            **dict.fromkeys(
                (
                    "front_image_camera_front_face_match_score",
                    "back_image_camera_front_face_match_score", "front_image_quality_score",
                    "back_image_quality_score",
                ),
                _CAPTURE,
            ),
            "personal_number": "a second number; the document's own identifies it",
            "age": "follows from the date of birth",
            "issuing_state_name": "issuing_state is the code",
            **dict.fromkeys(("place_of_birth", "marital_status"), _PERSON),
            **dict.fromkeys(("extra_fields", "mrz"), _READINGS),
        },
        p.NfcVerification: {
            **dict.fromkeys(("portrait_image", "signature_image"), _LINKS),
            "certificate_summary": "authenticity is the verdict on it",
        },
        p.ChipData: dict.fromkeys(("DG2", "DG7", "DG11"), _READINGS),
        p.Face: {
            **dict.fromkeys(
                ("reference_image", "video_url", "source_image", "target_image"), _LINKS
            ),
            **dict.fromkeys(("method", "face_luminance"), _CAPTURE),
            "age_estimation": "warnings and status say whether an age was met",
            "source_image_session_id": "where the enrolled face came from",
        },
        p.PoaVerification: {
            **dict.fromkeys(("document_file", "extra_files"), _LINKS),
            **dict.fromkeys(("document_metadata", "document_language"), _CAPTURE),
            **dict.fromkeys(("document_subtype", "issuer"), "the type of document is kept"),
            "extra_fields": _READINGS,
            "name_on_document": "the match scores compare it",
        },
        p.PhoneVerification: {
            "country_name": "country_code is the code",
            "carrier": "is_virtual sums it up",
            **dict.fromkeys(
                ("verification_method", "verification_attempts", "lifecycle"), _HISTORY
            ),
        },
        p.EmailVerification: {
            "breaches": "is_breached says whether there was one",
            **dict.fromkeys(("verification_attempts", "lifecycle"), _HISTORY),
        },
        p.AmlScreening: {
            "hits": "about the person on a list, who may be someone else; their number is kept",
            "entity_type": "session_kind says whether it is a person",
            "screened_data": "what was searched for, not what was found",
            **dict.fromkeys(
                ("is_ongoing_monitoring_enabled", "next_ongoing_monitoring_bill_date"), _SETUP
            ),
        },
        p.DatabaseValidation: dict.fromkeys(
            ("issuing_state", "validation_type", "screened_data", "validations", "errors"),
            "status and match_type are the verdict",
        ),
        p.IpAnalysis: {"time_zone_offset": "time_zone says more"},
        p.Distance: {"direction": "published payloads contradict themselves"},
        p.Questionnaire: dict.fromkeys(
            (
                "questionnaire_id", "title", "description", "languages", "default_language",
                "is_active", "is_simple_questionnaire", "questionnaire_group_id", "version",
                "published_at", "sections",
            ),
            "the form and its answers; the status is the verdict",
        ),
        p.RegistryCheck: dict.fromkeys(("data_resolved", "ownership_structure"), _REGISTRY),
        p.Company: dict.fromkeys(
            (
                "uuid", "node_id", "status", "data_resolved", "company_name",
                "registration_number", "company_type", "incorporation_date", "tax_number",
                "risk_level", "verification_status", "is_from_registry", "fetch_status",
                "alternative_names", "nature_of_business", "registered_capital",
                "registered_capital_amount", "registered_capital_currency", "website", "email",
                "phone", "legal_entity_identifier", "location_of_registration",
                "financial_summary", "officers", "beneficial_owners", "addresses", "industries",
                "accounts", "registry_data", "user_provided_data", "confirmed_by_user_at",
                "last_console_edit_at", "is_editable",
            ),
            _REGISTRY,
        ),
        p.KybDocuments: dict.fromkeys(("groups", "required_groups"), "counts of the items"),
        p.KybDocument: {
            "file_url": _LINKS,
            **dict.fromkeys(
                (
                    "document_subtype", "document_group", "original_filename", "file_size",
                    "created_at", "cross_check_result", "document_metadata", "description",
                    "is_requested", "ocr_data", "is_console_upload", "is_confirmed",
                ),
                "the document's status is the verdict",
            ),
        },
        p.KeyPeople: dict.fromkeys(
            ("registry", "submitted", "ubo_kyc_summary"),
            "persons of their own, with sessions of their own; the status sums them up",
        ),
        p.Review: dict.fromkeys(("user", "comment"), "a reviewer is an employee"),
        p.Envelope: dict.fromkeys(
            ("changed_fields", "previous_status"), "the session's state shows the change"
        ),
        p.FeatureItem: {"node_id": "the report's own node is kept"},
        p.Session: {
            **dict.fromkeys(
                ("session_number", "session_url", "callback", "workflow_version"), _SETUP
            ),
            "workflow_type": "the reports tell what was checked",
            "metadata": "the customer's own notes",
            "expected_details": "what the customer expected; warnings tell where it differs",
            "contact_details": "what the customer knew; the verified contacts have reports",
        },
    },
)  # fmt: skip
