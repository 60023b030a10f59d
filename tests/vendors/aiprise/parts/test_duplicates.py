"""AiPrise: related sessions and codes of what was seen before."""

from __future__ import annotations

import pytest

from streams.contracts.model import LinkKind
from tests.vendors.aiprise.payloads import draft, fraud, only


@pytest.mark.parametrize(
    ("relation", "link", "name"),
    [
        ("BROWSER", "DEVICE", "device_not_duplicate"),
        ("SAME_DEVICE", "DEVICE", "device_not_duplicate"),
        ("FACE", "FACE", "face_not_duplicate"),
        ("IP_ADDRESS", "IP", "ip_not_duplicate"),
        ("PHONE_NUMBER", "PHONE", "phone_not_duplicate"),
        ("EMAIL", "EMAIL", "email_not_duplicate"),
        ("ID_NUMBER", "DOCUMENT", "document_not_duplicate"),
        ("CLIENT_REFERENCE", "SUBJECT", "subject_not_duplicate"),
        ("USER", "SUBJECT", "subject_not_duplicate"),
        ("SUBJECT", "SUBJECT", "subject_not_duplicate"),
        ("PERSON", "SUBJECT", "subject_not_duplicate"),
        ("HOUSEHOLD", "SUBJECT", "subject_not_duplicate"),
        (None, "SUBJECT", "subject_not_duplicate"),
    ],
)
def test_related_sessions_are_duplicates_by_what_they_share(
    relation: str | None, link: str, name: str
) -> None:
    session = {
        "verification_session_id": "other",
        "relation": relation,
        "status": "COMPLETED",
        "result": "DECLINED",
        "created_at": 1_779_000_000_000,
    }
    related = {"status": "COMPLETED", "result": "REVIEW", "related_sessions": [session, session]}
    made = fraud(related_session_insights=related)
    (duplicate,) = made.vendor_duplicates
    (linked,) = duplicate.linked
    assert (duplicate.link, linked.session_id, linked.decision) == (link, "other", "DECLINED")
    assert linked.seen_at == 1_779_000_000_000
    found = only(made, name)
    assert (found.outcome, found.reasons) == ("REVIEW", [relation] if relation else [])
    assert ("unmapped_value" in made.flags) is (relation == "HOUSEHOLD")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("FACE_PREVIOUSLY_ONBOARDED", LinkKind.FACE),
        ("ID_PREVIOUSLY_SEEN", LinkKind.DOCUMENT),
        ("ID_PREVIOUSLY_ATTEMPTED", LinkKind.DOCUMENT),
        ("BROWSER_PREVIOUSLY_SEEN", LinkKind.DEVICE),
        ("BROWSER_PREVIOUSLY_ATTEMPTED", LinkKind.DEVICE),
        ("IP_ADDRESS_PREVIOUSLY_SEEN", LinkKind.IP),
        ("IP_ADDRESS_PREVIOUSLY_ATTEMPTED", LinkKind.IP),
    ],
)
def test_a_code_of_something_seen_before_is_a_duplicate(code: str, kind: LinkKind) -> None:
    made = draft(fraud_insights={"result": "REVIEW", "warnings": [{"code": code}]})
    assert [d.link for d in made.vendor_duplicates] == [kind]
