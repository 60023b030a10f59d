"""Asks vendors: their steps over one HTTP client, at the rate that each account allows.

Redirects are not followed, since a request holds a key; answers are read up to a limit, and nothing
that an answer links to is fetched.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Mapping
from types import TracebackType
from typing import TypeVar

import aiohttp
from aiolimiter import AsyncLimiter
from yarl import URL

from streams.config.fetch import Account, Fetch
from streams.contracts.model import Environment
from streams.fetch import metrics
from streams.fetch.results import judged
from streams.vendors import FETCHES
from streams.vendors.base.fetch import (
    Access,
    Answer,
    Ended,
    Later,
    Limits,
    Listed,
    Request,
    Result,
    Wanted,
)

MIB = 1024 * 1024
CHUNK_BYTES = 64 * 1024
# What is compressed could grow without bounds.
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "idv-streams"}

R = TypeVar("R")


class _Client:
    """One account: its keys, its rate, and how long it has to wait."""

    def __init__(self, account: Account, limits: Limits) -> None:
        self.access: Access = account.access()
        self.environment, self.tenant = account.environment, account.tenant
        per_minute = account.calls_per_minute or limits.calls * 60 / limits.period_s
        # Bursts of a second: an account has other users too.
        self.limiter = AsyncLimiter(max(1.0, per_minute / 60), max(1.0, 60 / per_minute))
        self.not_before = 0.0


class Caller:
    """The accounts of all vendors. Raises SettingsError for an unusable file of a key."""

    def __init__(self, settings: Fetch) -> None:
        self._settings = settings
        self._clients = {
            vendor: [_Client(account, FETCHES[vendor].LIMITS) for account in accounts.values()]
            for vendor, accounts in settings.accounts.items()
        }
        self._busy = {
            vendor: asyncio.Semaphore(settings.max_requests) for vendor in settings.accounts
        }

    async def __aenter__(self) -> Caller:
        self._session = aiohttp.ClientSession(
            headers=HEADERS,
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=True,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def fetch(
        self, vendor: str, wanted: Wanted, environment: Environment, tenant: str | None
    ) -> Result | Later | Ended:
        """A session's result, or why there is none."""
        client = self._client(vendor, environment, tenant)
        if client is None:
            return Ended("no_account")
        async with self._busy[vendor]:
            steps = FETCHES[vendor].fetch(wanted, client.access)
            return judged(vendor, await self._follow(client, steps))

    async def list_sessions(
        self, vendor: str, since: int, environment: Environment, tenant: str | None
    ) -> list[Listed] | Later | Ended:
        """The sessions that the vendor has had since a time (epoch ms)."""
        client = self._client(vendor, environment, tenant)
        pages = FETCHES[vendor].list_sessions
        if client is None or pages is None:
            return Ended("no_account")
        return await self._follow(client, pages(since, client.access))

    def _client(self, vendor: str, environment: Environment, tenant: str | None) -> _Client | None:
        return next(
            (
                client
                for client in self._clients.get(vendor, ())
                if client.environment is environment and client.tenant in (None, tenant)
            ),
            None,
        )

    async def _follow(
        self, client: _Client, steps: Generator[Request, Answer, R | Later | Ended]
    ) -> R | Later | Ended:
        try:
            request = next(steps)
            while True:
                answer = await self._ask(client, request)
                if not isinstance(answer, Answer):
                    return answer
                request = steps.send(answer)
        except StopIteration as end:
            outcome: R | Later | Ended = end.value
        if isinstance(outcome, Later) and outcome.reason == "rate_limited":
            client.not_before = time.monotonic() + (outcome.after_s or 1.0)
        return outcome

    async def _ask(self, client: _Client, request: Request) -> Answer | Later | Ended:
        await asyncio.sleep(client.not_before - time.monotonic())
        await client.limiter.acquire()
        try:
            with metrics.request_seconds.time():
                return await self._get(request)
        except TimeoutError:
            return Later("timeout")
        except aiohttp.ClientPayloadError:
            return Later("broken_off")
        except (aiohttp.ClientError, OSError):
            return Later("unreachable")

    async def _get(self, request: Request) -> Answer | Ended:
        async with self._session.get(
            URL(request.url, encoded=True), headers=request.headers, allow_redirects=False
        ) as response:
            body = await self._read(response)
            if body is None:
                return Ended("too_large")
            return Answer(response.status, _lowered(response.headers), body)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes | None:
        """The body as it came; None where it is larger than is allowed."""
        chunks, size = [], 0
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            size += len(chunk)
            if size > self._settings.max_answer_mib * MIB:
                return None
            chunks.append(chunk)
        return b"".join(chunks)


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
