"""Requests for results, vendor by vendor, and what answers mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contracts.model import Decision, Environment, SessionKind
from streams.vendors import FETCHES
from streams.vendors.base.fetch import (
    ENDED,
    LATER,
    Access,
    Answer,
    Ended,
    Later,
    Listed,
    Request,
    Result,
    Steps,
    Wanted,
    read_status,
)

BODY = b'{"anything": 1}'
SESSION = "6641f0c2d9e8b7a605f4e3d2"
SANDBOX = Environment.SANDBOX


def told(value: Any, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, named, json.dumps(value).encode())


def followed(steps: Any, *answers: Answer) -> tuple[list[Request], Any]:
    """The requests, and how it ended."""
    asked: list[Request] = []
    left = iter((None, *answers))
    while True:
        try:
            asked.append(steps.send(next(left)))
        except StopIteration as end:
            return asked, end.value


def fetch(
    vendor: str, access: Access, session: str = SESSION, kind: SessionKind = SessionKind.PERSON
) -> Steps:
    return FETCHES[vendor].fetch(Wanted(session, kind), access)


@pytest.mark.parametrize(
    ("vendor", "access", "kind", "url", "headers"),
    [
        pytest.param(
            "didit", Access("k"), SessionKind.PERSON,
            f"https://verification.didit.me/v3/session/{SESSION}/decision/", {"x-api-key": "k"},
            id="didit",
        ),
        pytest.param(
            "didit", Access("k", host="https://eu.example", path="/d/{session_id}"),
            SessionKind.BUSINESS, f"https://eu.example/d/{SESSION}", {"x-api-key": "k"},
            id="host and path of one's own",
        ),
        pytest.param(
            "aiprise", Access("k"), SessionKind.PERSON,
            f"https://api.aiprise.com/api/v1/verify/get_user_verification_result/{SESSION}",
            {"X-API-KEY": "k"}, id="aiprise",
        ),
        pytest.param(
            "aiprise", Access("k", environment=SANDBOX), SessionKind.BUSINESS,
            "https://api-sandbox.aiprise.com/api/v1/verify/get_business_verification_result/"
            + SESSION, {"X-API-KEY": "k"}, id="aiprise: a business in the sandbox",
        ),
        pytest.param(
            "idwise", Access("pass", user="us:er"), SessionKind.PERSON,
            f"https://api.idwise.com/journey/v2/result/{SESSION}",
            {"Authorization": "Basic dXM6ZXI6cGFzcw=="}, id="idwise",
        ),
    ],
)  # fmt: skip
def test_one_request_gives_the_result(
    vendor: str, access: Access, kind: SessionKind, url: str, headers: dict[str, str]
) -> None:
    asked, end = followed(fetch(vendor, access, kind=kind), Answer(200, {}, BODY))
    assert asked == [Request(url, headers)]
    assert end == Result(BODY)


def test_alice_takes_a_token_for_a_token_for_the_report() -> None:
    tokens = told({"token": "t1"}), told({"token": "t2"})
    asked, end = followed(fetch("alice", Access("k")), *tokens, Answer(200, {}, BODY))
    host = "https://apis.alicebiometrics.com"
    assert [request.url for request in asked] == [
        f"{host}/auth/login_token",
        f"{host}/auth/backend_token/{SESSION}",
        f"{host}/onboarding/user/report",
    ]
    assert [next(iter(request.headers.values())) for request in asked] == [
        "k", "Bearer t1", "Bearer t2",
    ]  # fmt: skip
    assert end == Result(BODY)


@pytest.mark.parametrize("answers", [1, 2])
@pytest.mark.parametrize(
    ("bad", "end"),
    [
        (told({}, 401), Ended("unauthorized")),
        (told({"token": 7}), Later("no_result")),
        (told([]), Later("no_result")),
        (told({}, 502), Later("server_error")),
    ],
    ids=["401", "a number", "no object", "502"],
)
def test_alice_without_a_token_asks_for_nothing_more(answers: int, bad: Answer, end: Any) -> None:
    before = [told({"token": "t"})] * (answers - 1)
    asked, found = followed(fetch("alice", Access("k")), *before, bad)
    assert (len(asked), found) == (answers, end)


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (200, Result(b"{}")),
        (202, Later("not_ready")),
        (204, Later("not_ready")),
        (302, Ended("redirected")),
        (304, Ended("redirected")),
        (400, Ended("refused")),
        (401, Ended("unauthorized")),
        (403, Ended("unauthorized")),
        (404, Ended("not_found")),
        (408, Later("server_error")),
        (410, Ended("not_found")),
        (422, Ended("refused")),
        (425, Later("server_error")),
        (429, Later("rate_limited")),
        (500, Later("server_error")),
        (503, Later("server_error")),
    ],
)
def test_every_status_has_its_meaning(status: int, end: Any) -> None:
    assert read_status(told({}, status)) == end


@given(st.integers(0, 999), st.binary(max_size=20))
def test_every_answer_ends_somehow(status: int, body: bytes) -> None:
    for vendor in FETCHES:
        _, end = followed(fetch(vendor, Access("k")), Answer(status, {}, body))
        assert isinstance(end, Result) or end.reason in {*LATER, *ENDED}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": " 0 "}, 0.0),
        ({"retry_after": "86400"}, 3600.0),
        ({"retry_after": "99999999999"}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "Fri, 27 Nov 2026 10:00:30 GMT"}, None),
        ({"retry_after": "Fri, 27 Nov 2026 10:00:30 GMT", "date": "Fri, 27 Nov 2026 10:00:00 GMT"},
         30.0),
        ({"retry_after": "Fri, 27 Nov 2026 09:00:00 GMT", "date": "Fri, 27 Nov 2026 10:00:00 GMT"},
         0.0),
        ({}, None),
    ],
)  # fmt: skip
def test_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert read_status(told({}, 429, **headers)) == Later("rate_limited", seconds)


@pytest.mark.parametrize(
    "session", ["../../admin", "a/b", "a?b", "a#b", "", " ", ".", "é", "x" * 129]
)
def test_an_id_that_could_be_another_path_is_not_asked_for(session: str) -> None:
    for vendor in ("didit", "aiprise", "idwise"):
        steps = fetch(vendor, Access("k"), session)
        if session:
            assert followed(steps) == ([], Ended("unusable_id"))


def page(*sessions: tuple[str, str, str], following: str | None = None) -> Answer:
    results = [
        {"session_id": i, "status": status, "created_at": at, "vendor_data": "x"}
        for i, status, at in sessions
    ]
    return told({"count": 9, "next": following, "results": results})


def test_didit_lists_its_sessions_page_by_page() -> None:
    pages = FETCHES["didit"].list_sessions
    assert pages is not None
    noon, day_before = "2026-05-14T12:00:00Z", "2026-05-13T12:00:00Z"
    at = 1_778_760_000_000
    asked, found = followed(
        pages(at - 3_600_000, Access("k", host="http://127.0.0.1:9")),
        page(("a", "Approved", noon), ("b", "In Progress", noon), following="http://else.example"),
        page(("c", "New Word", noon), ("old", "Approved", day_before), following="more"),
        page(("older", "Approved", day_before), following="more"),
    )
    assert [request.url for request in asked] == [
        f"http://127.0.0.1:9/v3/sessions/?page={number}&page_size=100" for number in (1, 2, 3)
    ]
    assert found == [
        Listed("a", at, Decision.APPROVED),
        Listed("b", at, Decision.PENDING),
        Listed("c", at, Decision.UNDETERMINED),
    ]


@pytest.mark.parametrize(
    ("last", "end"),
    [(told({}, 401), Ended("unauthorized")), (told({"results": 7}), Later("no_result"))],
)
def test_a_list_that_breaks_off_is_no_list(last: Answer, end: Any) -> None:
    pages = FETCHES["didit"].list_sessions
    assert pages is not None
    first = page(("a", "Approved", "1970-01-01T00:40:00Z"), following="more")
    assert followed(pages(0, Access("k")), first, last)[1] == end
