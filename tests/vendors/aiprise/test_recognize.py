"""AiPrise: which payloads are a decision, and of which session."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import Decision, Drop, Rejection, SessionKind
from tests.vendors.aiprise.payloads import SESSION, draft, draft_of, normalize, payload


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


@pytest.mark.parametrize(
    "event", ["VERIFICATION_SESSION_STARTED", "SECTION_INFO_UPDATE", "COMMENT"]
)
def test_what_decides_nothing_is_dropped_even_beside_a_result(event: str) -> None:
    raw = {"event_type": event, "verification_session_id": SESSION, "status": "COMPLETED"}
    assert normalize(raw) == Drop("unsupported_event")


@pytest.mark.parametrize(
    ("field", "value", "decision"),
    [
        ("aiprise_summary", {"verification_result": "APPROVED"}, "APPROVED"),
        ("verification_result", "APPROVED", "APPROVED"),
        ("business_profile_result", "APPROVED", "APPROVED"),
        ("status", "RUNNING", "PENDING"),
    ],
)
def test_one_field_of_a_result_makes_a_response(field: str, value: Any, decision: str) -> None:
    assert draft_of({"verification_session_id": SESSION, field: value}).decision == decision


SECTIONS = """aiprise_summary id_info face_match_info face_liveness_info aml_info additional_info
fraud_insights business_info"""


@pytest.mark.parametrize("section", SECTIONS.split())
def test_an_event_with_a_section_is_not_thin(section: str) -> None:
    raw = {
        "event_type": "VERIFICATION_SESSION_COMPLETION",
        "verification_session_id": SESSION,
        "verification_result": "APPROVED",
    }
    assert draft_of(raw).flags == ["thin"]
    assert draft_of(raw | {section: None}).flags == []


@pytest.mark.parametrize(
    "field", ["business_info", "business_profile_event_type", "business_profile_result"]
)
def test_business_fields(field: str) -> None:
    value = {"result": "APPROVED"} if field == "business_info" else "APPROVED"
    assert draft(**{field: value}).session_kind is SessionKind.BUSINESS
