"""AiPrise's words and what they become. Keys are `streams.vendors.base.values.word` forms.

Sources: AiPrise docs, "User Verification Response" (run status, results), "Callbacks" and
"Event Callbacks" (events, COLLECTING and PROCESSING), OpenAPI description (FOUND and NOT_FOUND,
UPDATE_REQUIRED).
"""

from __future__ import annotations

from streams.contracts.model import Decision, Lifecycle, LinkKind, Outcome

# -- the decision ------------------------------------------------------------------------------

LIFECYCLES: dict[str, Lifecycle] = {
    "not_started": Lifecycle.NOT_STARTED,
    "submitted": Lifecycle.SUBMITTED,
    "running": Lifecycle.IN_PROGRESS,
    "processing": Lifecycle.IN_PROGRESS,
    "pending": Lifecycle.AWAITING_THIRD_PARTY,
    "collecting": Lifecycle.AWAITING_USER,
    "completed": Lifecycle.COMPLETED,
    "failed": Lifecycle.FAILED,
}
"""Run status → lifecycle; a status that is not here is unmapped."""

RESULTS = frozenset({"approved", "declined", "review", "unknown", "update_required"})
CONCLUSIVE = frozenset({"approved", "declined", "review"})
"""Results that say that the run is over; beside a run status that is not, a conflict."""

DECISIONS: dict[str, dict[str, Decision]] = {
    "completed": {
        "approved": Decision.APPROVED,
        "declined": Decision.DECLINED,
        "review": Decision.REVIEW,
        # The run is over and AiPrise came to no result: a human has to look.
        "unknown": Decision.REVIEW,
        "update_required": Decision.PENDING,
    },
    "failed": {
        # An approval that a failed run left behind is no approval.
        "approved": Decision.ERROR,
        "declined": Decision.DECLINED,
        "review": Decision.REVIEW,
        "unknown": Decision.ERROR,
        "update_required": Decision.ERROR,
        "": Decision.ERROR,
    },
    # No run status at all: callbacks, and updates of a case by a reviewer.
    "": {
        "approved": Decision.APPROVED,
        "declined": Decision.DECLINED,
        "review": Decision.REVIEW,
        "update_required": Decision.PENDING,
    },
}
"""Run status → result → decision; the other known run statuses are PENDING, whatever the result;
a pair that is not here is UNDETERMINED.
"""

ENVIRONMENTS = {"sandbox": "SANDBOX", "production": "LIVE", "live": "LIVE"}

# -- callbacks ---------------------------------------------------------------------------------

CASE_STATUS_UPDATE = "case_status_update"

EVENT_STATUS: dict[str, str] = {
    "verification_request_submitted": "submitted",
    "verification_session_completion": "completed",
    CASE_STATUS_UPDATE: "",
    "aml_monitoring_update": "",
}
"""Event type → the run status that it implies where it brings none. Events that are not here
are no decisions, unless they bring a result.
"""

NO_DECISIONS = frozenset({"verification_session_started", "section_info_update", "comment"})

PROFILE_EVENTS = ("user_profile_event_type", "business_profile_event_type")
"""Callbacks of profiles name their event here; they are decisions only where one wraps a result."""

WRAPPERS = ("data", "payload", "response", "result")
"""Fields under which a callback may hold the response instead of beside its own fields."""

RESULT_FIELDS = ("aiprise_summary", "verification_result", "business_profile_result", "status")

SESSION_FIELDS = ("client_reference_id", "template_id")
"""Fields of every response, beside its status and its result."""

SECTIONS = (
    "aiprise_summary", "id_info", "face_match_info", "face_liveness_info", "aml_info",
    "additional_info", "fraud_insights", "business_info",
)  # fmt: skip

# -- sections ----------------------------------------------------------------------------------

SECTION_RESULTS: dict[str, tuple[Outcome, tuple[str, ...]]] = {
    "approved": (Outcome.PASS, ()),
    "declined": (Outcome.FAIL, ()),
    "review": (Outcome.REVIEW, ()),
    # AiPrise's own sample approves a person with three sections UNKNOWN.
    "unknown": (Outcome.NOT_APPLICABLE, ()),
    "found": (Outcome.PASS, ("data_found",)),
    "not_found": (Outcome.REVIEW, ()),
    "": (Outcome.NOT_APPLICABLE, ()),
}

SECTION_PENDING = frozenset(
    {"not_started", "submitted", "running", "pending", "collecting", "processing"}
)
SECTION_STATUSES = SECTION_PENDING | {"completed", "failed", ""}

RESPONSE_TYPES = frozenset({"id_info", "address_verification", "document_insights", "lookup_data"})
"""`additional_info_response_type`: what the data of an additional document has the shape of."""

FIELD_CHECKS: dict[str, str] = {
    "first_name": "name_match",
    "middle_name": "name_match",
    "last_name": "name_match",
    "second_last_name": "name_match",
    "full_name": "name_match",
    "birth_date": "birth_date_match",
    "gender": "gender_match",
    "nationality": "nationality_match",
    "id_number": "id_number_match",
    "personal_number": "id_number_match",
    "id_issue_date": "document_dates_coherent",
    "id_expiry_date": "document_dates_coherent",
    "address": "address_match",
    "full_address": "address_match",
}
"""`id_info.field_info` key → check."""

HIT_TYPES = frozenset(
    {
        "PEP", "SANCTION", "ADVERSE_MEDIA", "WARNING", "FITNESS_PROBITY", "CRIMINAL_RECORD",
        "LEGAL_BACKGROUND", "UNKNOWN",
    }
)  # fmt: skip

RELATIONS: tuple[tuple[frozenset[str], LinkKind, str], ...] = (
    (frozenset({"browser", "device", "fingerprint"}), LinkKind.DEVICE, "device_not_duplicate"),
    (frozenset({"face", "selfie"}), LinkKind.FACE, "face_not_duplicate"),
    (frozenset({"ip"}), LinkKind.IP, "ip_not_duplicate"),
    (frozenset({"phone"}), LinkKind.PHONE, "phone_not_duplicate"),
    (frozenset({"email"}), LinkKind.EMAIL, "email_not_duplicate"),
    (frozenset({"id", "document", "passport"}), LinkKind.DOCUMENT, "document_not_duplicate"),
    (
        frozenset({"user", "client", "subject", "person"}),
        LinkKind.SUBJECT,
        "subject_not_duplicate",
    ),
)
"""Words of a related session's `relation`, whose values AiPrise does not publish → what is shared.
The first row that has one of its words; none: the subject.
"""

VIRTUAL_PHONES = frozenset({"voip", "virtual", "non_fixed_voip", "fixed_voip"})
REAL_PHONES = frozenset({"mobile", "wireless", "landline", "fixed_line", "fixed_line_or_mobile"})
"""`phone_type`; AiPrise publishes no list of them."""

HOSTING = frozenset({"data_center", "datacenter", "hosting", "server"})

# -- the rest ----------------------------------------------------------------------------------

BUSINESS_FIELDS = ("business_profile_result", "business_info", "business_profile_event_type")
"""Fields that only verifications of businesses have."""

AML_LISTS = (
    ("added_entity_hits", "aml_hits_added"),
    ("new", "aml_hits_added"),
    ("updated_entity_hits", "aml_hits_updated"),
    ("updated", "aml_hits_updated"),
    ("removed_entity_hits", "aml_hits_removed"),
    ("removed", "aml_hits_removed"),
)
"""Lists of an AML_MONITORING_UPDATE, in both published spellings → the reason if not empty."""

HIGH_RISKS = frozenset({"prohibited", "high"})
