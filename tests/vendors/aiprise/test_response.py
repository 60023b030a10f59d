"""AiPrise: status and result, identity, callbacks. Whole payloads: tests/samples."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision, Drop, Rejection
from tests.vendors.aiprise.payloads import SESSION, draft, draft_of, normalize, payload

# -- the decision -------------------------------------------------------------------------------

# status, lifecycle, then the decision beside APPROVED, DECLINED, REVIEW, UNKNOWN and null.
DECISIONS = [
    ("COMPLETED", "COMPLETED", "APPROVED DECLINED REVIEW REVIEW UNDETERMINED"),
    ("NOT_STARTED", "NOT_STARTED", "PENDING PENDING PENDING PENDING PENDING"),
    ("SUBMITTED", "SUBMITTED", "PENDING PENDING PENDING PENDING PENDING"),
    ("RUNNING", "IN_PROGRESS", "PENDING PENDING PENDING PENDING PENDING"),
    ("PENDING", "AWAITING_THIRD_PARTY", "PENDING PENDING PENDING PENDING PENDING"),
    ("COLLECTING", "AWAITING_USER", "PENDING PENDING PENDING PENDING PENDING"),
    ("PROCESSING", "IN_PROGRESS", "PENDING PENDING PENDING PENDING PENDING"),
    ("FAILED", "FAILED", "ERROR DECLINED REVIEW ERROR ERROR"),
    (None, None, "APPROVED DECLINED REVIEW UNDETERMINED UNDETERMINED"),
    ("  ", None, "APPROVED DECLINED REVIEW UNDETERMINED UNDETERMINED"),
    ("ARCHIVED", "UNKNOWN", "UNDETERMINED " * 5),
    ("---", "UNKNOWN", "UNDETERMINED " * 5),
    (" not started ", "NOT_STARTED", "PENDING PENDING PENDING PENDING PENDING"),
]
RESULTS = ("APPROVED", "DECLINED", "REVIEW", "UNKNOWN", None)
CELLS = [
    (status, result, lifecycle, decision)
    for status, lifecycle, decisions in DECISIONS
    for result, decision in zip(RESULTS, decisions.split(), strict=True)
]
RUNNING = {"NOT_STARTED", "SUBMITTED", "RUNNING", "PENDING", "COLLECTING", "PROCESSING"}


@pytest.mark.parametrize(("status", "result", "lifecycle", "decision"), CELLS)
def test_status_and_result_make_the_decision(
    status: str | None, result: str | None, lifecycle: str | None, decision: str
) -> None:
    made = draft(status, result)
    assert made.decision == decision
    if lifecycle is None:
        lifecycle = "UNKNOWN" if decision == "UNDETERMINED" else "COMPLETED"
    assert made.lifecycle == lifecycle
    runs = (status or "").strip().upper().replace(" ", "_") in RUNNING
    conflict = runs and result in ("APPROVED", "DECLINED", "REVIEW")
    assert ("status_result_conflict" in made.flags) is conflict
    assert ("unmapped_value" in made.flags) is (status in ("ARCHIVED", "---"))
    assert ("vendor_result_unknown" in made.reasons) is (
        result == "UNKNOWN" and status in ("COMPLETED", None, "  ")
    )


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", None])
def test_a_result_that_no_table_knows_is_undetermined(status: str | None) -> None:
    made = draft(status, "ESCALATED")
    assert made.decision is Decision.UNDETERMINED
    assert made.flags == ["unmapped_value"]
    assert made.reasons == ["unmapped:verification_result"]
    assert made.vendor_status["verification_result"] == "ESCALATED"


def test_a_session_that_runs_is_pending_beside_an_unknown_result_too() -> None:
    made = draft("RUNNING", "ESCALATED")
    assert made.decision is Decision.PENDING
    assert made.flags == ["unmapped_value"]


def test_a_business_profile_waits_for_its_user() -> None:
    made = draft(None, None, business_profile_result="UPDATE_REQUIRED")
    assert (made.decision, made.lifecycle) == ("PENDING", "AWAITING_USER")
    assert made.session_kind == "BUSINESS"


@pytest.mark.parametrize("summary", [None, {}])
def test_a_missing_summary_is_no_approval(summary: Any) -> None:
    assert draft(aiprise_summary=summary).decision is Decision.UNDETERMINED


def test_a_failed_run_tells_why_in_codes_alone() -> None:
    why = [
        {
            "code": "API_DATA_REQUIREMENTS_NOT_MET",
            "message": "Invalid user data for Ngozi Adeyemi.",
        },
        {"code": "Ngozi Adeyemi, born 1988-03-02"},
        {"message": "no code"},
        7,
    ]
    assert draft("FAILED", None, status_reasons=why).reasons == ["API_DATA_REQUIREMENTS_NOT_MET"]


# -- identity, times, environment ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", 5),
        ("status", True),
        ("status", ["COMPLETED"]),
        ("aiprise_summary", "APPROVED"),
        ("aiprise_summary", {"verification_result": 1}),
        ("verification_session_id", True),
        ("verification_session_id", ["a"]),
        ("verification_session_id", 1.5),
        ("event_type", 3),
    ],
)
def test_what_the_decision_rests_on_is_read_strictly(field: str, value: Any) -> None:
    rejected = normalize(payload() | {field: value})
    assert isinstance(rejected, Rejection)
    assert rejected.code == "invalid_type"
    assert rejected.message.startswith(field)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_no_session_no_event(value: Any) -> None:
    rejected = normalize(payload(verification_session_id=value))
    assert isinstance(rejected, Rejection)
    assert rejected.code == "missing_identity"


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"verification_session_id": SESSION},
        {"session_id": SESSION, "status": "Approved", "vendor_data": "u-1"},
        {"webhook_type": "status.updated", "session_id": SESSION, "decision": {}},
        {"event": "Finished Journey", "body": {"journeyId": "6512"}},
        {"summary": {}, "selfies": [], "user_id": "u"},
        {"journey_id": "6512", "system_decision": "Complete"},
        {"event_type": "user_created", "id": "1"},
    ],
)
def test_other_shapes_are_unknown(raw: dict[str, Any]) -> None:
    rejected = normalize(raw)
    assert isinstance(rejected, Rejection)
    assert rejected.code == "unknown_shape"


@pytest.mark.parametrize(
    "name", ["client_reference_id", "template_id", "id_info", "aml_info", "additional_info"]
)
def test_a_response_without_status_and_result_is_undetermined(name: str) -> None:
    made = draft_of({"verification_session_id": SESSION, name: None})
    assert (made.decision, made.flags) == (Decision.UNDETERMINED, [])
    assert made.reasons == ["missing:verification_result"]
    event = {"event_type": "SOMETHING_NEW", "verification_session_id": SESSION, name: None}
    assert normalize(event) == Drop("unsupported_event")
    summary = {"aiprise_summary": {"verification_result": "REVIEW"}}
    assert draft_of(event | summary).decision is Decision.REVIEW


def test_ids_are_text_trimmed_and_may_be_numbers() -> None:
    made = draft(verification_session_id=90017, client_reference_id=" customer-88 ", template_id=3)
    assert (made.session_id, made.subject_id, made.workflow_id) == ("90017", "customer-88", "3")
    assert draft(client_reference_id=None).subject_id is None


@pytest.mark.parametrize(
    ("created_at", "millis", "reason"),
    [
        (1_779_013_333_514, 1_779_013_333_514, None),
        ("1779013333514", 1_779_013_333_514, None),
        (None, None, None),
        ("yesterday", None, "invalid_time:created_at"),
        (-1, None, "invalid_time:created_at"),
        ([1], None, "partial:created_at"),
        (True, None, "partial:created_at"),
    ],
)
def test_created_at(created_at: Any, millis: int | None, reason: str | None) -> None:
    made = draft(created_at=created_at)
    assert made.occurred_at == millis
    assert made.reasons == ([reason] if reason else [])
    assert ("partial" in made.flags) is bool(reason and reason.startswith("partial"))


@pytest.mark.parametrize(
    ("given", "environment", "flags"),
    [
        ("SANDBOX", "SANDBOX", []),
        ("sandbox", "SANDBOX", []),
        ("PRODUCTION", "LIVE", []),
        (None, None, []),
        ("", None, []),
        ("STAGING", None, ["unmapped_value"]),
        (1, None, ["partial"]),
    ],
)
def test_environment(given: Any, environment: str | None, flags: list[str]) -> None:
    made = draft(environment=given)
    assert (made.environment, made.flags) == (environment, flags)


# -- callbacks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        {"event_type": "VERIFICATION_SESSION_STARTED", "verification_session_id": SESSION},
        {"event_type": "VERIFICATION_SESSION_STARTED"},
        {"event_type": "COMMENT", "verification_session_id": SESSION, "comment": "hello"},
        {"event_type": "SECTION_INFO_UPDATE", "verification_session_id": SESSION, "data": {}},
        {"event_type": "SOMETHING_NEW", "verification_session_id": SESSION},
        {"user_profile_event_type": "USER_PROFILE_CREATE", "user_profile_id": "p"},
        {"business_profile_event_type": "ADD_OFFICER", "business_profile_id": "p"},
    ],
)
def test_events_that_decide_nothing_are_dropped(raw: dict[str, Any]) -> None:
    assert normalize(raw) == Drop("unsupported_event")


THIN = [
    ("VERIFICATION_REQUEST_SUBMITTED", None, "PENDING", "SUBMITTED"),
    ("VERIFICATION_SESSION_COMPLETION", "APPROVED", "APPROVED", "COMPLETED"),
    ("VERIFICATION_SESSION_COMPLETION", "DECLINED", "DECLINED", "COMPLETED"),
    ("VERIFICATION_SESSION_COMPLETION", "UNKNOWN", "REVIEW", "COMPLETED"),
    ("VERIFICATION_SESSION_COMPLETION", None, "UNDETERMINED", "COMPLETED"),
    ("CASE_STATUS_UPDATE", "APPROVED", "APPROVED", "COMPLETED"),
    ("CASE_STATUS_UPDATE", "DECLINED", "DECLINED", "COMPLETED"),
    ("CASE_STATUS_UPDATE", "REVIEW", "REVIEW", "COMPLETED"),
    ("CASE_STATUS_UPDATE", "UNKNOWN", "UNDETERMINED", "UNKNOWN"),
    ("CASE_STATUS_UPDATE", "REOPENED", "UNDETERMINED", "UNKNOWN"),
    ("CASE_STATUS_UPDATE", None, "UNDETERMINED", "UNKNOWN"),
    ("AML_MONITORING_UPDATE", None, "UNDETERMINED", "UNKNOWN"),
]


@pytest.mark.parametrize(("event", "result", "decision", "lifecycle"), THIN)
@pytest.mark.parametrize("wrapped", [False, True])
def test_thin_events(
    event: str, result: str | None, decision: str, lifecycle: str, wrapped: bool
) -> None:
    told = {"verification_session_id": SESSION, "verification_result": result}
    made = draft_of({"event_type": event, **({"data": told} if wrapped else told)})
    assert (made.decision, made.lifecycle) == (decision, lifecycle)
    assert "thin" in made.flags
    assert made.checks == []
    manual = event == "CASE_STATUS_UPDATE"
    assert (made.decided_by == "MANUAL") is manual
    assert made.may_regress is manual
    assert made.vendor_status["event_type"] == event


@pytest.mark.parametrize("status", ["RUNNING", "FAILED", "COMPLETED", None])
def test_a_reviewer_decides_whatever_the_run_does(status: str | None) -> None:
    raw = payload(status, "REVIEW", event_type="CASE_STATUS_UPDATE", verification_result="APPROVED")
    made = draft_of(raw)
    assert made.decision is Decision.APPROVED
    assert "status_result_conflict" not in made.flags


def test_a_case_update_names_its_code_and_never_its_author() -> None:
    made = draft_of(
        {
            "event_type": "CASE_STATUS_UPDATE",
            "verification_session_id": SESSION,
            "verification_result": "DECLINED",
            "author": {"email": "reviewer@example.com"},
            "reason": {"code": "SUSPECTED_FRAUD", "message": "Selfie of Ngozi looks wrong"},
        }
    )
    assert made.reasons == ["SUSPECTED_FRAUD"]
    assert "reviewer" not in repr(made)


@pytest.mark.parametrize(
    "lists", [("added_entity_hits", "updated_entity_hits"), ("new", "updated")]
)
def test_aml_monitoring_names_what_changed(lists: tuple[str, str]) -> None:
    update = {lists[0]: [{"name": "Ngozi"}], lists[1]: [], "created_at": 1_779_013_333_000}
    data = {"verification_session_id": SESSION, "aml_monitoring_update": update}
    made = draft_of({"event_type": "AML_MONITORING_UPDATE", "data": data})
    assert made.reasons == ["missing:verification_result", "aml_hits_added"]
    assert made.occurred_at == 1_779_013_333_000


@pytest.mark.parametrize("wrapper", ["data", "payload", "response", "result"])
def test_a_callback_may_wrap_a_whole_response(wrapper: str) -> None:
    inner = payload(face_liveness_info={"result": "APPROVED", "status": "COMPLETED"})
    made = draft_of(
        {
            "event_type": "VERIFICATION_SESSION_COMPLETION",
            "callback_uuid": "cb-1",
            "created_at": 1_779_013_999_000,
            wrapper: inner,
        }
    )
    assert (made.decision, made.vendor_event_id, made.ordered) == ("APPROVED", "cb-1", True)
    assert made.occurred_at == 1_779_013_999_000
    assert [c.name for c in made.checks] == ["liveness"]
    assert made.flags == []


def test_a_profile_callback_brings_a_whole_response() -> None:
    made = draft(user_profile_event_type="RUN_USER_VERIFICATION", user_profile_id="profile-9")
    assert (made.decision, made.vendor_subject_id) == ("APPROVED", "profile-9")


def test_a_null_within_does_not_hide_what_the_callback_says() -> None:
    inner = payload(client_reference_id=None)
    event = "VERIFICATION_SESSION_COMPLETION"
    made = draft_of({"event_type": event, "client_reference_id": "customer-88", "data": inner})
    assert made.subject_id == "customer-88"
