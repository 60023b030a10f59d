"""IDWise, row by row: what each decision, code, rule and webhook must become.

The tables here are written from IDWise's pages "Get Spot Check Result", "Get Journey Result" and
"Webhooks", not from the module's own.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.contracts.model import (
    Check,
    DecidedBy,
    Decision,
    Drop,
    Environment,
    Lifecycle,
    LinkKind,
    Outcome,
    Rejection,
    ScoreKind,
)
from streams.vendors.base.draft import Draft
from streams.vendors.idwise import normalize
from tests.support.json_fuzz import JSON, damaged, payloads, reversed_keys

JOURNEY = "67201f4ae15c1d50ff23db54"
P, F, R, N = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW, Outcome.NOT_APPLICABLE
START, END = "2026-04-09T11:31:00", "2026-04-09T11:32:05"
START_MS, END_MS = 1_775_734_260_000, 1_775_734_325_000


def spot(**parts: Any) -> dict[str, Any]:
    return {
        "journey_id": JOURNEY,
        "tenant_id": "tenant-1",
        "environment_name": "live",
        "start_time": START,
        "end_time": END,
        "system_decision": "Complete",
        "reference_number": "cust-1",
        "model_version": "3.0",
        **parts,
    }


def hook(event: str, **body: Any) -> dict[str, Any]:
    return {"event": event, "body": {"eventId": "e-1", "journeyId": JOURNEY, **body}}


def draft(payload: dict[str, Any]) -> Draft:
    result = normalize(payload)
    assert isinstance(result, Draft), result
    return result


def checks(d: Draft, name: str) -> list[Check]:
    return [c for c in d.checks if c.name == name]


def outcomes(d: Draft) -> dict[str, Outcome]:
    return {c.name: c.outcome for c in d.checks}


# -- the verdict --------------------------------------------------------------------------------

WORDS = [
    ("Complete", Decision.APPROVED, Lifecycle.COMPLETED),
    ("Refer", Decision.REVIEW, Lifecycle.COMPLETED),
    ("Incomplete", Decision.PENDING, Lifecycle.IN_PROGRESS),
    ("Approved", Decision.APPROVED, Lifecycle.COMPLETED),
    ("Rejected", Decision.DECLINED, Lifecycle.COMPLETED),
    ("Resubmit", Decision.PENDING, Lifecycle.AWAITING_USER),
    (" complete ", Decision.APPROVED, Lifecycle.COMPLETED),
    ("REFER", Decision.REVIEW, Lifecycle.COMPLETED),
]


@pytest.mark.parametrize(("word", "decision", "lifecycle"), WORDS)
@pytest.mark.parametrize("axis", ["system_decision", "final_decision", "manual_decision"])
def test_decision(axis: str, word: str, decision: Decision, lifecycle: Lifecycle) -> None:
    others = dict.fromkeys(("system_decision", "final_decision", "manual_decision"))
    d = draft(spot(**{**others, axis: word}))
    assert (d.decision, d.lifecycle) == (decision, lifecycle)
    assert d.vendor_status == {axis: word.strip()}


@pytest.mark.parametrize("word", ["Completed", "Pass", "Approve", "true", "Complete!", "1"])
@pytest.mark.parametrize("axis", ["system_decision", "final_decision", "manual_decision"])
def test_an_unknown_decision_is_never_an_approval(axis: str, word: str) -> None:
    d = draft(spot(**{axis: word}))
    assert (d.decision, d.lifecycle) == (Decision.UNDETERMINED, Lifecycle.UNKNOWN)
    assert d.flags == ["unmapped_value"]
    assert d.reasons == [f"unmapped:{axis}"]


@pytest.mark.parametrize(
    ("system", "final", "manual", "decision", "by"),
    [
        ("Complete", "Rejected", "Approved", Decision.APPROVED, DecidedBy.MANUAL),
        ("Complete", "Rejected", None, Decision.DECLINED, DecidedBy.MANUAL),
        ("Complete", "Refer", None, Decision.REVIEW, DecidedBy.SYSTEM),
        ("Complete", None, None, Decision.APPROVED, DecidedBy.SYSTEM),
        ("Complete", "", " ", Decision.APPROVED, DecidedBy.SYSTEM),
        ("Complete", "Complete", "Resubmit", Decision.PENDING, DecidedBy.MANUAL),
        ("Refer", "Approved", "Escalated", Decision.UNDETERMINED, DecidedBy.MANUAL),
    ],
)
@pytest.mark.parametrize("camel", [False, True])
def test_precedence(
    system: Any, final: Any, manual: Any, decision: Decision, by: DecidedBy, camel: bool
) -> None:
    if camel:
        given_ = {"systemDecision": system, "finalDecision": final, "manualDecision": manual}
        d = draft(hook("Manually Reviewed", **given_))
    else:
        d = draft(spot(system_decision=system, final_decision=final, manual_decision=manual))
    assert (d.decision, d.decided_by) == (decision, by)


@pytest.mark.parametrize("none", [None, "", "  "])
def test_without_a_decision(none: Any) -> None:
    under_way = draft(spot(system_decision=none, end_time=None))
    assert (under_way.decision, under_way.lifecycle) == (Decision.PENDING, Lifecycle.IN_PROGRESS)
    ended = draft(spot(system_decision=none))
    assert (ended.decision, ended.lifecycle) == (Decision.UNDETERMINED, Lifecycle.UNKNOWN)
    assert under_way.flags == ended.flags == []
    assert under_way.reasons == ended.reasons == ["missing:system_decision"]


def test_incomplete_but_ended() -> None:
    assert draft(spot(system_decision="Incomplete")).flags == ["incomplete_but_ended"]
    assert draft(spot(system_decision="Incomplete", end_time="")).flags == []
    assert draft(spot(system_decision="Refer")).flags == []


# -- liveness -----------------------------------------------------------------------------------

QUALITY = [
    "FACE_TOO_CLOSE",
    "FACE_CLOSE_TO_BORDER",
    "FACE_CROPPED",
    "FACE_IS_OCCLUDED",
    "FACE_TOO_SMALL",
    "FACE_ANGLE_TOO_LARGE",
    "BAD_QUALITY_IMAGE",
]
CODES = [
    ("NOT_LIVE", F, None),
    ("FACE_NOT_FOUND", R, "single_face"),
    ("TOO_MANY_FACES", R, "single_face"),
    *((code, R, "face_quality") for code in QUALITY),
]


@pytest.mark.parametrize(("code", "outcome", "beside"), CODES)
@pytest.mark.parametrize("is_live", [False, None])
def test_liveness_code(code: str, outcome: Outcome, beside: str | None, is_live: Any) -> None:
    selfie = {"status": "Refer", "is_live": is_live, "liveness_status_code": code}
    d = draft(spot(selfie=selfie, system_decision="Refer"))
    (liveness,) = checks(d, "liveness")
    assert (liveness.outcome, liveness.reasons) == (outcome, [code])
    failed = {c.name for c in d.checks if c.outcome is F} - {"liveness", "biometric_security"}
    assert failed == ({beside} if beside else set())
    assert d.decision is Decision.REVIEW


@pytest.mark.parametrize(("code", "_", "beside"), CODES)
def test_liveness_code_under_a_failed_rule(code: str, _: Any, beside: str | None) -> None:
    selfie = {"status": "Refer", "is_live": False, "liveness_status_code": code}
    d = draft(spot(selfie=selfie, rule_results={"selfie_liveness": {"result": "Failed"}}))
    (liveness,) = checks(d, "liveness")
    assert (liveness.outcome, liveness.reasons) == (F, [code])
    if beside:
        assert outcomes(d)[beside] is F


@pytest.mark.parametrize(
    ("is_live", "rule", "outcome"),
    [
        (True, None, P),
        (False, None, F),
        (None, None, N),
        (None, "Passed", P),
        (None, "Failed", F),
        (True, "Failed", F),
        (False, "Passed", F),  # two that contradict each other: the worse one
        (True, "CouldNotApply", P),
        (None, "CouldNotApply", N),
        (True, "Passed", P),
    ],
)
def test_liveness_without_a_code(is_live: Any, rule: str | None, outcome: Outcome) -> None:
    rules = {"selfie_liveness": {"result": rule}} if rule else None
    d = draft(spot(selfie={"is_live": is_live}, rule_results=rules))
    assert [c.outcome for c in checks(d, "liveness")] == [outcome]


def test_liveness_is_told_once_however_its_rule_is_written() -> None:
    for key in ("selfie_liveness", "SELFIE_LIVENESS", "Selfie Liveness"):
        d = draft(spot(selfie={"is_live": True}, rule_results={key: {"result": "Failed"}}))
        assert [(c.outcome, c.vendor_key) for c in checks(d, "liveness")] == [(F, key)]


def test_an_unknown_code_asks_for_a_look() -> None:
    d = draft(spot(selfie={"is_live": True, "liveness_status_code": "FACE_IS_MASKED"}))
    assert [(c.outcome, c.reasons) for c in checks(d, "liveness")] == [
        (R, ["FACE_IS_MASKED", "unmapped"])
    ]
    assert d.flags == ["unmapped_value"]


@pytest.mark.parametrize(
    ("status", "is_live", "outcome"),
    [
        ("Complete", True, P),
        ("Refer", False, F),
        ("Refer", True, R),
        ("Refer", None, R),
        ("Not Started", None, N),
        ("NOT_STARTED", None, N),
        ("Paused", True, N),
    ],
)
def test_selfie_status(status: str, is_live: Any, outcome: Outcome) -> None:
    d = draft(spot(selfie={"status": status, "is_live": is_live}))
    assert outcomes(d)["biometric_security"] is outcome


@pytest.mark.parametrize("selfie", [None, "absent"])
def test_no_selfie_no_check(selfie: Any) -> None:
    assert draft(spot(**({} if selfie else {"selfie": None}))).checks == []


# -- rules and face match -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("selfie_liveness", "liveness"),
        ("document_validation", "document_authentic"),
        ("same_subject", "face_match"),
        ("no_duplicate_documents", "document_not_duplicate"),
        ("no_duplicate_applicant", "subject_not_duplicate"),
        ("no_aml_records", "aml"),
        ("unrecognized_document", "document_supported"),
        ("proof_policy", "document_type_expected"),
        ("expired_document", "document_not_expired"),
        ("my_own_rule", "vendor.idwise.my_own_rule"),
    ],
)
@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("Passed", P),
        ("Failed", F),
        ("CouldNotApply", N),
        ("Could Not Apply", N),
        ("Undetermined", N),
        (None, N),
        ("Whatever", N),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_rule(key: str, name: str, result: Any, outcome: Outcome, as_text: bool) -> None:
    given_ = result if as_text and result is not None else {"name": "…", "result": result}
    (c,) = draft(spot(rule_results={key: given_})).checks
    assert (c.name, c.outcome, c.vendor_key, c.raw_value) == (name, outcome, key, result)
    assert c.reasons == (["unmapped"] if result == "Whatever" else [])


@pytest.mark.parametrize(
    ("result", "details", "outcome", "reasons"),
    [
        ("Passed", ["Passed", "Failed"], P, ["detail_failed:selfie"]),
        ("CouldNotApply", ["Failed"], N, ["detail_failed:selfie"]),
        ("Failed", ["Failed"], F, []),
        ("Failed", ["Passed"], F, []),
        ("Passed", ["Passed"], P, []),
    ],
)
def test_the_rule_goes_before_its_details(
    result: str, details: list[str], outcome: Outcome, reasons: list[str]
) -> None:
    about = {"object_key": "selfie", "instance_key": "0"}
    given_ = [{"title": "Selfie", "result": r, "reference_object": about} for r in details]
    d = draft(spot(rule_results={"selfie_liveness": {"result": result, "details": given_}}))
    assert [(c.outcome, c.reasons) for c in d.checks] == [(outcome, reasons)]


@pytest.mark.parametrize(
    ("match", "outcome", "score", "kind", "reasons"),
    [
        ({"is_matched": True, "score": 96.4}, P, 0.964, ScoreKind.VENDOR, []),
        ({"is_matched": False, "score": 0}, F, 0.0, ScoreKind.VENDOR, []),
        ({"is_matched": True, "score": None}, P, 1.0, ScoreKind.DERIVED, []),
        ({"is_matched": False}, F, 0.0, ScoreKind.DERIVED, []),
        ({"is_matched": None, "score": None}, N, None, None, []),
        ({"is_matched": None, "score": 0}, N, None, None, []),
        ({"is_matched": True, "score": 130}, P, 1.0, ScoreKind.DERIVED, ["invalid_value"]),
        ({"is_matched": [], "score": None}, N, None, None, ["invalid_value"]),
    ],
)
def test_face_match(match: Any, outcome: Any, score: Any, kind: Any, reasons: Any) -> None:
    (c,) = draft(spot(spot_checks={"applicant_selfie_face_match": match})).checks
    assert (c.name, c.outcome, c.score, c.score_kind) == ("face_match", outcome, score, kind)
    assert c.reasons == reasons


@pytest.mark.parametrize(
    ("rule", "link"),
    [("no_duplicate_applicant", LinkKind.SUBJECT), ("no_duplicate_documents", LinkKind.DOCUMENT)],
)
def test_duplicates_that_idwise_reports(rule: str, link: LinkKind) -> None:
    failed = draft(spot(rule_results={rule: {"result": "Failed"}}))
    assert [v.link for v in failed.vendor_duplicates] == [link]
    for result in ("Passed", "CouldNotApply", None):
        assert draft(spot(rule_results={rule: {"result": result}})).vendor_duplicates == []


@pytest.mark.parametrize(
    ("aml", "outcome", "reasons"),
    [
        ({"applicability": "Applicable", "matches": []}, P, []),
        ({"applicability": "Applicable", "matches": None}, P, []),
        ({"applicability": "Applicable", "matches": [{}]}, R, []),
        ({"applicability": "Not Ready Yet", "matches": [{}]}, N, ["pending"]),
        ({"applicability": "Skipped"}, N, ["not_run"]),
        ({"applicability": "Disabled"}, N, ["not_run"]),
        ({"applicability": None}, N, []),
        ({"applicability": "Perhaps"}, N, ["unmapped"]),
    ],
)
def test_aml(aml: Any, outcome: Outcome, reasons: list[str]) -> None:
    found = checks(draft(spot(aml=aml)), "aml")
    assert [(c.outcome, c.reasons) for c in found] == [(outcome, reasons)]


def test_the_aml_rule_goes_before_the_matches() -> None:
    aml = {"applicability": "Applicable", "matches": [{}]}
    d = draft(spot(aml=aml, rule_results={"no_aml_records": {"result": "Failed"}}))
    assert [(c.outcome, c.vendor_key) for c in checks(d, "aml")] == [(F, "no_aml_records")]


# -- identity, time, environment ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "environment", "flags"),
    [
        ("live", Environment.LIVE, []),
        ("Sandbox", Environment.SANDBOX, []),
        (None, None, []),
        ("", None, []),
        ("uat", None, ["unmapped_value"]),
    ],
)
def test_environment(name: Any, environment: Any, flags: list[str]) -> None:
    d = draft(spot(environment_name=name))
    assert (d.environment, d.flags) == (environment, flags)
    assert d.decision is Decision.APPROVED


def test_ids() -> None:
    applicant = {"applicant_id": "a-1", "full_name": "Layla Haddad", "birth_date": "1990-05-06"}
    d = draft(spot(applicant=applicant, journey_id=4711, reference_number=" cust-1 "))
    assert (d.session_id, d.subject_id, d.vendor_subject_id) == ("4711", "cust-1", "a-1")
    assert (d.tenant_id, d.vendor_version) == ("tenant-1", "3.0")
    assert d.person is not None
    assert (d.person.full_name, str(d.person.birth_date)) == ("Layla Haddad", "1990-05-06")
    assert draft(spot(reference_number="")).subject_id is None


@pytest.mark.parametrize(
    ("start", "end", "occurred", "ordered"),
    [
        (START, END, END_MS, True),
        (START, None, START_MS, False),
        (START, "", START_MS, False),
        (START + "Z", END + "Z", END_MS, True),
        ("2026-04-09T14:31:00+03:00", "2026-04-09T14:32:05+03:00", END_MS, True),
        (None, None, None, False),
    ],
)
def test_time_without_a_zone_is_utc(start: Any, end: Any, occurred: Any, ordered: bool) -> None:
    d = draft(spot(start_time=start, end_time=end))
    assert (d.occurred_at, d.ordered) == (occurred, ordered)


def test_a_review_does_not_move_the_end_so_the_end_does_not_order_reviews() -> None:
    d = draft(spot(manual_decision="Approved"))
    assert (d.ordered, d.may_regress) == (False, True)


@pytest.mark.parametrize(
    "country", [{"issuing_country_code": "ZAF"}, {"issuing_country": "South Africa"}]
)
@pytest.mark.parametrize("sex", [{"gender": "Female"}, {"sex": "F"}])
def test_a_journeys_document_and_applicant(country: Any, sex: Any) -> None:
    document = {"document_type": "Passport", "document_number": 4829170, **country}
    d = draft(spot(documents={"0": document}, applicant={"full_name": "Thandiwe Nkosi", **sex}))
    (found,) = d.documents
    assert (found.document.type, found.document.issuing_country) == ("PASSPORT", "ZAF")
    assert (found.number, found.document.instance) == ("4829170", "0")
    assert d.person is not None
    assert d.person.gender == "F"


# -- webhooks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "may_regress"),
    [
        ("Finished Journey", False),
        ("Finished Spot Check", False),
        ("Finished Ongoing Check", True),
        ("Manually Reviewed", True),
        ("Updated Journey", True),
        ("AML Monitor Update", True),
        ("AML Monior Update", True),
        ("finished_journey", False),
    ],
)
def test_event(event: str, may_regress: bool) -> None:
    d = draft(hook(event, systemDecision="Refer", referenceNo="cust-1"))
    assert d.decision is Decision.REVIEW
    assert (d.session_id, d.subject_id, d.vendor_event_id) == (JOURNEY, "cust-1", "e-1")
    assert (d.checks, d.flags, d.may_regress) == ([], ["thin"], may_regress)
    assert d.vendor_status["event"] == event


@pytest.mark.parametrize("event", ["Finished User Steps", "Finished Step", "Step Submitted"])
def test_a_step_is_no_decision(event: str) -> None:
    assert normalize(hook(event, systemDecision="Incomplete")) == Drop("unsupported_event")
    assert normalize({"event": event, "body": {}}) == Drop("unsupported_event")


def test_an_unknown_event_approves_nobody() -> None:
    assert normalize(hook("Something New")) == Drop("unsupported_event")
    d = draft(hook("Something New", systemDecision="Complete"))
    assert (d.decision, d.reasons) == (Decision.UNDETERMINED, ["unmapped:event"])


@pytest.mark.parametrize(
    ("spellings", "decision"),
    [
        ({"systemDecision": "Refer", "system_decision": "Complete"}, Decision.APPROVED),
        ({"systemDecision": "Refer", "system_decision": None}, Decision.REVIEW),
        ({"systemDecision": None, "system_decision": "Refer"}, Decision.REVIEW),
    ],
)
def test_both_spellings_in_one_body(spellings: dict[str, Any], decision: Decision) -> None:
    assert draft(hook("Finished Journey", **spellings)).decision is decision


def test_a_retry_of_a_webhook_is_the_same_event() -> None:
    first = draft(hook("Finished Journey", systemDecision="Complete"))
    again = draft(hook("Finished Journey", systemDecision="Complete", attempt=2))
    assert first == again


def test_a_spot_check_webhook_names_its_own_journey() -> None:
    body = {"eventId": "e", "spotCheckJourneyId": "spot-1", "systemDecision": "Complete"}
    assert draft({"event": "Finished Spot Check", "body": body}).session_id == "spot-1"
    both = {**body, "journeyId": JOURNEY}
    assert draft({"event": "Finished Spot Check", "body": both}).session_id == "spot-1"


def test_an_ongoing_check_leaves_the_onboarding_as_it_is() -> None:
    d = draft(hook("Finished Ongoing Check", ongoingCheckId="check-1", systemDecision="Refer"))
    assert (d.session_id, d.decision) == ("check-1", Decision.REVIEW)
    without = draft(hook("Finished Ongoing Check", systemDecision="Refer"))
    assert without.session_id == JOURNEY


def test_a_webhook_that_holds_the_result_is_not_thin() -> None:
    d = draft(hook("Finished Journey", systemDecision="Complete", selfie={"isLive": True}))
    assert (outcomes(d), d.flags) == ({"liveness": P}, [])


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "unknown_shape"),
        ({"event": "Finished Journey"}, "unknown_shape"),
        ({"summary": {}, "user_id": "u", "selfies": [], "documents": []}, "unknown_shape"),
        ({"aiprise_summary": {}, "journey_id": "j"}, "unknown_shape"),
        ({"system_decision": "Complete"}, "missing_identity"),
        ({"journey_id": "", "system_decision": "Complete"}, "missing_identity"),
        ({"journey_id": None, "rule_results": {}}, "missing_identity"),
        ({"event": 7, "body": {}}, "invalid_type"),
        ({"event": "Finished Journey", "body": []}, "invalid_type"),
        ({"event": "Finished Journey", "body": None}, "invalid_type"),
        ({"journey_id": True, "system_decision": "Complete"}, "invalid_type"),
        ({"journey_id": JOURNEY, "system_decision": ["Complete"]}, "invalid_type"),
        ({"journey_id": JOURNEY, "manual_decision": {}}, "invalid_type"),
    ],
)
def test_rejection(payload: dict[str, Any], code: str) -> None:
    result = normalize(payload)
    assert isinstance(result, Rejection)
    assert result.code == code


def test_a_rejection_names_paths_and_types_only() -> None:
    result = normalize(hook("Finished Journey", systemDecision={"secret": "Layla"}))
    assert isinstance(result, Rejection)
    assert result.message == "body.system_decision: expected string | null, got object"


def test_no_media_path_gets_into_an_event() -> None:
    for payload in payloads("idwise"):
        if isinstance(result := normalize(payload), Draft):
            said = msgspec.json.encode(result)
            assert not any(path * 16 in said for path in (b"aa", b"bb", b"cc", b"0f", b"1e"))


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(damaged("idwise") | st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_no_object_crashes_it_and_key_order_is_nothing(payload: dict[str, Any]) -> None:
    result = normalize(payload)
    again = normalize(reversed_keys(payload))
    if isinstance(result, Rejection):
        assert isinstance(again, Rejection)
        assert again.code == result.code  # of two wrong types either may be named
        assert result.code in {"unknown_shape", "missing_identity", "invalid_type"}
        return
    assert again == result
    if isinstance(result, Draft) and result.decision is Decision.APPROVED:
        words = {w.casefold() for w in result.vendor_status.values()}
        assert words & {"complete", "approved"}
