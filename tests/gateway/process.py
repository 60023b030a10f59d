"""A gateway as a child process, and hooks signed like the vendors' hooks."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from streams.cli.demo.processes import ServiceProcess
from streams.cli.demo.vendors import signature
from streams.kafka.broker.server import free_port

SECRET = "a-secret-for-tests"
SECRETS = {
    "IDV_PROFILE": "dev",
    "IDV_LOG_LEVEL": "info",
    **{
        f"IDV_GATEWAY__HOOKS__{vendor}__DEFAULT__SECRETS": f"one-that-was-before,{SECRET}"
        for vendor in ("DIDIT", "AIPRISE", "IDWISE", "ALICE")
    },
}


class GatewayProcess(ServiceProcess):
    """`idv gateway` with its spool and log in `folder`."""

    def __init__(
        self, bootstrap: str, folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.hooks_port = free_port()
        port = {"IDV_GATEWAY__PORT": str(self.hooks_port)}
        super().__init__("gateway", bootstrap, folder, {**SECRETS, **port, **(environment or {})})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.hooks_port}"

    @property
    def spool(self) -> Path:
        return self.log.parent / "state" / "spool.sqlite"

    def sample(self, series: str) -> float:
        """A series' value on the metrics page; 0 where it is not there."""
        for line in (self.read("/metrics") or "").splitlines():
            name, _, value = line.rpartition(" ")
            if name == series:
                return float(value)
        return 0.0

    def wait_for(self, series: str, value: float, seconds: float = 30) -> None:
        """Wait until a series has a value."""
        deadline = time.monotonic() + seconds
        while (found := self.sample(series)) != value:
            assert time.monotonic() < deadline, f"{series} is {found}, not {value}"
            time.sleep(0.05)

    def wait_until_up(self, vendor: str = "didit") -> None:
        """Wait until a vendor's hooks go to Kafka at once."""
        self.wait_until_ready()
        self.wait_for(f'idv_gateway_kafka_up{{vendor="{vendor}"}}', 1.0)


def signed(vendor: str, body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers that a vendor sends with a body."""
    try:
        sent = json.loads(body)["timestamp"]
    except (ValueError, KeyError, TypeError):
        sent = None
    return signature(vendor, body, secret, sent)


def didit_hook(session: str, number: int = 0, filler: int = 0) -> bytes:
    """A body that is fresh now."""
    return json.dumps(
        {"session_id": session, "timestamp": int(time.time()), "status": "Approved",
         "webhook_type": "status.updated", "number": number, "filler": "x" * filler}
    ).encode()  # fmt: skip
