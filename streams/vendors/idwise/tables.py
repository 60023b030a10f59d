"""IDWise's vocabularies as data (IDWise, "Get Spot Check Result", "Get Journey Result",
"Webhooks").
"""

from __future__ import annotations

from streams.contracts.model import Decision, Environment, Lifecycle, LinkKind, Outcome

DECISIONS: dict[str, tuple[Decision, Lifecycle]] = {
    # The system's words. Complete means "passed all checks"; Refer asks for a manual review.
    "complete": (Decision.APPROVED, Lifecycle.COMPLETED),
    "refer": (Decision.REVIEW, Lifecycle.COMPLETED),
    "incomplete": (Decision.PENDING, Lifecycle.IN_PROGRESS),
    # The reviewers' words.
    "approved": (Decision.APPROVED, Lifecycle.COMPLETED),
    "rejected": (Decision.DECLINED, Lifecycle.COMPLETED),
    "resubmit": (Decision.PENDING, Lifecycle.AWAITING_USER),
}
"""One table for all three axes: `final_decision` mirrors one of the other two."""

REVIEWERS_WORDS = frozenset({"approved", "rejected", "resubmit"})

PRECEDENCE = ("manual_decision", "final_decision", "system_decision")
"""The first axis that is not null decides."""

ENVIRONMENTS = {"live": Environment.LIVE, "sandbox": Environment.SANDBOX}

EVENTS: dict[str, bool] = {
    # Webhooks that carry a decision → whether it may take a final one back.
    "finished_journey": False,
    "finished_spot_check": False,
    "finished_ongoing_check": True,
    "manually_reviewed": True,
    "updated_journey": True,
    "aml_monitor_update": True,
    "aml_monior_update": True,  # the other spelling of the webhook's own page
}

STEP_EVENTS = frozenset({"finished_user_steps", "finished_step", "step_submitted"})
"""Progress of the user, before anything is decided."""

RESULTS: dict[str, Outcome] = {
    "passed": Outcome.PASS,
    "failed": Outcome.FAIL,
    "couldnotapply": Outcome.NOT_APPLICABLE,
    "could_not_apply": Outcome.NOT_APPLICABLE,
    "undetermined": Outcome.NOT_APPLICABLE,
    "": Outcome.NOT_APPLICABLE,
}
"""Of rules, their details and a document's validation checks."""

LIVENESS_RULE = "selfie_liveness"

RULES = {
    LIVENESS_RULE: "liveness",
    "document_validation": "document_authentic",
    "same_subject": "face_match",
    "no_duplicate_documents": "document_not_duplicate",
    "no_duplicate_applicant": "subject_not_duplicate",
    "no_aml_records": "aml",
    "unrecognized_document": "document_supported",
    "proof_policy": "document_type_expected",
    "expired_document": "document_not_expired",
}

FACE_MATCHES = {"applicant_selfie_face_match": "face_match"}
"""`spot_checks` key → check."""

DUPLICATE_RULES = {
    "no_duplicate_documents": LinkKind.DOCUMENT,
    "no_duplicate_applicant": LinkKind.SUBJECT,
}

SELFIE_STATUSES: dict[str, Outcome] = {
    "complete": Outcome.PASS,
    "refer": Outcome.REVIEW,
    "not_started": Outcome.NOT_APPLICABLE,
    "": Outcome.NOT_APPLICABLE,
}
"""Refer becomes FAIL where the selfie is not live."""

DOCUMENT_STATUSES = SELFIE_STATUSES

LIVENESS_CODES: dict[str, tuple[Outcome, str | None]] = {
    "not_live": (Outcome.FAIL, None),
    # No face, or several: liveness was not assessed.
    "face_not_found": (Outcome.REVIEW, "single_face"),
    "too_many_faces": (Outcome.REVIEW, "single_face"),
    # A picture that a second try may better: no sign of an attack.
    "face_too_close": (Outcome.REVIEW, "face_quality"),
    "face_close_to_border": (Outcome.REVIEW, "face_quality"),
    "face_cropped": (Outcome.REVIEW, "face_quality"),
    "face_is_occluded": (Outcome.REVIEW, "face_quality"),
    "face_too_small": (Outcome.REVIEW, "face_quality"),
    "face_angle_too_large": (Outcome.REVIEW, "face_quality"),
    "bad_quality_image": (Outcome.REVIEW, "face_quality"),
}
"""`selfie.liveness_status_code` → the outcome of `liveness`, and the check that fails beside."""

AML_NOT_APPLICABLE = {
    "not_ready_yet": "pending",
    "skipped": "not_run",
    "disabled": "not_run",
}
