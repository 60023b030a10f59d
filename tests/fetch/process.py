"""`idv fetch` as a process of its own, and the events that it follows."""

from __future__ import annotations

import time
from pathlib import Path

from streams.cli.demo.processes import ServiceProcess
from streams.contracts.avro import encode_verification
from streams.contracts.model import Decision, Environment, RawRef, Verification
from streams.contracts.topics import VERIFICATIONS
from streams.kafka.producer import Outgoing
from tests.support.vendor_apis import VendorApis

KEY = "the-key-of-tests"


def settings(apis: VendorApis) -> dict[str, str]:
    """Accounts at IDWise and Didit; the result of a journey is at /r/ID."""
    idwise, didit = (f"IDV_FETCH__ACCOUNTS__{v}__MAIN__" for v in ("IDWISE", "DIDIT"))
    return {
        f"{idwise}HOST": apis.host, f"{idwise}KEY": KEY, f"{idwise}USER": "customer",
        f"{idwise}PATH": "/r/{session_id}", f"{idwise}CALLS_PER_MINUTE": "6000",
        f"{didit}HOST": apis.host, f"{didit}KEY": KEY, f"{didit}CALLS_PER_MINUTE": "6000",
    }  # fmt: skip


class FetchProcess(ServiceProcess):
    def __init__(self, bootstrap: str, folder: Path, apis: VendorApis) -> None:
        super().__init__("fetch", bootstrap, folder, settings(apis))


def thin(
    session: str,
    event: str | None = None,
    ago_s: float = 60,
    vendor: str = "idwise",
    decision: Decision = Decision.APPROVED,
    flags: tuple[str, ...] = ("thin",),
    environment: Environment = Environment.LIVE,
) -> Outgoing:
    """A thin event as a worker writes it."""
    at = int((time.time() - ago_s) * 1000)
    found = Verification(
        event_id=event or f"event-of-{session}", event_type="verification.approved", vendor=vendor,
        session_id=session, decision=decision, raw=RawRef(f"idv.raw.{vendor}", 0, 0, "0" * 64),
        ingested_at=at, occurred_at=at, subject_id=f"cust-{session}",
        environment=environment, flags=list(flags),
    )  # fmt: skip
    return Outgoing(VERIFICATIONS, found.subject_key.encode(), encode_verification(found))
