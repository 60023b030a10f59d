"""Requests over sockets: limits, waits, and answers of every kind."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from streams.config.fetch import Account, Fetch
from streams.contracts.model import Environment
from streams.fetch.calls import Caller
from streams.vendors.base.fetch import Ended, Later, Result, Wanted
from tests.support.vendor_apis import Scripted, VendorApis, answer

SESSION = "3e1c7f0a-52f4-4f3e-9d7c-0c1b2a394857"
PATH = f"/v3/session/{SESSION}/decision/"
RESULT = {"session_id": SESSION, "status": "Approved", "id_verifications": [{"status": "Approved"}]}


@pytest.fixture
def apis() -> Iterator[VendorApis]:
    with VendorApis() as running:
        yield running


def account(apis: VendorApis, **settings: Any) -> Account:
    return Account.model_validate({"key": "key-1", "host": apis.host, **settings})


def fetched(
    accounts: list[Account],
    times: int = 1,
    environment: Environment = Environment.LIVE,
    tenant: str | None = None,
    **settings: Any,
) -> list[Result | Later | Ended]:
    """How so many fetches end that begin at once."""

    async def ask() -> list[Result | Later | Ended]:
        named = {str(number): one for number, one in enumerate(accounts)}
        async with Caller(
            Fetch.model_validate({"accounts": {"didit": named}, **settings})
        ) as caller:
            wanted = Wanted(SESSION)
            return await asyncio.gather(
                *(caller.fetch("didit", wanted, environment, tenant) for _ in range(times))
            )

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("scripted", "end"),
    [
        pytest.param(answer(RESULT), Result(json.dumps(RESULT).encode()), id="a result"),
        pytest.param(Scripted(b'{ "session_id" : '), Later("no_result"), id="no JSON"),
        pytest.param(answer(["x"]), Later("no_result"), id="no object"),
        pytest.param(answer({"detail": "x"}), Later("no_result"), id="no result"),
        pytest.param(answer({**RESULT, "status": "In Progress"}), Later("not_ready"), id="pending"),
        pytest.param(answer({}, 429, Retry_After="9"), Later("rate_limited", 9.0), id="429"),
        pytest.param(answer({}, 500), Later("server_error"), id="500"),
        pytest.param(answer(RESULT, 302, Location="/elsewhere"), Ended("redirected"), id="302"),
        pytest.param(answer({}, 401), Ended("unauthorized"), id="401"),
        pytest.param(answer(RESULT, 404), Ended("not_found"), id="404"),
        pytest.param(Scripted(b" " * (1 << 21)), Ended("too_large"), id="huge"),
        pytest.param(Scripted(b'{"session_id"', cut=True), Later("broken_off"), id="cut"),
        pytest.param(Scripted(delay_s=1.0), Later("timeout"), id="slow"),
        pytest.param(
            Scripted(b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}), Later("no_result"),
            id="compressed all the same",
        ),
    ],
)  # fmt: skip
def test_every_kind_of_answer(apis: VendorApis, scripted: Scripted, end: Any) -> None:
    apis.answers[PATH].append(scripted)
    assert fetched([account(apis)], timeout_s=0.4, max_answer_mib=1) == [end]
    assert apis.paths() == [PATH]
    assert apis.asked[0].headers["x-api-key"] == "key-1"
    assert "cookie" not in apis.asked[0].headers


def test_nobody_answers() -> None:
    gone = VendorApis()
    assert fetched([account(gone)]) == [Later("unreachable")]


def test_the_account_of_the_environment_and_the_tenant_is_asked(apis: VendorApis) -> None:
    apis.answers[PATH].append(answer(RESULT))
    accounts = [
        account(apis, key="sandbox", environment="SANDBOX"),
        account(apis, key="of-b", tenant="b"),
        account(apis, key="of-any"),
    ]
    fetched(accounts, environment=Environment.SANDBOX, tenant="b")
    fetched(accounts, tenant="b")
    fetched(accounts, tenant="c")
    assert [asked.headers["x-api-key"] for asked in apis.asked] == ["sandbox", "of-b", "of-any"]
    assert fetched(accounts[:2]) == [Ended("no_account")]


def test_a_rate_is_kept(apis: VendorApis) -> None:
    apis.answers[PATH].append(answer(RESULT))
    started = time.monotonic()
    fetched([account(apis, calls_per_minute=600)], times=16)
    # Ten a second, of which the first ten may come at once.
    assert len(apis.asked) == 16
    assert time.monotonic() - started >= 0.5


def test_no_more_requests_than_allowed_are_open_at_once(apis: VendorApis) -> None:
    apis.answers[PATH].append(Scripted(json.dumps(RESULT).encode(), delay_s=0.1))
    started = time.monotonic()
    fetched([account(apis, calls_per_minute=60_000)], times=6, max_requests=2)
    assert time.monotonic() - started >= 0.3


def test_who_is_told_to_wait_waits_with_all_sessions_of_that_account(apis: VendorApis) -> None:
    apis.answers[PATH] += [answer({}, 429, Retry_After="1"), answer(RESULT)]

    async def ask() -> list[Result | Later | Ended]:
        settings = Fetch.model_validate({"accounts": {"didit": {"a": account(apis)}}})
        async with Caller(settings) as caller:
            return [
                await caller.fetch("didit", Wanted(SESSION), Environment.LIVE, None)
                for _ in range(2)
            ]

    first, second = asyncio.run(ask())
    assert first == Later("rate_limited", 1.0)
    assert isinstance(second, Result)
    assert apis.asked[1].at - apis.asked[0].at >= 0.99
