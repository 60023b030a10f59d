"""IDWise: applicant, documents and known duplicates."""

from __future__ import annotations

from typing import Any

import pytest

from streams.contracts.model import LinkKind
from tests.vendors.idwise.payloads import draft, of_fields, spot


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


def test_a_blank_status_of_a_document_says_nothing() -> None:
    made = of_fields(system_decision="Refer", documents={"0": {"status": " ", "type": "passport"}})
    assert made.documents[0].document.status == "NOT_APPLICABLE"
    assert made.flags == []
